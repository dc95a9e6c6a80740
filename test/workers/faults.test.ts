// Workers: faults that hit one call of many. Calls that are not to blame lose nothing, and nothing runs twice.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { close, connect, open, type Server, serve, within } from "upcall";
import { reached } from "#internal/workers/progress.js";
import { everyModel, startedKinds } from "../harness/every-model.ts";
import { until } from "./programs.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
const folder = mkdtempSync(join(tmpdir(), "upcall-faults-"));
after(() => rmSync(folder, { recursive: true }));

function fresh(name: string, text = ""): string {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}-${readdirSync(folder).length}`);
  writeFileSync(file, text);
  return file;
}

/** A worker's successor may take its time to start, however busy the machine is. */
const patient = { queueTime: 60_000, greetingTime: 60_000, grace: 50 };
const patiently = { timeout: 60_000, limits: { greetingTime: 60_000 } } as const;
const tcp = { media: ["tcp"], size: 1, sparing: true } as const;

everyModel("pool", { ...tcp, kinds: ["threads", "processes"] }, ({ workers }) => {
  let server: Server;
  let subject: Awaited<ReturnType<typeof connect<typeof Subject>>>;
  before(async () => {
    server = await serve(Subject, module, url, { workers, limits: patient });
    subject = await connect(Subject, server.url, patiently);
  });
  after(async () => {
    await close(subject);
    await server.close();
  });

  test("calls behind one that ends the worker run once each", async () => {
    const file = fresh(workers);
    const exit = subject.exit(1);
    const behind = Array.from({ length: 600 }, (_, i) => subject.append(file, `${i}\n`));
    await assert.rejects(exit, { reason: "WORKER_LOST", outcome: "unknown" });
    await Promise.all(behind);
    assert.deepEqual(
      readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map(Number)
        .sort((a, b) => a - b),
      behind.map((_, i) => i),
    );
  });

  test("a long call that was passed by a short one does not run again when the worker ends", async () => {
    const file = fresh(workers);
    const { workersStarted } = server.counters();
    // Its pieces let the others pass, so it begins later than they do.
    const long = subject.append(file, `long ${"x".repeat(3_000_000)}\n`);
    const waiting = subject.never();
    const short = subject.append(file, "short\n");
    await Promise.all([long, short]);
    const lost = [waiting, subject.exit(1)].map((call) => assert.rejects(call, { reason: "WORKER_LOST" }));
    await Promise.all(lost);
    await subject.request("after");
    assert.equal(readFileSync(file, "utf8").match(/^(?:long|short)/gm)?.length, 2);
    assert.equal(server.counters().workersStarted, workersStarted + 1);
  });

  test("a call that takes long within its time is not ended for one behind it, which never runs", async () => {
    const file = fresh(workers);
    const earlier = server.counters();
    const long = subject.spin(600);
    const behind = within(subject, { timeout: 60 }).append(file, "it ran");
    await assert.rejects(behind, { code: "DEADLINE_EXCEEDED" });
    assert.equal(await long, "spun");
    await subject.request("after both");
    assert.equal(readFileSync(file, "utf8"), "");
    const { workersEnded, workersLost, expired } = server.counters();
    assert.deepEqual(
      { workersEnded, workersLost, expired },
      {
        workersEnded: earlier.workersEnded,
        workersLost: earlier.workersLost,
        expired: earlier.expired + 1,
      },
    );
  });

  test("a cancelled call does not move to another worker", async () => {
    const file = fresh(workers);
    const abort = new AbortController();
    const exit = subject.spin(100).then(() => subject.exit(1));
    const behind = within(subject, { signal: abort.signal }).append(file, "it ran once\n");
    abort.abort();
    await assert.rejects(behind, { code: "CANCELLED" });
    await assert.rejects(exit, { reason: "WORKER_LOST" });
    await subject.request("after");
    assert.ok(readFileSync(file, "utf8").length <= "it ran once\n".length);
  });

  test("an error that nobody catches ends the worker and its call", async () => {
    const { workersLost } = server.counters();
    await assert.rejects(subject.crash(), {
      code: "UNAVAILABLE",
      reason: "WORKER_LOST",
      outcome: "unknown",
      message: workers === "threads:1" ? /died of an error that nothing in it caught/ : /exited with code/,
    });
    assert.equal(await subject.request("again"), "niaga");
    assert.equal(server.counters().workersLost, workersLost + 1);
  });

  test("calls that no worker takes in time are BUSY", async () => {
    await using server = await serve(Subject, module, url, { workers, limits: { queueTime: 50 } });
    await using subject = await connect(Subject, server.url);
    const calls = Array.from({ length: 256 }, () => subject.later(2_000));
    const late = subject.request("one too many");
    await assert.rejects(late, { code: "RESOURCE_EXHAUSTED", reason: "BUSY", outcome: "not-executed" });
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["later"]));
    assert.equal(server.counters().refusedQueue, 1);
  });

  test("a module that fails after it had worked is tried again later and later, and is well when it is well", async () => {
    const file = fresh(workers, "good");
    const fragile = new URL(`./modules/fragile.js?${encodeURIComponent(file)}`, import.meta.url);
    await using server = await serve(Subject, fragile, url, { workers, limits: { queueTime: 100 } });
    await using subject = await connect(Subject, server.url);
    await subject.request("works");
    writeFileSync(file, "bad ");
    const since = performance.now();
    await assert.rejects(subject.exit(1), { reason: "WORKER_LOST" });
    await assert.rejects(subject.request("while it is bad"), { code: "UNAVAILABLE", outcome: "not-executed" });
    const tries = (): number => readFileSync(file, "utf8").length - "bad ".length;
    await until(() => tries() >= 3);
    // At once, then after 100, 200, 400 ms and so on, and never sooner.
    const tried = tries();
    const most = 1 + Math.log2((performance.now() - since) / 100 + 1);
    assert.ok(tried <= most, `${tried} tries, and at most ${most}`);
    writeFileSync(file, "good");
    await until(async () => {
      const said = await subject.request("well").catch(() => "");
      return said === "llew";
    });
  });

  test("a client that goes away in the middle of a call frees its worker", async () => {
    const { workersEnded } = server.counters();
    const connection = await open(server.url, { limits: { drain: 0 } });
    const lost = assert.rejects(connection.proxy(Subject).untilAborted(), { outcome: "unknown" });
    await connection.proxy(Subject).request("it runs now");
    await Promise.all([connection.close(), lost]);
    await until(() => server.counters().runningNow === 0);
    assert.equal(server.counters().workersEnded, workersEnded);
  });
});

everyModel("stuck", { ...tcp, kinds: startedKinds }, ({ workers }) => {
  test("a server whose worker is stuck closes within the drain limit and the grace", async () => {
    const limits = { ...patient, drain: 100, grace: 100 };
    const server = await serve(Subject, module, url, { workers, limits });
    const subject = await connect(Subject, server.url, patiently);
    const file = fresh(workers);
    // Both are sent together, and the worker begins them so: what it answers to the first may stay there with it.
    const noted = subject.append(file, "x").catch(() => {});
    const stuck = assert.rejects(subject.spin(1e9), { outcome: "unknown" });
    await until(() => readFileSync(file, "utf8") === "x");
    const begun = performance.now();
    await server.close();
    // Far from the call's own deadline, 60 s.
    assert.ok(performance.now() - begun < 15_000);
    await stuck;
    await noted;
    await close(subject);
  });

  test("modules that fail in their own ways are said when serving, and leave nothing", async () => {
    const refused = { code: "INVALID_ARGUMENT", reason: "MODULE_NOT_LOADED", outcome: "not-executed" };
    const serving = (name: string): Promise<unknown> =>
      serve(Subject, new URL(`./modules/${name}.js`, import.meta.url), url, { workers });
    await assert.rejects(serving("throwing"), { ...refused, message: /no database today/ });
    await assert.rejects(serving("other"), { ...refused, message: /implements Other and not Subject/ });
    const bad = fresh(workers, "bad");
    const fragile = new URL(`./modules/fragile.js?${encodeURIComponent(bad)}`, import.meta.url);
    await assert.rejects(serve(Subject, fragile, url, { workers }), { code: "UNAVAILABLE", reason: "WORKER_LOST" });
  });
});

everyModel(
  "waiting connections",
  { ...tcp, kinds: ["threads per connection", "processes per connection"] },
  ({ workers }) => {
    test("a connection that waits gets the worker that is free", async () => {
      const limits = { workersPerConnection: 1, queueTime: 60_000, greetingTime: 60_000 };
      await using server = await serve(Subject, module, url, { workers, limits });
      const first = await connect(Subject, server.url, patiently);
      await first.request("has the only worker");
      await using second = await connect(Subject, server.url, patiently);
      const waiting = second.request("waits");
      await close(first);
      assert.equal(await waiting, "stiaw");
    });

    test("closing turns away whoever waits and lets the others finish", async () => {
      const limits = { workersPerConnection: 1, queueTime: 60_000, greetingTime: 60_000 };
      const server = await serve(Subject, module, url, { workers, limits });
      const first = await connect(Subject, server.url, patiently);
      const running = first.later(200);
      await first.request("it runs");
      const second = await connect(Subject, server.url, patiently);
      const waiting = assert.rejects(second.request("waits"), { outcome: "not-executed" });
      await until(() => server.counters().connectionsNow === 2);
      await server.close();
      assert.equal(await running, "later");
      await waiting;
      assert.equal(server.counters().connectionsNow, 0);
    });

    test("an upcall that waits for ever ends with its worker after the grace", async () => {
      await using server = await serve(Subject, module, url, { workers, limits: patient });
      await using subject = await connect(Subject, server.url, { ...patiently, reconnect: false });
      await assert.rejects(within(subject, { timeout: 50 }).never(), { code: "DEADLINE_EXCEEDED" });
      await until(() => server.counters().workersLost === 1);
      await until(() => server.counters().connectionsNow === 0);
    });
  },
);

test("call ids are compared as they go round", () => {
  for (const [started, id, expected] of [
    [0, 1, false],
    [1, 1, true],
    [5, 4, true],
    [5, 6, false],
    [0xffff_ffff, 0xffff_ffff, true],
    [0xffff_fffe, 0xffff_ffff, false],
    [3, 0xffff_fffa, true],
    [0xffff_fffa, 3, false],
  ] as const)
    assert.equal(reached(started, id), expected, `${started} ${id}`);
});
