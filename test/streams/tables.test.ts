// The sending and the receiving half of streams with each other, on virtual time: order, batching, backpressure, long
// items, ends, errors and leaving early.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "#internal/errors.js";
import { ofTier } from "../harness/tier.ts";
import { Counted, framesOf, nothingLeft, Tables } from "./tables.ts";

const KiB = 1024;
/** What a producer has that is far ahead of its reader. */
const endless = ofTier({ quick: 64, gate: 256, all: 1024 }) * KiB * KiB;

async function* upTo(count: number): AsyncGenerator<number> {
  for (let index = 0; index < count; index++) yield index;
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof UpcallError, String(error));
  return `${error.code} ${error.reason} ${error.outcome}`;
}

test("items arrive in their order, and then the end", async () => {
  const tables = new Tables();
  const { reader, ends } = tables.give(upTo(1000));
  const got: unknown[] = [];
  const reading = (async () => {
    for await (const item of reader) got.push(item);
  })();
  await tables.settle();
  await reading;
  assert.deepEqual(
    got,
    Array.from({ length: 1000 }, (_, index) => index),
  );
  assert.deepEqual(ends, { producer: [null], reader: [null] });
  assert.deepEqual(tables.left, nothingLeft);
  assert.deepEqual(await reader.next(), { value: undefined, done: true });
});

test("many small items go many to a frame", async () => {
  const tables = new Tables();
  const { reader, account } = tables.give(upTo(10_000));
  let count = 0;
  const reading = (async () => {
    for await (const item of reader) assert.equal(item, count++);
  })();
  await tables.settle();
  await reading;
  assert.equal(count, 10_000);
  assert.ok(account.frames <= 6, `${account.frames} frames for ${account.sent} bytes`);
  assert.ok(account.grants <= 2, `${account.grants} grants`);
});

test("items that come one a turn are sent at once", async () => {
  const tables = new Tables();
  const waiting: ((item: number) => void)[] = [];
  async function* slow(): AsyncGenerator<number> {
    for (;;) yield await new Promise<number>((resolve) => waiting.push(resolve));
  }
  const { reader } = tables.give(slow());
  for (let index = 0; index < 3; index++) {
    const next = reader.next();
    await tables.settle();
    waiting.shift()?.(index);
    await tables.settle();
    assert.deepEqual(await next, { value: index, done: false });
  }
  assert.deepEqual(framesOf(tables.far.end), ["item:1:1", "item:1:1", "item:1:1"]);
});

test("a producer whose reader does not read is asked for no more than the first credit holds", async () => {
  const tables = new Tables();
  const source = new Counted();
  const { account } = tables.give(source);
  await tables.settle();
  assert.equal(account.sent, 16 * KiB);
  assert.ok(source.asked < 16 * KiB);
  const before = source.asked;
  await tables.settle();
  assert.equal(source.asked, before);
});

test("an argument's source is not touched before its reader wants an item", async () => {
  const tables = new Tables();
  const source = new Counted(5);
  const { reader, account } = tables.give(source, { of: "argument" });
  await tables.settle();
  assert.equal(source.asked, 0);
  const got: unknown[] = [];
  const reading = (async () => {
    for await (const item of reader) got.push(item);
  })();
  await tables.settle();
  await reading;
  assert.deepEqual(got, [0, 1, 2, 3, 4]);
  assert.equal(account.grants, 1);
});

test("a producer of 1 GiB (in quick of 64 MiB) and a reader that takes one item at a time hold no more than the window", async () => {
  const window = 256 * KiB;
  const tables = new Tables({ limits: { streamWindow: window } });
  const item = new Uint8Array(64 * KiB);
  const count = endless / item.length;
  let asked = 0;
  let most = 0;
  async function* gigabyte(): AsyncGenerator<Uint8Array> {
    for (; asked < count; asked++) yield item;
  }
  const { reader } = tables.give(gigabyte());
  for (let taken = 0; taken < count; taken++) {
    const next = reader.next();
    if (taken % 2 === 0) await tables.settle();
    // An item that was longer than what was left of the credit is held where it was made.
    most = Math.max(most, tables.near.streams.held + tables.far.streams.held);
    const { value } = await Promise.race([next, tables.settle().then(() => next)]);
    assert.equal((value as Uint8Array).length, item.length);
    assert.ok((asked - taken) * item.length <= window + 2 * item.length, "the producer is ahead of the window");
    tables.far.end.written.length = 0;
  }
  assert.ok(most <= window + item.length + 16, `${most} bytes were held`);
  assert.deepEqual(await reader.next(), { value: undefined, done: true });
  await tables.settle();
  assert.deepEqual(tables.left, nothingLeft);
});

