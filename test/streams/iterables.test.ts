// What may be given as a stream: async iterables, generators, arrays, ReadableStreams; and readable(), which makes a
// ReadableStream.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readable } from "upcall";
import { itemsOf } from "#internal/call/iterables.js";

/** Notes what is asked of a source, and fails where it is told to. */
function source(count: number, fails = -1): { asked: string[]; items: AsyncGenerator<number, void> } {
  const asked: string[] = [];
  async function* generate(): AsyncGenerator<number, void> {
    try {
      for (let i = 0; i < count; i++) {
        asked.push(`item ${i}`);
        if (i === fails) throw new Error("out of numbers");
        yield i;
      }
      asked.push("end");
    } finally {
      asked.push("finally");
    }
  }
  return { asked, items: generate() };
}

async function all(items: AsyncIterable<unknown> | null): Promise<unknown[]> {
  assert.ok(items !== null);
  const got: unknown[] = [];
  for await (const item of items) got.push(item);
  return got;
}

/** A promise that somebody else settles. */
function later<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

suite("what may be given as a stream", () => {
  test("everything that gives items one after the other, and nothing else", async () => {
    const one = source(2).items;
    assert.equal(itemsOf(one), one);
    assert.deepEqual(await all(itemsOf([1, 2])), [1, 2]);
    assert.deepEqual(await all(itemsOf(new Set([1, Promise.resolve(2)]))), [1, 2]);
    assert.deepEqual(await all(itemsOf(ReadableStream.from(["a", "b"]))), ["a", "b"]);
    for (const none of ["text", 5, null, undefined, {}, () => 1, new Date(), Promise.resolve([1])])
      assert.equal(itemsOf(none), null);
  });

  test("a ReadableStream of a platform that cannot iterate one is read as well", async () => {
    const stream = ReadableStream.from([1, 2]);
    Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined });
    assert.deepEqual(await all(itemsOf(stream)), [1, 2]);
  });

  test("leaving a ReadableStream early cancels it and lets go of it", async () => {
    const cancelled = later<void>();
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(1),
      cancel: () => cancelled.resolve(),
    });
    for await (const item of itemsOf(stream) ?? []) {
      assert.equal(item, 1);
      break;
    }
    await cancelled.promise;
    assert.equal(stream.locked, false);
  });

  test("a read that waits is given up at once when nobody wants more", async () => {
    const items = itemsOf(new ReadableStream())?.[Symbol.asyncIterator]();
    const waiting = items?.next();
    await items?.return?.();
    assert.equal((await waiting)?.done, true);
  });

  test("an error of a ReadableStream, and of an iterable's item, is thrown where the items are read", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("dry")) });
    await assert.rejects(all(itemsOf(broken)), { message: "dry" });
    let ended = false;
    function* failing(): Generator<unknown> {
      try {
        yield Promise.reject(new Error("no item"));
      } finally {
        ended = true;
      }
    }
    await assert.rejects(all(itemsOf(failing())), { message: "no item" });
    assert.equal(ended, true);
  });

  test("an iterable that nobody wants more of is ended", async () => {
    let ended = false;
    function* endless(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        ended = true;
      }
    }
    for await (const _item of itemsOf(endless()) ?? []) break;
    assert.equal(ended, true);
  });
});

suite("readable()", () => {
  test("gives every item and the end", async () => {
    assert.deepEqual(await all(readable(source(3).items)), [0, 1, 2]);
    assert.deepEqual(await all(readable(["a"])), ["a"]);
    assert.deepEqual(await all(readable(readable(source(2).items))), [0, 1]);
  });

  test("asks for an item when one is read, and for none ahead", async () => {
    const { asked, items } = source(3);
    const reader = readable(items).getReader();
    assert.deepEqual(asked, []);
    assert.deepEqual(await reader.read(), { done: false, value: 0 });
    assert.deepEqual(asked, ["item 0"]);
    assert.deepEqual(await reader.read(), { done: false, value: 1 });
    assert.deepEqual(asked, ["item 0", "item 1"]);
  });

  test("an error of the source is the stream's", async () => {
    const reader = readable(source(3, 1).items).getReader();
    await reader.read();
    await assert.rejects(reader.read(), { message: "out of numbers" });
  });

  test("cancelling it ends the source", async () => {
    const { asked, items } = source(3);
    const reader = readable(items).getReader();
    await reader.read();
    await reader.cancel();
    assert.deepEqual(asked, ["item 0", "finally"]);
  });

  test("cancelling it before anything was read ends the source as well", async () => {
    let returned = 0;
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: async () => {
          returned++;
          return { done: true, value: undefined };
        },
      }),
    };
    await readable(items).cancel();
    assert.equal(returned, 1);
  });

  test("cancelling it while a read waits asks the source to end, and an item that comes all the same is dropped", async () => {
    const item = later<IteratorResult<number>>();
    let returned = 0;
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => item.promise,
        return: async () => {
          returned++;
          return { done: true, value: undefined };
        },
      }),
    };
    const reader = readable(items).getReader();
    const read = reader.read();
    await reader.cancel();
    assert.equal(returned, 1);
    item.resolve({ done: false, value: 1 });
    assert.deepEqual(await read, { done: true, value: undefined });
    await reader.closed;
  });

  test("what its source says to being ended is heard by whoever cancels", async () => {
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: () => Promise.reject(new Error("will not end")),
      }),
    };
    await assert.rejects(readable(items).cancel(), { message: "will not end" });
  });

  test("something that is not iterable is refused", () => {
    // @ts-expect-error on purpose
    assert.throws(() => readable("text"), { code: "INVALID_ARGUMENT", reason: "BAD_ARGUMENT" });
  });
});
