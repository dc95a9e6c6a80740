// Every model of workers over every medium that takes it: the same calls with the same answers, but for where they ran.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import {
  close,
  connect,
  refusal,
  type Server,
  type StageEvent,
  serve,
  UpcallError,
  type Workers,
  within,
} from "upcall";
import { assertSame } from "../harness/same.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-workers-"));
after(() => rmSync(folder, { recursive: true }));

const models: readonly (readonly [Workers, Parameters<typeof refusal>[2]])[] = [
  ["inline", "inline"],
  ["threads:2", "threads"],
  ["processes:2", "processes"],
  ["threads:per-connection", "threads per connection"],
  ["processes:per-connection", "processes per connection"],
];
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
let places = 0;

for (const [workers, kind] of models) {
  for (const medium of ["tcp", "unix", "memory"] as const) {
    if (refusal(medium, "native", kind) !== null) {
      test(`${medium} with ${workers} is refused when serving`, async () => {
        await assert.rejects(open(medium, workers), { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED" });
      });
      continue;
    }
    suite(`${workers} over ${medium}`, () => {
      test("values, errors, many calls and large ones walk", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
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
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        for (const value of values) assertSame(await subject.echo(value), value);
        assert.match(await subject.peer(), { tcp: /^127\.0\.0\.1:\d+$/, unix: /^unix$/, memory: /^memory$/ }[medium]);
        const file = join(folder, `oneway ${places}`);
        await subject.appendSoon(file, "said");
        while (!existsSync(file) || readFileSync(file, "utf8") === "") await subject.request("has it come?");
        assert.equal(readFileSync(file, "utf8"), "said");
      });

      test("state lives in each worker", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        const seen = new Map<string, number[]>();
        for (let i = 0; i < 20; i++) {
          // Both at once go to the two workers of a pool.
          for (const count of await Promise.all([subject.count(), subject.count()]))
            seen.set(String(count), [...(seen.get(String(count)) ?? []), count]);
        }
        const most = Math.max(...Array.from(seen.values(), ([count = 0]) => count));
        if (workers.endsWith(":2")) assert.equal(most, 20);
        else assert.equal(most, 40);
        await using other = await connect(Subject, server.url);
        const first = await other.count();
        assert.equal(first === 1, workers.endsWith("per-connection"));
      });

      test("a result of the limit passes, one byte more is refused after it ran", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        const most = 4 * 1024 * 1024 - 5;
        assert.equal((await subject.sized(most)).length, most);
        for (const more of [1, 300, 100_000])
          await assert.rejects(subject.sized(most + more), { reason: "TOO_LARGE", outcome: "executed" });
        await subject.request("still here");
      });

      test("what went wrong is counted", async () => {
        const server = await open(medium, workers);
        const subject = await connect(Subject, server.url);
        await assert.rejects(subject.throws());
        await subject.request("x");
        await close(subject);
        await server.close();
        const { upcallsThrown, callsReceived, runningNow, connectionsNow, workersLost } = server.counters();
        assert.deepEqual(
          { upcallsThrown, callsReceived, runningNow, connectionsNow, workersLost },
          { upcallsThrown: 1, callsReceived: 2, runningNow: 0, connectionsNow: 0, workersLost: 0 },
        );
      });

      test("the upcall is made where the model says", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        const { pid, thread } = await subject.where();
        assert.equal(pid === process.pid, !workers.startsWith("processes"));
        assert.equal(thread > 0, workers.startsWith("threads"));
      });

      test("an argument of the limit passes, one byte more is refused before it runs", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        // The argument list has 1 byte of its own, a long byte array 5.
        const most = 4 * 1024 * 1024 - 6;
        assert.equal((await subject.bytes(new Uint8Array(most))).length, most);
        await assert.rejects(subject.bytes(new Uint8Array(most + 1)), { reason: "TOO_LARGE", outcome: "not-executed" });
      });

      test("an abort and a deadline reach the upcall's signal", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
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

      test("close() lets a running call finish, and can be called twice", async () => {
        const server = await open(medium, workers);
        const subject = await connect(Subject, server.url, { reconnect: false });
        const call = subject.later(100);
        await subject.request("the call before is running");
        await Promise.all([server.close(), server.close()]);
        assert.equal(await call, "later");
        await assert.rejects(
          subject.request("x"),
          (error) => error instanceof UpcallError && error.code === "UNAVAILABLE",
        );
      });
    });
  }
}

test("an observer of a pool is told the stages that this thread sees", async () => {
  const events: StageEvent[] = [];
  const observer = (event: StageEvent): void => void events.push(event);
  await using server = await serve(Subject, module, "tcp://127.0.0.1:0", { workers: "threads:1", observer });
  await using subject = await connect(Subject, server.url);
  await subject.request("watched");
  assert.deepEqual(
    events.filter(({ method }) => method === "Subject.request").map(({ stage }) => stage),
    ["receive", "unframe", "upcall", "return", "encode", "frame", "send"],
  );
});

test("an observer of sessions that are in workers is refused when serving", async () => {
  for (const workers of ["threads:per-connection", "processes:per-connection"] as const) {
    const serving = serve(Subject, module, "tcp://127.0.0.1:0", { workers, observer: () => {} });
    await assert.rejects(serving, { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED", message: /use a pool/ });
  }
});

function open(medium: "tcp" | "unix" | "memory", workers: Workers): Promise<Server> {
  places++;
  const urls = {
    tcp: "tcp://127.0.0.1:0",
    unix: `unix:${join(folder, `${places}.sock`)}`,
    memory: `memory:w${places}`,
  };
  return serve(Subject, module, urls[medium], { workers });
}
