// The skeleton: the end of objects that were made for one connection or one call. An object that can be disposed of is; what
// goes wrong there is nobody's call, so it is counted, written down and goes no further.

import type { Counters } from "../counters.ts";
import type { Hooks } from "../hook.ts";

export class Disposals {
  readonly counters: Counters;
  readonly #hooks: Hooks;
  readonly #running: Set<Promise<void>> = new Set();

  constructor(counters: Counters, hooks: Hooks) {
    this.counters = counters;
    this.#hooks = hooks;
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
    let dispose: unknown = object;
    try {
      const disposable = object as Partial<AsyncDisposable & Disposable>;
      dispose = disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose];
      // One that is not said to be asynchronous may be an async function all the same, and rejected.
      if (typeof dispose === "function") await dispose.call(object);
    } catch (thrown) {
      this.counters.objectsNotDisposed++;
      this.#hooks.failed("the disposal of an object", dispose as object, thrown);
    }
  }
}
