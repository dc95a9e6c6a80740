// Ground, known to every stage of the walk: the program's own functions that are told of something, such as an observer.
// What one throws, or rejects with, costs neither the call nor the process: it is written on standard error, once.

import type { Clock } from "./clock.ts";
import { described } from "./inspect.ts";
import { BoundedLog, mostLines } from "./log.ts";

/** Whoever tells has one of these, for all that it tells. */
export class Hooks {
  readonly #log: BoundedLog;
  /** Those that have failed: the second time says nothing new. */
  readonly #failed: WeakSet<object> = new WeakSet();

  /** @param write of the platform's standard error, unless a test has another */
  constructor(clock: Clock, write?: (line: string) => void) {
    const leftOut = (count: number): string =>
      `upcall: ${count} more ${count === 1 ? "hook" : "hooks"} failed; at most ${mostLines} are named in a second`;
    this.#log = new BoundedLog(clock, leftOut, write);
  }

  /**
   * Calls a hook. What it returns is waited for by nobody; where that is a promise which is rejected, it is as if the hook
   * had thrown.
   *
   * @param name   as the program knows it, for the log: `onConnection`
   * @param failed called besides, once, when the hook threw or rejected
   */
  tell<Told>(name: string, hook: (told: Told) => unknown, told: Told, failed?: () => void): void {
    try {
      const given = hook(told);
      if ((typeof given !== "object" && typeof given !== "function") || given === null) return;
      // Not Promise.resolve(), which asks a promise for its constructor: a getter there may throw as well as one of `then`.
      new Promise((resolve) => resolve(given)).catch((thrown: unknown) => this.#fault(name, hook, thrown, failed));
    } catch (thrown) {
      this.#fault(name, hook, thrown, failed);
    }
  }

  /**
   * Writes what a function of the program's failed with that was called in another way than by {@link Hooks.tell}.
   *
   * @param hook the function, or the object that it belongs to: of each only the first failure is written
   */
  failed(name: string, hook: object, thrown: unknown): void {
    if (this.#failed.has(hook)) return;
    this.#failed.add(hook);
    this.#log.put(
      () =>
        `upcall: ${name}, a function of this program, failed, and all else goes on: let it catch what it throws, which is said once of each function. It threw ${described(thrown)}`,
    );
  }

  #fault(name: string, hook: object, thrown: unknown, failed: (() => void) | undefined): void {
    this.failed(name, hook, thrown);
    failed?.();
  }
}