test("an item longer than the window goes in pieces, and others pass between them", async () => {
  const tables = new Tables({ limits: { piece: 16 * KiB, streamWindow: 32 * KiB } });
  const item = new Uint8Array(300 * KiB).map((_, index) => index);
  const long = tables.give([item, "after"]);
  const short = tables.give(upTo(3));
  const got: unknown[] = [];
  const reading = (async () => {
    for await (const each of long.reader) got.push(each);
  })();
  const others = (async () => {
    for await (const each of short.reader) got.push(each);
  })();
  await tables.settle();
  await Promise.all([reading, others]);
  assert.deepEqual(got, [0, 1, 2, item, "after"]);
  assert.ok(long.account.frames > 18);
  assert.ok(long.account.granted <= long.account.sent + 32 * KiB, "more was granted than a window");
  assert.deepEqual(tables.left, nothingLeft);
});

test("a producer whose connection takes nothing asks for no more than that holds, and goes on when it does", async () => {
  const tables = new Tables({ limits: { unsentPause: 64 * KiB, streamWindow: 1024 * KiB, streamsWindow: 1024 * KiB } });
  const source = new Counted(100_000);
  // An argument's reader grants its whole window at once.
  const { reader } = tables.give(source, { of: "argument" });
  let count = 0;
  const reading = (async () => {
    for await (const item of reader) assert.equal(item, count++);
  })();
  tables.far.end.full = true;
  await tables.settle();
  assert.ok(tables.far.end.unsent <= 3 * 64 * KiB, `${tables.far.end.unsent} bytes are unsent`);
  const before = source.asked;
  await tables.settle();
  assert.equal(source.asked, before);
  tables.far.end.take();
  await tables.settle();
  await reading;
  assert.equal(count, 100_000);
});

test("leaving a loop early ends the producer's loop, and its finally runs", async () => {
  const tables = new Tables();
  let cleaned = 0;
  async function* numbers(): AsyncGenerator<number> {
    try {
      for (let index = 0; ; index++) yield index;
    } finally {
      cleaned++;
    }
  }
  const { reader, ends } = tables.give(numbers());
  const reading = (async () => {
    for await (const item of reader) if (item === 10) break;
  })();
  await tables.settle();
  await reading;
  await tables.settle();
  assert.equal(cleaned, 1);
  assert.equal(ends.producer.length, 1);
  assert.equal(codeOf(ends.producer[0]), "CANCELLED ABORTED executed");
  assert.equal(tables.far.endpoint.counters.streamsStopped, 1);
  assert.deepEqual(tables.left, nothingLeft);
});

test("an error of the source comes behind its items, with its code, once", async () => {
  const tables = new Tables();
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    yield 2;
    throw new UpcallError("NOT_FOUND", "there is no third");
  }
  const { reader, ends } = tables.give(failing());
  await tables.settle();
  assert.deepEqual(await reader.next(), { value: 1, done: false });
  assert.deepEqual(await reader.next(), { value: 2, done: false });
  await assert.rejects(reader.next(), (error) => codeOf(error) === "NOT_FOUND THROWN executed");
  assert.deepEqual(await reader.next(), { value: undefined, done: true });
  assert.equal(codeOf(ends.producer[0]), "NOT_FOUND THROWN executed");
  assert.deepEqual(tables.left, nothingLeft);
});

const sources: readonly (readonly [string, unknown, readonly unknown[]])[] = [
  ["an array", [1, "two", null, undefined], [1, "two", null, undefined]],
  ["an array of promises", [Promise.resolve(1), 2], [1, 2]],
  ["a set", new Set([1, 2]), [1, 2]],
  ["a ReadableStream", readable(1, 2), [1, 2]],
  ["a ReadableStream of a browser that cannot iterate over it", { getReader: () => readable(1).getReader() }, [1]],
  ["an iterator without promises", { [Symbol.asyncIterator]: () => countdown(2) }, [1, 0]],
  ["items with a then", [JSON.parse('{"then":"data"}')], [JSON.parse('{"then":"data"}')]],
];

