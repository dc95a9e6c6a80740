// Workers that die (crash, exit), are stuck in an endless loop, or cannot start: each call settles and says truly what
// is known of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, connect, type Server, serve, UpcallError, type Workers, within } from "upcall";
import { everyModel } from "../harness/every-model.ts";
import { reaches } from "../harness/tier.ts";
import { until } from "./programs.ts";
import RealSubject from "./real-subject.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
/** A worker's successor may take its time to start, however busy the machine is. */
const patient = { queueTime: 60_000, greetingTime: 60_000, grace: 100 };
const patiently = { timeout: 60_000, limits: { greetingTime: 60_000 } } as const;
function long(first: number): Uint8Array {
  const bytes = new Uint8Array(3 * 1024 * 1024);
  for (let at = 0; at < bytes.length; at++) bytes[at] = first + at * 7;
  return bytes;
}
const failed = (reason: string) => (error: unknown) => error instanceof UpcallError && error.reason === reason;

everyModel("deaths", { media: ["tcp"], kinds: ["threads", "processes"], size: 1, sparing: true }, ({ workers }) => {
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

  test("a worker that exits settles its call at once as unknown, and is replaced", async () => {
    const before = server.counters().workersLost;
    await assert.rejects(subject.exit(3), { code: "UNAVAILABLE", reason: "WORKER_LOST", outcome: "unknown" });
    assert.equal(await subject.request("again"), "niaga");
    assert.equal(server.counters().workersLost, before + 1);
  });

  test("calls that the dead worker had not started move to its successor", async () => {
    const exit = subject.exit(1);
    const behind = Array.from({ length: 50 }, (_, i) => subject.request(`text ${i}`));
    await assert.rejects(exit, { reason: "WORKER_LOST" });
    assert.equal((await Promise.all(behind))[49], "94 txet");
  });

  test("long calls that were on their way to the dead worker move as well, whole", async () => {
    const before = server.counters().workersLost;
    const exit = subject.exit(1);
    const behind = Array.from({ length: 4 }, (_, i) => subject.bytes(long(i)));
    await assert.rejects(exit, { reason: "WORKER_LOST" });
    const results = await Promise.all(behind);
    for (const [i, bytes] of results.entries()) assert.deepEqual(bytes, long(i).toReversed());
    assert.equal(server.counters().workersLost, before + 1);
  });

  test("a long call that is given up on its way to a busy worker costs nobody else anything", async () => {
    const { callsReceived } = server.counters();
    const given = new AbortController();
    const busy = subject.spin(1_000);
    const calls = Array.from({ length: 4 }, () => within(subject, { signal: given.signal }).bytes(long(1)));
    const kept = subject.bytes(long(2));
    await until(() => server.counters().callsReceived >= callsReceived + 6);
    given.abort();
    // However late this process is, and however far they came: each is given up, or right.
    for (const call of await Promise.allSettled(calls)) {
      if (call.status === "rejected") assert.equal(call.reason.code, "CANCELLED");
      else assert.deepEqual(call.value, long(1).toReversed());
    }
    assert.equal(await busy, "spun");
    assert.deepEqual(await kept, long(2).toReversed());
    assert.deepEqual(await subject.bytes(long(3)), long(3).toReversed());
  });

  test("an endless loop is ended after the deadline and its grace, and others go on", async () => {
    const before = server.counters();
    await assert.rejects(within(subject, { timeout: 100 }).spin(1e9), {
      code: "DEADLINE_EXCEEDED",
      outcome: "unknown",
    });
    assert.equal(await subject.request("free again"), "niaga eerf");
    const { workersEnded, workersLost } = server.counters();
    assert.deepEqual([workersEnded, workersLost], [before.workersEnded + 1, before.workersLost]);
  });

  test("an upcall that ignores its signal loses its worker as well", async () => {
    const { pid, thread } = await subject.where();
    await assert.rejects(within(subject, { timeout: 50 }).never(), { code: "DEADLINE_EXCEEDED" });
    let now = await subject.where();
    while (now.pid === pid && now.thread === thread) now = await subject.where().catch(() => now);
    assert.notDeepEqual(now, { pid, thread });
  });

  test("a caller whose upcalls do not end keeps out no other", async () => {
    await using many = await connect(Subject, server.url, patiently);
    await using other = await connect(Subject, server.url, patiently);
    const given = new AbortController();
    const waiting = within(many, { signal: given.signal });
    const calls = Promise.allSettled(Array.from({ length: 600 }, () => waiting.untilAborted()));
    await until(() => server.counters().runningNow === 600);
    for (const text of ["one", "two"]) assert.equal(await other.request(text), text.split("").reverse().join(""));
    // It has others now, and is one of many itself.
    const some = await Promise.allSettled(Array.from({ length: 60 }, () => within(other, { timeout: 100 }).later(1)));
    assert.ok(some.some(({ status }) => status === "rejected"));
    given.abort();
    await calls;
  });

  test("with no room in the queue a call is BUSY at once", async () => {
    await using server = await serve(Subject, module, url, { workers, limits: { queue: 0 } });
    await using subject = await connect(Subject, server.url);
    const calls = await Promise.allSettled(Array.from({ length: 600 }, () => subject.later(50)));
    const refused = calls.filter((call) => call.status === "rejected");
    assert.ok(refused.length > 0 && refused.every((call) => failed("BUSY")(call.reason)));
    assert.ok(calls.some((call) => call.status === "fulfilled"));
    assert.equal(server.counters().refusedQueue, refused.length);
  });
});

