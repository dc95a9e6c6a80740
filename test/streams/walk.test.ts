// Streams from end to end in every model of workers: both ways, long items, cancelling, errors, schemas, and workers
// that die.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { close, connect, type ProxyOf, refusal, type Server, serve, UpcallError, type Workers, within } from "upcall";
import { media } from "../harness/media.ts";
import { Channelled } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);

// One worker each, so that the one that is asked for the end of a loop is the one that had it.
const models: readonly (readonly [Workers, Parameters<typeof refusal>[2]])[] = [
  ["inline", "inline"],
  ["threads:1", "threads"],
  ["processes:1", "processes"],
  ["threads:per-connection", "threads per connection"],
  ["processes:per-connection", "processes per connection"],
];

function says(expected: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UpcallError, String(error));
    assert.match(`${error.code} ${error.reason} ${error.outcome}`, expected);
    return true;
  };
}

async function* upTo(count: number, ended: () => void = () => {}): AsyncGenerator<number> {
  try {
    for (let index = 0; index < count; index++) yield index;
  } finally {
    ended();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

for (const medium of media) {
  for (const [workers, kind] of models) {
    if (refusal(medium.name as "tcp", "native", kind) !== null) continue;
    suite(`${workers} over ${medium.name}`, () => {
      let server: Server;
      let subject: ProxyOf<typeof Channelled>;
      before(async () => {
        // A busy machine starts a worker slowly.
        server = await serve(Channelled, module, medium.url(), { workers, limits: { queueTime: 60_000 } });
        subject = await connect(Channelled, server.url);
      });
      after(async () => {
        await close(subject);
        await server.close();
      });

      test("items walk each way and both at once", async () => {
        assert.deepEqual(await all(await subject.count(1000, "a")), await all(upTo(1000)));
        assert.equal(await subject.sum([1, 2, 3]), 6);
        assert.equal(await subject.sum(upTo(20_000)), 199_990_000);
        const doubled = await all(await subject.double(upTo(20_000), "b"));
        assert.equal(doubled.length, 20_000);
        assert.equal(doubled.at(-1), 39_998);
        assert.deepEqual(await all(await subject.readable()), [1, 2, 3]);
        const sums = await Promise.all([10, 20, 30].map((count) => subject.sum(upTo(count))));
        assert.deepEqual(sums, [45, 190, 435]);
      });

      test("items longer than the window and a frame walk", async () => {
        let index = 0;
        for await (const item of await subject.large(3, 1_000_000)) {
          assert.equal(item.length, 1_000_000);
          assert.ok(item.every((byte) => byte === index));
          index++;
        }
        assert.equal(index, 3);
      });

      test("leaving a loop ends the producer's, wherever that is", async () => {
        for await (const item of await subject.count(Number.MAX_SAFE_INTEGER, "left")) if (item === 5000) break;
        assert.equal(await subject.ended("left"), "left");
        let ended = false;
        const ours = upTo(Number.MAX_SAFE_INTEGER, () => {
          ended = true;
        });
        for await (const item of await subject.double(ours, "doubled")) if (item === 5000) break;
        assert.equal(await subject.ended("doubled"), "doubled");
        // The call behind it came later than the word that the argument is over.
        await subject.ended("doubled");
        assert.equal(ended, true);
      });

      test("the caller's signal ends the loop of a producer that waits", async () => {
        const controller = new AbortController();
        const items = (await within(subject, { signal: controller.signal }).silent("silent"))[Symbol.asyncIterator]();
        assert.deepEqual(await items.next(), { value: 1, done: false });
        const next = items.next();
        controller.abort();
        await assert.rejects(next, says(/^CANCELLED ABORTED executed$/));
        assert.equal(await subject.ended("silent"), "silent");
      });

      test("errors inside a stream keep their code, both ways", async () => {
        const items = (await subject.fails())[Symbol.asyncIterator]();
        assert.deepEqual(await items.next(), { value: 1, done: false });
        await assert.rejects(items.next(), says(/^DATA_LOSS THROWN executed$/));
        async function* failing(): AsyncGenerator<number> {
          yield 1;
          throw new UpcallError("OUT_OF_RANGE", "no more");
        }
        await assert.rejects(subject.sum(failing()), says(/^OUT_OF_RANGE THROWN executed$/));
        await assert.rejects(all(await subject.double(failing(), "failed")), says(/^OUT_OF_RANGE THROWN executed$/));
      });

      test("items are held to their schema, on the server's side and once", async () => {
        assert.deepEqual(await all(await subject.checked([1, 2])), [100, 200]);
        await assert.rejects(all(await subject.checked([1, 0.5])), says(/^INVALID_ARGUMENT THROWN executed$/));
        await assert.rejects(all(await subject.checked([1, 5, 2])), says(/^INVALID_ARGUMENT THROWN executed$/));
      });

      test("nothing is left when all is over", async () => {
        await all(await subject.double(upTo(10), "c"));
        for await (const _ of await subject.count(10, "d")) break;
        await subject.ended("d");
        await subject.sum([1]);
        const { streamsNow, runningNow, badFrames } = server.counters();
        assert.deepEqual({ streamsNow, runningNow, badFrames }, { streamsNow: 0, runningNow: 0, badFrames: 0 });
      });

      if (workers === "inline") return;
      test("a worker that dies takes its streams along, and its server goes on", async () => {
        const items = (await subject.silent("lost"))[Symbol.asyncIterator]();
        assert.deepEqual(await items.next(), { value: 1, done: false });
        const next = items.next();
        next.catch(() => {});
        const expected = says(/^UNAVAILABLE (WORKER_LOST|CONNECTION_LOST) unknown$/);
        await assert.rejects(subject.exit(), expected);
        await assert.rejects(next, expected);
        await using other = await connect(Channelled, server.url);
        assert.equal(await other.sum([1, 2]), 3);
      });
    });
  }
}
