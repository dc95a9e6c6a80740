// Streams each way in every model of workers and over every medium: their items, their ends, and what ends them early.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, UpcallError, within } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import { ofTier } from "../harness/tier.ts";
import { Channelled } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const many = ofTier({ quick: 2_000, gate: 5_000, all: 20_000 });

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

// One worker each, so that the one that is asked for the end of a loop is the one that had it.
everyModel("streams", { size: 1, sparing: true }, (place) => {
  // A busy machine starts a worker slowly.
  const at = shared(place, Channelled, module, { serving: { limits: { queueTime: 60_000 } } });

  /** Served inline, all servers have the one object of the module. */
  const named = (name: string): string => `${place.name} ${name}`;

  test("items walk each way and both at once", async () => {
    const { proxy: subject } = at();
    assert.deepEqual(await all(await subject.count(1000, named("a"))), await all(upTo(1000)));
    assert.equal(await subject.sum([1, 2, 3]), 6);
    assert.equal(await subject.sum(upTo(many)), (many * (many - 1)) / 2);
    const doubled = await all(await subject.double(upTo(many), named("b")));
    assert.equal(doubled.length, many);
    assert.equal(doubled.at(-1), 2 * (many - 1));
    assert.deepEqual(await all(await subject.readable()), [1, 2, 3]);
    const sums = await Promise.all([10, 20, 30].map((count) => subject.sum(upTo(count))));
    assert.deepEqual(sums, [45, 190, 435]);
  });

  test("items longer than the window and a frame walk", async () => {
    const { proxy: subject } = at();
    let index = 0;
    for await (const item of await subject.large(3, 1_000_000)) {
      assert.equal(item.length, 1_000_000);
      assert.equal(Buffer.compare(item, new Uint8Array(1_000_000).fill(index)), 0);
      index++;
    }
    assert.equal(index, 3);
  });

  test("leaving a loop ends the producer's, wherever that is", async () => {
    const { proxy: subject } = at();
    for await (const item of await subject.count(Number.MAX_SAFE_INTEGER, named("left"))) if (item === many / 4) break;
    assert.equal(await subject.ended(named("left")), named("left"));
    let ended = false;
    const ours = upTo(Number.MAX_SAFE_INTEGER, () => {
      ended = true;
    });
    for await (const item of await subject.double(ours, named("doubled"))) if (item === many / 4) break;
    assert.equal(await subject.ended(named("doubled")), named("doubled"));
    // The call behind it came later than the word that the argument is over.
    await subject.ended(named("doubled"));
    assert.equal(ended, true);
  });

  test("the caller's signal ends the loop of a producer that waits", async () => {
    const { proxy: subject } = at();
    const controller = new AbortController();
    const items = (await within(subject, { signal: controller.signal }).silent(named("silent")))[
      Symbol.asyncIterator
    ]();
    assert.deepEqual(await items.next(), { value: 1, done: false });
    const next = items.next();
    controller.abort();
    await assert.rejects(next, says(/^CANCELLED ABORTED executed$/));
    assert.equal(await subject.ended(named("silent")), named("silent"));
  });

  test("errors inside a stream keep their code, both ways", async () => {
    const { proxy: subject } = at();
    const items = (await subject.fails())[Symbol.asyncIterator]();
    assert.deepEqual(await items.next(), { value: 1, done: false });
    await assert.rejects(items.next(), says(/^DATA_LOSS THROWN executed$/));
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new UpcallError("OUT_OF_RANGE", "no more");
    }
    await assert.rejects(subject.sum(failing()), says(/^OUT_OF_RANGE THROWN executed$/));
    await assert.rejects(all(await subject.double(failing(), named("failed"))), says(/^OUT_OF_RANGE THROWN executed$/));
  });

  test("items are held to their schema, on the server's side and once", async () => {
    const { proxy: subject } = at();
    assert.deepEqual(await all(await subject.checked([1, 2])), [100, 200]);
    await assert.rejects(all(await subject.checked([1, 0.5])), says(/^INVALID_ARGUMENT THROWN executed$/));
    await assert.rejects(all(await subject.checked([1, 5, 2])), says(/^INVALID_ARGUMENT THROWN executed$/));
  });

  test("nothing is left when all is over", async () => {
    const { server, proxy: subject } = at();
    await all(await subject.double(upTo(10), named("c")));
    for await (const _ of await subject.count(10, named("d"))) break;
    await subject.ended(named("d"));
    await subject.sum([1]);
    const { streamsNow, runningNow, badFrames } = server.counters();
    assert.deepEqual({ streamsNow, runningNow, badFrames }, { streamsNow: 0, runningNow: 0, badFrames: 0 });
  });

  if (place.kind === "inline") return;
  test("a worker that dies takes its streams along, and its server goes on", async () => {
    const { server, proxy: subject } = at();
    const items = (await subject.silent(named("lost")))[Symbol.asyncIterator]();
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
