// For all sessions: output memory that is used again. A connection holds a writer only between its first frame of a
// turn and the write at the end of it, so ten thousand idle connections hold none.

import { Writer } from "../codec/writer.ts";

/** Bytes of a new one for frames, and of one for the items of a stream, which are put into frames later. */
export const frameCapacity: number = 64 * 1024;
export const itemCapacity: number = 4 * 1024;
const maxKeptWriters = 16;
/** A writer that grew for one large message is not worth keeping. */
const maxKeptBytes = 1024 * 1024;

export class WriterPool {
  readonly #free: Writer[] = [];
  readonly #capacity: number;

  /** @param capacity bytes to begin with */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  take(): Writer {
    return this.#free.pop() ?? new Writer(this.#capacity);
  }

  /** Gives a writer back. Its bytes must not be used any more. */
  give(writer: Writer): void {
    writer.position = 0;
    if (this.#free.length < maxKeptWriters && writer.bytes.length <= maxKeptBytes) this.#free.push(writer);
  }
}
