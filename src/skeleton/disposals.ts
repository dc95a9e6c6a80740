// The skeleton: the end of objects that were made for one connection or one call, or that were returned as a result. An
// object with a dispose method is disposed of. An error in it belongs to no call, so it is counted and logged only.

import type { Counters } from "../counters.ts";
import type { Hooks } from "../hook.ts";

/** Objects that end by other rules: those that are served, and those made for a connection or a call. */
const served: WeakSet<object> = new WeakSet();

/** From now on this object is not disposed of when the last reference to it is closed. */
export function exempt(object: object): void {
  served.add(object);
}

/** What became of a disposal. @param dispose the object's method, if it has one */
type Failed = (thrown: unknown, dispose: object) => void;

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
    this.#run(this.#dispose(object, (thrown, by) => this.#hooks.failed("the disposal of an object", by, thrown)));
  }

  /**
   * The same for an object that was returned as a result and has no reference any more, unless it ends by other rules.
   * It happens a turn later: the code that calls this may be in the middle of something.
   */
  given(object: object, failed: Failed): void {
    if (!served.has(object)) this.#run(Promise.resolve().then(() => this.#dispose(object, failed)));
  }

  #run(disposal: Promise<void>): void {
    this.#running.add(disposal);
    void disposal.then(() => this.#running.delete(disposal));
  }

  /** Fulfilled when none runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #dispose(object: object, failed: Failed): Promise<void> {
    let dispose: unknown = object;
    try {
      const disposable = object as Partial<AsyncDisposable & Disposable>;
      dispose = disposable[Symbol.asyncDispose] ?? disposable[Symbol.dispose];
      // A `Symbol.dispose` method may be an async function too, and its promise may be rejected.
      if (typeof dispose === "function") await dispose.call(object);
    } catch (thrown) {
      this.counters.objectsNotDisposed++;
      failed(thrown, dispose as object);
    }
  }
}
