// The session, streams: what a program gets where a stream is declared: an async iterable for one reader, which `for
// await` ends by itself when it is left.

import type { IncomingStream } from "./incoming-stream.ts";

export class ReceivedStream implements AsyncIterableIterator<unknown, undefined> {
  readonly #incoming: IncomingStream;
  readonly #passing: boolean;

  /** @param passing whether it is only passed on to another connection */
  constructor(incoming: IncomingStream, passing: boolean) {
    this.#incoming = incoming;
    this.#passing = passing;
  }

  get passing(): boolean {
    return this.#passing;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next item. Errors, once: what ended the stream. */
  next(): Promise<IteratorResult<unknown, undefined>> {
    return this.#incoming.next();
  }

  /** The reader has enough: the producer's loop ends. */
  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#incoming.return();
    return Promise.resolve({ value: undefined, done: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#incoming.return();
  }

  get [Symbol.toStringTag](): string {
    return "stream";
  }
}
