// Ground, known to every stage of the walk: the program's own functions that upcall calls, such as an observer. An
// error of such a hook costs neither the call nor the process. It is written on standard error, once for each hook.

import type { Clock } from "./clock.ts";
import { described } from "./inspect.ts";
import { BoundedLog, mostLines } from "./log.ts";

/** Calls the hooks of one platform. */
export class Hooks {
  readonly #log: BoundedLog;
  /** Hooks that have failed. Only the first failure of each is written. */
  readonly #failed: WeakSet<object> = new WeakSet();

  /** @param write writes to the platform's standard error; tests give another function */
  constructor(clock: Clock, write?: (line: string) => void) {
    const leftOut = (count: number): string =>
      `upcall: ${count} more ${count === 1 ? "hook" : "hooks"} failed; at most ${mostLines} are named in a second`;
    this.#log = new BoundedLog(clock, leftOut, write);
  }

  /**
   * Calls a hook. Its result is not awaited. A promise that is rejected counts as if the hook had thrown.
   *
   * @param name   as the program knows it, for the log: `onConnection`
   * @param failed called besides, once, when the hook threw or rejected
   */
  tell<Told>(name: string, hook: (told: Told) => unknown, told: Told, failed?: () => void): void {
    try {
      const given = hook(told);
      if ((typeof given !== "object" && typeof given !== "function") || given === null) return;
      // Not Promise.resolve(), which reads the promise's constructor: a getter there may throw, like one of `then`.
      new Promise((resolve) => resolve(given)).catch((thrown: unknown) => this.#fault(name, hook, thrown, failed));
    } catch (thrown) {
      this.#fault(name, hook, thrown, failed);
    }
  }

  /**
   * Writes the error of a function of the program that was called in another way than by {@link Hooks.tell}.
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
