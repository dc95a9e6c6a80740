// The skeleton: the end of objects that were made for one connection or one call. An object that can be disposed of is; what
// goes wrong there is nobody's call, so it is counted and goes no further.

import type { Counters } from "../counters.ts";

export class Disposals {
  readonly counters: Counters;
  readonly #running: Set<Promise<void>> = new Set();

  constructor(counters: Counters) {
    this.counters = counters;
  }

  /** Disposes of an object, if it has `Symbol.asyncDispose` or `Symbol.dispose`: the first it has of them. */
  dispose(object: object): void {
    const disposal = this.#dispose(object);
    this.#running.add(disposal);
    void disposal.then(() => this.#running.delete(disposal));
  }

  /** Fulfilled when none runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #dispose(object: object): Promise<void> {
    try {
      const disposable = object as Partial<AsyncDisposable & Disposable>;
      if (typeof disposable[Symbol.asyncDispose] === "function") await disposable[Symbol.asyncDispose]?.();
      else disposable[Symbol.dispose]?.();
    } catch {
      this.counters.objectsNotDisposed++;
    }
  }
}
