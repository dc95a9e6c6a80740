// Performance: what a call costs, counted and not timed: frames, writes, timers, promises, bytes, system calls. Bounds
// stand above what was measured, with room for every Node, and below what the next careless line would add.
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { open } from "upcall";
import { needs } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";
import type { Counts } from "./modules/calls.ts";
import type { Weight } from "./modules/rest.ts";
import { many, Subject, text } from "./modules/subject.ts";
import type { Unawaited } from "./modules/unawaited.ts";

/** MiB for young objects: more than a measurement makes, so that none is collected before it is counted. */
const roomy = ["--min-semi-space-size=64", "--max-semi-space-size=64"];

function start(program: string, ...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL(`./modules/${program}.js`, import.meta.url));
  return fork(file, args, { execArgv: ["--expose-gc", ...roomy] });
}

/** The next message of a child; a child that ends without one fails the test. */
async function message<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const ended = once(child, "exit", { signal: gone.signal }).then(([code, signal]) => {
    throw new Error(`the process that counts ended with ${String(signal ?? code)} and said nothing`);
  });
  ended.catch(() => {});
  try {
    const [first] = (await Promise.race([once(child, "message"), ended])) as [T];
    return first;
  } finally {
    gone.abort();
  }
}

async function end(...children: ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

suite("a call, both sides of it", () => {
  let counts: Counts;

  before(async () => {
    const child = start("calls");
    try {
      counts = await message<Counts>(child);
    } finally {
      await end(child);
    }
  });

  test("is one frame there and one back", () => {
    assert.equal(counts.callerFrames, counts.calls);
    assert.equal(counts.calleeFrames, counts.calls);
  });

  test("shares its write with all others of its turn of the event loop", () => {
    assert.equal(counts.callerWrites, counts.turns);
    assert.equal(counts.calleeWrites, counts.turns);
  });

  test("makes no timer", () => {
    // The wheel's one timer is set again where a slow machine reaches a slot; a timer a call would be thousands.
    assert.ok(counts.timers <= counts.calls / 1_000, `${counts.timers} timers for ${counts.calls} calls`);
  });

  test("makes one promise: the one that the caller gets", (context) => {
    const turn = counts.calls / counts.turns;
    context.diagnostic(`${counts.promises} promises for ${turn} calls and the waiting for them`);
    assert.ok(counts.promises <= turn + 8, `${counts.promises} promises for ${turn} calls`);
  });

  test("allocates no more than its promise, its two entries and its texts", (context) => {
    const bytes = Math.round(counts.bytesPerCall);
    context.diagnostic(`${bytes} bytes a call`);
    assert.ok(bytes > 0, "nothing was measured: the heap was collected each time");
    assert.ok(bytes <= 1_400, `${bytes} bytes a call`);
  });
});

// What follows takes several processes each, or thousands of connections.
if (reaches("gate")) suite("connections, calls in flight and system calls", weighed);

function weighed(): void {
  test("a connection at rest weighs little more than Node's own socket", async (context) => {
    const count = 2_000;
    const weights: Record<string, Weight> = {};
    for (const kind of ["raw", "upcall"]) {
      const callee = start("rest", "callee", kind);
      const children = [callee];
      try {
        const empty = await message<Weight>(callee);
        const caller = start("rest", "caller", kind, empty.where);
        children.push(caller);
        const emptyCaller = await message<Weight>(caller);
        caller.send(count);
        const full = await message<Weight>(caller);
        callee.send(0);
        const fullCallee = await message<Weight>(callee);
        weights[`${kind} caller`] = difference(full, emptyCaller, count);
        weights[`${kind} callee`] = difference(fullCallee, empty, count);
      } finally {
        await end(...children);
      }
    }
    for (const side of ["caller", "callee"]) {
      const raw = weights[`raw ${side}`];
      const own = weights[`upcall ${side}`];
      assert.ok(raw !== undefined && own !== undefined);
      const heap = Math.round(own.heap - raw.heap);
      const resident = Math.round(own.resident - raw.resident);
      context.diagnostic(
        `${side}: ${heap} bytes of heap (${resident} resident) over the ${Math.round(raw.heap)} (${Math.round(raw.resident)}) of a socket`,
      );
      assert.ok(heap <= 20 * 1024, `a connection of the ${side} takes ${heap} bytes more than a socket`);
    }
  });

  test("ten thousand connections are open at once, and each is served", {
    skip: tooFewFiles(10_000),
  }, async (context) => {
    const count = 10_000;
    const callee = start("rest", "callee", "upcall");
    const children = [callee];
    try {
      const empty = await message<Weight>(callee);
      const caller = start("rest", "caller", "upcall", empty.where);
      children.push(caller);
      await message<Weight>(caller);
      caller.send(count);
      await message<Weight>(caller);
      caller.send("all");
      assert.equal(await message<number>(caller), count);
      callee.send(0);
      const full = await message<Weight>(callee);
      context.diagnostic(`the callee holds ${Math.round((full.resident - empty.resident) / count)} bytes for each`);
    } finally {
      await end(...children);
    }
  });

  test("two hundred thousand calls that nobody awaits take at most 64 MiB, and most are refused at once", async (context) => {
    const callee = start("rest", "callee", "upcall");
    const children = [callee];
    try {
      const { where } = await message<Weight>(callee);
      const caller = start("unawaited", where, "200000");
      children.push(caller);
      const { held, after, busy, replies } = await message<Unawaited>(caller);
      const MiB = 1024 * 1024;
      context.diagnostic(
        `${(held / MiB).toFixed(1)} MiB held, ${(after / MiB).toFixed(1)} MiB afterwards, ${replies} replies`,
      );
      assert.equal(busy + replies, 200_000);
      assert.ok(busy > 150_000 && replies > 10_000, `${busy} refused, ${replies} replies`);
      assert.ok(held > MiB && held <= 64 * MiB, `${held} bytes`);
      assert.ok(after <= 8 * MiB, `${after} bytes are left`);
    } finally {
      await end(...children);
    }
  });

  test("a call in flight takes few bytes of its caller", async (context) => {
    // What the process makes beside the calls differs from run to run, and is never less than nothing.
    const runs = [await inFlight(), await inFlight(), await inFlight()];
    const bytes = Math.min(...runs);
    context.diagnostic(`${runs.map(Math.round).join(", ")} bytes of heap for each call in flight`);
    assert.ok(bytes > 100, "nothing was measured");
    assert.ok(bytes <= 400, `${Math.round(bytes)} bytes a call in flight`);
  });

  test("a thousand calls, 64 in flight, take few system calls of their callee", {
    skip: withoutStrace(),
  }, async (context) => {
    const calls = 6_400;
    const [without, withCalls] = [await systemCalls(0), await systemCalls(calls)];
    const thousand = (name: string): number => (((withCalls[name] ?? 0) - (without[name] ?? 0)) * 1_000) / calls;
    const read = thousand("read");
    const written = thousand("write") + thousand("writev") + thousand("sendmsg");
    context.diagnostic(`a thousand calls: ${read.toFixed(1)} reads, ${written.toFixed(1)} writes`);
    // One each for 64 calls is 15.6; but a burst goes out in parts, the smallest of 8 frames, and each part may be read and
    // answered by itself, which is 125.
    assert.ok(written > 0, "nothing was measured");
    assert.ok(written <= 130, `${written} writes`);
    assert.ok(read > 0 && read <= 160, `${read} reads`);
  });
}

function difference(full: Weight, empty: Weight, count: number): Weight {
  return {
    where: "",
    heap: (full.heap - empty.heap) / count,
    resident: (full.resident - empty.resident) / count,
  };
}

/** Why a process cannot have so many connections here, or false. */
function tooFewFiles(connections: number): string | false {
  const limit = spawnSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).stdout.trim();
  return limit === "unlimited" || Number(limit) > connections + 100 ? false : `a process may open ${limit} files here`;
}