function readable(...items: readonly unknown[]): ReadableStream<unknown> {
  return new ReadableStream({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });
}

/** Gives results and no promises of them, which `for await` takes as well. */
function countdown(left: number): { next(): IteratorResult<number> } {
  return { next: () => (left-- > 0 ? { value: left, done: false } : { value: undefined, done: true }) };
}

for (const [name, source, items] of sources) {
  test(`${name} can be a source`, async () => {
    const tables = new Tables();
    const { reader } = tables.give(source);
    const got: unknown[] = [];
    const reading = (async () => {
      for await (const item of reader) got.push(item);
    })();
    await tables.settle();
    await reading;
    assert.deepEqual(got, items);
    assert.deepEqual(tables.left, nothingLeft);
  });
}

for (const [name, source] of [
  ["a text", "text"],
  ["a number", 5],
  ["nothing", null],
  ["an object", { next: () => 1 }],
  ["a function", () => {}],
] as const) {
  test(`${name} is no source, and nothing is begun`, () => {
    const tables = new Tables();
    assert.throws(
      () => tables.give(source),
      (error) => codeOf(error) === "INTERNAL BAD_RESULT executed",
    );
    assert.throws(
      () => tables.give(source, { of: "argument" }),
      (error) => codeOf(error) === "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed",
    );
    assert.deepEqual(tables.left, nothingLeft);
  });
}

const badSources: readonly (readonly [string, unknown, RegExp])[] = [
  ["whose next throws", { next: () => thrown() }, /UNKNOWN THROWN/],
  ["whose next rejects with null", { next: () => Promise.reject(null) }, /UNKNOWN THROWN/],
  ["whose result is no object", { next: () => 5 }, /UNKNOWN THROWN/],
  [
    "whose result throws when it is read",
    {
      next: () => ({
        get done() {
          return thrown();
        },
      }),
    },
    /UNKNOWN THROWN/,
  ],
  ["that gives a function", { next: () => ({ value: () => {}, done: false }) }, /INTERNAL BAD_RESULT/],
  [
    "that gives an item whose getter throws",
    {
      next: () => ({
        value: {
          get x() {
            return thrown();
          },
        },
      }),
    },
    /INTERNAL BAD_RESULT/,
  ],
  ["whose promise calls back twice", { next: () => twice() }, /OUT_OF_RANGE/],
  ["whose return throws", { next: () => ({ value: Symbol("no") }), return: () => thrown() }, /INTERNAL BAD_RESULT/],
  [
    "whose return rejects",
    { next: () => ({ value: Symbol("no") }), return: () => Promise.reject(new Error()) },
    /INTERNAL BAD_RESULT/,
  ],
];

function thrown(): never {
  throw new Error("thrown");
}

let calls = 0;

/** A promise of a library that does not keep the rules. */
class Twice extends Promise<unknown> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
}

function twice(): Promise<unknown> {
  const promise = new Twice(() => {});
  const settle: typeof promise.then = async (resolve, reject) => {
    await Promise.resolve();
    calls++;
    if (calls === 3) reject?.(new UpcallError("OUT_OF_RANGE", "enough"));
    resolve?.({ value: calls, done: false });
    return resolve?.({ value: 1000, done: false }) as never;
  };
  Reflect.set(promise, "constructor", Promise);
  Reflect.set(promise, "then", settle);
  return promise;
}

for (const [name, iterator, expected] of badSources) {
  test(`a source ${name} costs its stream only`, async () => {
    const tables = new Tables();
    const good = tables.give(upTo(3));
    const { reader } = tables.give({ [Symbol.asyncIterator]: () => iterator });
    const got: unknown[] = [];
    const reading = (async () => {
      for await (const item of reader) got.push(item);
    })().catch((error: unknown) => error);
    await tables.settle();
    assert.match(codeOf(await reading), expected);
    assert.deepEqual(await good.reader.next(), { value: 0, done: false });
    await good.reader.return();
    await reader.return();
    await tables.settle();
    assert.deepEqual(tables.left, nothingLeft);
  });
}