const perConnection = ["threads per connection", "processes per connection"] as const;
everyModel("connections", { media: ["tcp"], kinds: perConnection, sparing: true }, ({ workers }) => {
  let server: Server;
  before(async () => {
    server = await serve(Subject, module, url, { workers, limits: patient });
  });
  after(() => server.close());

  test("a worker that exits ends its own connection and no other", async () => {
    await using other = await connect(Subject, server.url, patiently);
    await other.request("here");
    const subject = await connect(Subject, server.url, patiently);
    await assert.rejects(subject.exit(3), { code: "UNAVAILABLE", outcome: "unknown" });
    assert.equal(await other.request("here"), "ereh");
  });

  test("an endless loop is ended after the deadline and its grace", async () => {
    const subject = await connect(Subject, server.url, patiently);
    const stuck = within(subject, { timeout: 100 }).spin(1e9);
    const behind = subject.request("behind it");
    await assert.rejects(stuck, { code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    await assert.rejects(behind, { code: "UNAVAILABLE" });
    await using again = await connect(Subject, server.url, patiently);
    assert.equal(await again.request("again"), "niaga");
  });

  test("an upcall that ignores its signal loses its worker, with the connection, and the next one has another", async () => {
    const subject = await connect(Subject, server.url, patiently);
    const before = await subject.where();
    const behind = assert.rejects(subject.untilAborted(), { code: "UNAVAILABLE", outcome: "unknown" });
    await assert.rejects(within(subject, { timeout: 50 }).never(), { code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    await behind;
    await using again = await connect(Subject, server.url, patiently);
    assert.notDeepEqual(await again.where(), before);
  });

  test("beyond the most workers a connection waits, and is told BUSY", async () => {
    await using server = await serve(Subject, module, url, {
      workers,
      limits: { workersPerConnection: 1, queueTime: 50, greetingTime: 60_000 },
    });
    await using first = await connect(Subject, server.url);
    await first.request("has the only worker");
    const second = await connect(Subject, server.url);
    await assert.rejects(second.request("x"), {
      code: "RESOURCE_EXHAUSTED",
      reason: "BUSY",
      outcome: "not-executed",
    });
  });
});

test("a module that cannot be loaded is said when serving", async () => {
  const every: Workers[] = ["inline", "threads:1", "processes:1", "threads:per-connection", "processes:per-connection"];
  for (const workers of reaches("gate") ? every : every.slice(0, 3)) {
    await assert.rejects(serve(Subject, new URL("./nowhere.js", import.meta.url), url, { workers }), {
      reason: "MODULE_NOT_LOADED",
      outcome: "not-executed",
    });
    await assert.rejects(serve(Subject, new URL("./subject.js", import.meta.url), url, { workers }), {
      reason: "MODULE_NOT_LOADED",
    });
  }
});

test("an instance cannot be given to workers, and the error says what to do", async () => {
  const untyped = serve as (...args: unknown[]) => Promise<unknown>;
  await assert.rejects(untyped(new RealSubject(), url, { workers: "threads:2" }), (error) => {
    return (
      failed("BAD_OPTION")(error) && /new URL\("\.\/module\.js", import\.meta\.url\)/.test((error as Error).message)
    );
  });
});
