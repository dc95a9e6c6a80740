// No call ever hangs: processes are killed at random moments, and every call settles by its deadline and says truly
// whether it ran. Real processes; chance is drawn from a seed that can be given: UPCALL_SEED=7.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type OpenConnection, open, type ProxyOf, UpcallError, type Workers, within } from "upcall";
import { nodePlatform } from "#internal/workers/node-platform.js";
import { seed } from "../harness/seed.ts";
import { ofTier, reaches } from "../harness/tier.ts";
import { Line } from "./line.ts";
import { deeds, Subject } from "./modules/subject.ts";

const models = ["inline", "threads:2", "processes:2", "threads:per-connection", "processes:per-connection"] as const;
/** For each model; in all of them together 10,000 calls and 200 misfortunes. */
const rounds = ofTier({ quick: 1, gate: 4, all: 40 });
const callsOfRound = 50;
const connections = 2;
/** How many kinds of misfortune there are. */
const misfortunes = 6;
/** Milliseconds after its deadline in which a call must have settled, on a machine that has other things to do as well. */
const mercy = 20_000;

/** Whole numbers below a bound (mulberry32). */
function chance(start: number): (bound: number) => number {
  let state = start;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

interface Fate {
  readonly call: number;
  readonly outcome: string;
  readonly late: number;
}

/** A server in a process, its clients, and what can befall them. */
class Scene {
  readonly folder: string = mkdtempSync(join(tmpdir(), "upcall-hangs-"));
  readonly file: string = join(this.folder, "ran");
  readonly fates: Fate[] = [];
  readonly line: Line = new Line();
  readonly #workers: Workers;
  readonly #random: (bound: number) => number;
  #address = "";
  #server: ChildProcess | null = null;
  #open: OpenConnection[] = [];
  #proxies: ProxyOf<typeof Subject>[] = [];
  #made = 0;
  /** The server was killed, whether that has been heard of or not. */
  #killed = false;
  /** Misfortunes come in turn, so that few rounds of all models have every one of them. */
  #next: number;

  constructor(workers: Workers, random: (bound: number) => number, first: number) {
    this.#workers = workers;
    this.#random = random;
    this.#next = first;
  }

  async begin(): Promise<void> {
    this.#address = await this.line.open();
  }

  /** A server that is there, and connections that are open. */
  async ready(): Promise<void> {
    if (this.#server === null || this.#server.exitCode !== null || this.#server.signalCode !== null) {
      this.#server = fork(fileURLToPath(new URL("./modules/server.js", import.meta.url)), [this.#workers], {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      const [url] = (await once(this.#server, "message")) as [string];
      this.line.port = Number(new URL(url).port);
    }
    await this.#close();
    this.#open = await Promise.all(
      // A worker of a connection's own takes its time to start.
      Array.from({ length: connections }, () => open(this.#address, { limits: { drain: 200, greetingTime: 120_000 } })),
    );
    this.#proxies = this.#open.map((connection) => connection.proxy(Subject));
    for (const proxy of this.#proxies) await answered(proxy);
  }

  /** Calls of all kinds, one misfortune among them, and the end of all calls. */
  async round(): Promise<void> {
    const kill = 1 + this.#random(callsOfRound - 1);
    const calls: Promise<void>[] = [];
    let misfortune: Promise<() => void> | null = null;
    for (let i = 0; i < callsOfRound; i++) {
      if (i === kill) misfortune = this.#misfortune();
      calls.push(this.#call());
      if (this.#random(4) === 0) await new Promise((resolve) => setTimeout(resolve, this.#random(8)));
    }
    const undo = await misfortune;
    await Promise.all(calls);
    undo?.();
    const server = this.#server;
    if (this.#killed && server?.exitCode === null && server.signalCode === null) await once(server, "exit");
    this.#killed = false;
  }

  async #call(): Promise<void> {
    const call = this.#made++;
    const timeout = 100 + this.#random(300);
    const deed = this.#random(2) === 0 ? "return" : (deeds[this.#random(deeds.length)] ?? "return");
    const ms = this.#random(deed === "spin" && this.#random(10) > 0 ? 3 : 300);
    const proxy = this.#proxies[this.#random(connections)];
    assert.ok(proxy !== undefined);
    const deadline = performance.now() + timeout;
    let outcome = "executed";
    try {
      const result = await within(proxy, { timeout }).run(this.file, call, deed, ms);
      if (result !== call) outcome = `call ${call} got the result of ${result}`;
    } catch (error) {
      outcome = error instanceof UpcallError ? error.outcome : `something else was thrown: ${String(error)}`;
    }
    this.fates.push({ call, outcome, late: performance.now() - deadline });
  }

  /** Gives what undoes it, once all calls are over. */
  async #misfortune(): Promise<() => void> {
    const { pid = 0 } = this.#server ?? {};
    const nothing = (): void => {};
    const [victim = pid] = this.#random(2) === 0 ? childrenOf(pid) : [];
    switch (this.#next++ % misfortunes) {
      case 0:
        this.#killed = true;
        kill(pid, "SIGKILL");
        return nothing;
      case 1:
        kill(pid, "SIGSTOP");
        return () => kill(pid, "SIGCONT");
      case 2:
        this.#killed = victim === pid;
        kill(victim, "SIGKILL");
        return nothing;
      case 3:
        kill(victim, "SIGSTOP");
        return () => kill(victim, "SIGCONT");
      case 4:
        this.line.cut();
        return nothing;
      default:
        if (this.#random(2) === 0) void this.#open[0]?.close();
        else this.#proxies[0]?.exit().catch(() => {});
        return nothing;
    }
  }

  /** What ran, by the numbers of the calls. */
  ran(): Map<number, number> {
    const times = new Map<number, number>();
    if (!existsSync(this.file)) return times;
    for (const line of readFileSync(this.file, "utf8").split("\n").filter(Boolean))
      times.set(Number(line), (times.get(Number(line)) ?? 0) + 1);
    return times;
  }

  /** Lets go of the server, which must end by itself. */
  async end(): Promise<number | null> {
    await this.#close();
    await this.line[Symbol.asyncDispose]();
    const server = this.#server;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return 0;
    server.disconnect();
    const [code] = (await once(server, "exit")) as [number | null];
    return code;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#open.map((connection) => connection.close()));
  }
}

/** A worker of a pool takes its time to be replaced. */
async function answered(proxy: ProxyOf<typeof Subject>): Promise<void> {
  for (;;) {
    try {
      await proxy.pid();
      return;
    } catch (error) {
      // A worker that is ended for a call of the round before may take this one along, and then nobody knows. A connection
      // that is lost is no such thing, and does not come back.
      const gone = error instanceof UpcallError && error.outcome !== "executed" && error.reason.startsWith("WORKER_");
      if (!gone) throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ").map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

suite("whatever is killed", { concurrency: 2 }, () => {
  for (const [index, workers] of models.entries()) {
    test(workers, async (context) => {
      const scene = new Scene(workers, chance(seed * 1_000 + index), seed + index * rounds);
      await scene.begin();
      try {
        for (let round = 0; round < rounds; round++) {
          await scene.ready();
          await scene.round();
        }
        await scene.ready();
        assert.equal(await scene.end(), 0);
      } finally {
        await scene.end();
      }
      const ran = scene.ran();
      rmSync(scene.folder, { recursive: true });
      const { fates } = scene;
      const of = (outcome: string): Fate[] => fates.filter((fate) => fate.outcome === outcome);
      context.diagnostic(
        `seed ${seed}: ${fates.length} calls, ${of("executed").length} executed, ${of("unknown").length} unknown, ${of("not-executed").length} not executed`,
      );
      assert.equal(fates.length, rounds * callsOfRound);
      assert.deepEqual(
        fates.filter(({ outcome }) => !["executed", "unknown", "not-executed"].includes(outcome)),
        [],
      );
      assert.deepEqual(
        fates.filter(({ late }) => late > mercy),
        [],
      );
      assert.deepEqual(
        of("executed").filter(({ call }) => ran.get(call) !== 1),
        [],
      );
      assert.deepEqual(
        of("not-executed").filter(({ call }) => ran.has(call)),
        [],
      );
      assert.deepEqual(
        [...ran].filter(([, times]) => times > 1),
        [],
      );
      // In one round a server may be gone before it has answered anybody.
      if (reaches("gate"))
        assert.ok(of("executed").length > 0 && of("unknown").length > 0, "nothing happened that could go wrong");
    });
  }
});

test("nothing of it is left", () => {
  assert.equal(nodePlatform.deadlines.size + nodePlatform.idleTimers.size, 0);
});
