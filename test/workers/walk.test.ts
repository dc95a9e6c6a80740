// Every model of workers over every medium that takes it: the same calls with the same answers, but for where they ran.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { close, connect, type Server, serve, UpcallError, within } from "upcall";
import { everyModel, type Place } from "../harness/every-model.ts";
import { assertSame } from "../harness/same.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-workers-"));
after(() => rmSync(folder, { recursive: true }));

const values: readonly unknown[] = [
  null,
  undefined,
  -0,
  Number.NaN,
  10n ** 60n,
  "ä€\u{1f600}",
  [1, [2, {}]],
  { a: { b: null } },
  new Date(0),
  new Map([[1, { two: 2 }]]),
  new Set(["x"]),
  new Float64Array([0.5]),
  new RangeError("far"),
];
/** On a busy machine many calls at once may wait longer for a worker than is usual. */
const limits = { queueTime: 60_000 };

function open(place: Place): Promise<Server> {
  return serve(Subject, module, place.url(), { workers: place.workers, limits });
}

async function refused(place: Place): Promise<void> {
  await assert.rejects(open(place), { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED" });
}

everyModel("walk", { refused, sparing: true }, (place) => {
  const { workers, medium, kind } = place;
  let server: Server;
  let subject: Awaited<ReturnType<typeof connect<typeof Subject>>>;
  before(async () => {
    server = await open(place);
    subject = await connect(Subject, server.url, { timeout: 60_000 });
  });
  after(async () => {
    await close(subject);
    await server.close();
  });

  test("values, errors, many calls and large ones walk", async () => {
    assert.equal(await subject.request("hello"), "olleh");
    const texts = Array.from({ length: 2_000 }, (_, i) => `call ${i}`);
    const replies = await Promise.all(texts.map((text) => subject.request(text)));
    assert.deepEqual(
      replies,
      texts.map((text) => Array.from(text).reverse().join("")),
    );
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i);
    assert.deepEqual(await subject.bytes(bytes), bytes.toReversed());
    await assert.rejects(subject.throws(), {
      name: "UpcallError",
      code: "NOT_FOUND",
      outcome: "executed",
      message: /there is nothing here/,
    });
  });

  test("values of every kind, a caller's address and what nobody waits for walk", async () => {
    for (const value of values) assertSame(await subject.echo(value), value);
    assert.match(
      await subject.peer(),
      { tcp: /^127\.0\.0\.1:\d+$/, unix: /^unix$/, memory: /^memory$/, udp: /^$/ }[medium],
    );
    const file = join(folder, `oneway ${place.name}`);
    await subject.appendSoon(file, "said");
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await subject.request("has it come?");
    assert.equal(readFileSync(file, "utf8"), "said");
  });

  test("state lives in each worker", async () => {
    // Nothing else counts: the first call of each object gives 1.
    const counts: number[] = [];
    // Both at once go to the two workers of a pool.
    for (let i = 0; i < 20; i++) counts.push(...(await Promise.all([subject.count(), subject.count()])));
    assert.equal(Math.max(...counts), workers.endsWith(":2") ? 20 : 40);
    await using other = await connect(Subject, server.url);
    assert.equal((await other.count()) === 1, kind.endsWith("per connection"));
  });

  test("a result of the limit passes, one byte more is refused after it ran", async () => {
    const most = 4 * 1024 * 1024 - 5;
    assert.equal((await subject.sized(most)).length, most);
    for (const more of [1, 300, 100_000])
      await assert.rejects(subject.sized(most + more), { reason: "TOO_LARGE", outcome: "executed" });
    await subject.request("still here");
  });

  test("an argument of the limit passes, one byte more is refused before it runs", async () => {
    // The argument list has 1 byte of its own, a long byte array 5.
    const most = 4 * 1024 * 1024 - 6;
    assert.equal((await subject.bytes(new Uint8Array(most))).length, most);
    await assert.rejects(subject.bytes(new Uint8Array(most + 1)), { reason: "TOO_LARGE", outcome: "not-executed" });
  });

  test("the upcall is made where the model says", async () => {
    const { pid, thread } = await subject.where();
    assert.equal(pid === process.pid, !workers.startsWith("processes"));
    assert.equal(thread > 0, workers.startsWith("threads"));
  });

  test("an abort and a deadline reach the upcall's signal", async () => {
    const abort = new AbortController();
    const call = within(subject, { signal: abort.signal }).untilAborted();
    await subject.request("the call before is on its way");
    abort.abort();
    await assert.rejects(call, { code: "CANCELLED", reason: "ABORTED" });
    // Both sides keep the deadline: the method's answer to its signal may still arrive before the caller's own clock.
    const ended = await within(subject, { timeout: 30 })
      .untilAborted()
      .catch((error: UpcallError) => error.code);
    assert.ok(ended === "aborted" || ended === "DEADLINE_EXCEEDED", ended);
    assert.equal(await subject.request("still here"), "ereh llits");
  });

  test("close() lets a running call finish, and can be called twice; what went wrong is counted", async () => {
    const other = await open(place);
    const far = await connect(Subject, other.url, { reconnect: false });
    await assert.rejects(far.throws());
    const call = far.later(100);
    await far.request("the call before is running");
    await Promise.all([other.close(), other.close()]);
    assert.equal(await call, "later");
    await assert.rejects(far.request("x"), (error) => error instanceof UpcallError && error.code === "UNAVAILABLE");
    const { upcallsThrown, callsReceived, runningNow, connectionsNow, workersLost } = other.counters();
    assert.deepEqual(
      { upcallsThrown, callsReceived, runningNow, connectionsNow, workersLost },
      { upcallsThrown: 1, callsReceived: 3, runningNow: 0, connectionsNow: 0, workersLost: 0 },
    );
  });
});