/** Bytes of heap for each of many calls that are not answered. */
async function inFlight(): Promise<number> {
  const callee = start("rest", "callee", "upcall");
  const children = [callee];
  try {
    const { where } = await message<Weight>(callee);
    const caller = start("pending", where);
    children.push(caller);
    const { bytes } = await message<{ bytes: number; calls: number }>(caller);
    return bytes;
  } finally {
    await end(...children);
  }
}

/** Why system calls cannot be counted here, or false. */
function withoutStrace(): string | false {
  if (process.platform !== "linux") return "system calls are counted by strace, which only Linux has";
  const missing = needs("strace");
  if (missing !== false) return missing;
  const { status } = spawnSync("strace", ["-c", "-o", "/dev/null", "true"]);
  return status === 0 ? false : "strace may not trace here";
}

/** Counts of a callee's system calls by name, over its whole life, with so many calls made to it. */
async function systemCalls(calls: number): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "upcall-cost-"));
  const file = join(folder, "counts");
  const program = fileURLToPath(new URL("./modules/traced.js", import.meta.url));
  const names = "trace=read,write,writev,sendmsg";
  const child = spawn("strace", ["-f", "-c", "-e", names, "-o", file, process.execPath, program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const connection = await open(line.toString().trim(), { limits: many });
    const proxy = connection.proxy(Subject);
    await proxy.echo(text);
    for (let turn = 0; turn < calls / 64; turn++) await Promise.all(Array.from({ length: 64 }, () => proxy.echo(text)));
    await connection.close();
    child.stdin.end();
    await once(child, "exit");
    const rows = readFileSync(file, "utf8").matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$/gm);
    return Object.fromEntries([...rows].map(([, count, name]) => [name ?? "", Number(count)]));
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}
