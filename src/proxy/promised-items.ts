// The proxy: what the method of a stream returns: a promise of the stream that can also be read at once, so that `for
// await (const item of proxy.items())` needs no `await` of its own.

/** The items of a promised stream. */
class PromisedItems implements AsyncIterableIterator<unknown> {
  readonly #stream: Promise<AsyncIterable<unknown>>;
  #iterator: AsyncIterator<unknown> | null = null;

  constructor(stream: Promise<AsyncIterable<unknown>>) {
    this.#stream = stream;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    // From the second item on, nothing stands between the reader and the stream.
    return this.#iterator === null ? this.#first() : this.#iterator.next();
  }

  async return(): Promise<IteratorResult<unknown>> {
    const iterator = await this.#begin();
    await iterator.return?.();
    return { value: undefined, done: true };
  }

  async #first(): Promise<IteratorResult<unknown>> {
    return await (await this.#begin()).next();
  }

  async #begin(): Promise<AsyncIterator<unknown>> {
    const stream = await this.#stream;
    this.#iterator ??= stream[Symbol.asyncIterator]();
    return this.#iterator;
  }
}

/** The same promise, which can also be read; like its stream, by one reader. */
export function readableAtOnce(promise: Promise<unknown>): Promise<unknown> {
  const value = (): PromisedItems => new PromisedItems(promise as Promise<AsyncIterable<unknown>>);
  return Object.defineProperty(promise, Symbol.asyncIterator, { value });
}
