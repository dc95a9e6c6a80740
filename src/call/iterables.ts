// The session, beside the walk: the kinds of things in which many values come one after the other, made into one
// another. It knows no streams of a connection: it is given items, or their reader.

import { notExecuted } from "../errors.ts";
import type { ReadableLike, Streamable } from "../interface/types.ts";

/**
 * What may be given as a stream, as the one kind that is read: null when it is none. Nothing is asked of it yet.
 *
 * A ReadableStream is read by its reader wherever it could be iterated as well: giving up a read that waits works there
 * at once, and not every platform can iterate one.
 */
export function itemsOf(given: unknown): AsyncIterable<unknown> | null {
  // A string is iterable too, but its letters are not meant.
  if ((typeof given !== "object" && typeof given !== "function") || given === null) return null;
  const streamable = given as Partial<ReadableLike<unknown> & AsyncIterable<unknown> & Iterable<unknown>>;
  if (typeof streamable.getReader === "function") return new Read(streamable as ReadableLike<unknown>);
  if (typeof streamable[Symbol.asyncIterator] === "function") return streamable as AsyncIterable<unknown>;
  if (typeof streamable[Symbol.iterator] === "function") return stepped(streamable as Iterable<unknown>);
  return null;
}

/**
 * A ReadableStream of what comes one after the other: an item is asked for when one is read, and none ahead. Cancelling
 * it ends the source (`return()`); an error of the source is the stream's.
 *
 * @param items whatever can be given as a stream: an async iterable, an iterable, or another ReadableStream
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for anything else
 */
export function readable<T>(items: Streamable<T>): ReadableStream<T> {
  const source = itemsOf(items) as AsyncIterable<T> | null;
  if (source === null)
    throw notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", "readable() wants something iterable that is no string");
  let iterator: AsyncIterator<T> | null = null;
  let over = false;
  return new ReadableStream<T>(
    {
      async pull(controller) {
        iterator ??= source[Symbol.asyncIterator]();
        const { done, value } = await iterator.next();
        // It may have been cancelled meanwhile, and takes nothing more then.
        if (over) return;
        if (done !== true) return controller.enqueue(value);
        over = true;
        controller.close();
      },
      async cancel() {
        over = true;
        // Begun for this only, if need be: a source that was never read may still be open at its other end.
        iterator ??= source[Symbol.asyncIterator]();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A stream that is not sent: its source ends, as if a loop over it had been left. */
export function leave(given: unknown): void {
  try {
    const iterator = itemsOf(given)?.[Symbol.asyncIterator]();
    Promise.resolve(iterator?.return?.()).catch(() => {});
  } catch {
    // It is no stream, or its clean-up failed, and there is no reader to be told.
  }
}

/** The items of an iterable, each awaited; ends it when an item fails or the reader stops. */
async function* stepped(items: Iterable<unknown>): AsyncGenerator<unknown, void, undefined> {
  for (const item of items) yield item;
}

/** A ReadableStream, read by its reader. It is locked when its first item is asked for. */
class Read implements AsyncIterable<unknown>, AsyncIterator<unknown> {
  readonly #stream: ReadableLike<unknown>;
  #reader: ReturnType<ReadableLike<unknown>["getReader"]> | null = null;

  constructor(stream: ReadableLike<unknown>) {
    this.#stream = stream;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    this.#reader ??= this.#stream.getReader();
    const { done, value } = await this.#reader.read();
    return done ? { done, value: undefined } : { done, value };
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#reader ??= this.#stream.getReader();
    await this.#reader.cancel();
    this.#reader.releaseLock();
    return { done: true, value: undefined };
  }
}
