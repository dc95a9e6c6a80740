// For all sessions: their observers, which can be added and removed at any time. The code that reports sees one
// function, or null where there is no observer.

import { notExecuted } from "../errors.ts";
import type { Hooks } from "../hook.ts";
import type { Observer } from "../observer.ts";

export class Observers {
  readonly #hooks: Hooks;
  readonly #changed: (all: Observer | null) => void;
  #observers: readonly Observer[] = [];

  /** @param changed called with the one function that tells all observers, or with null, whenever that changes */
  constructor(hooks: Hooks, changed: (all: Observer | null) => void) {
    this.#hooks = hooks;
    this.#changed = changed;
  }

  /**
   * Adds an observer, which is told from the next event on, until the result is disposed of. An observer that was added
   * twice is told twice.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no function
   */
  add(observer: Observer): Disposable {
    if (typeof (observer as unknown) !== "function")
      throw notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", "observe() wants a function, which is told of each event");
    // Each addition is an object of its own, so that the same function can be added twice and each removed once.
    const own: Observer = (event) => this.#hooks.tell("observer", observer, event);
    this.#observers = [...this.#observers, own];
    this.#tell();
    return {
      [Symbol.dispose]: () => {
        if (!this.#observers.includes(own)) return;
        this.#observers = this.#observers.filter((other) => other !== own);
        this.#tell();
      },
    };
  }

  #tell(): void {
    const observers = this.#observers;
    const [only = null] = observers;
    if (observers.length <= 1) return this.#changed(only);
    this.#changed((event) => {
      for (const observer of observers) observer(event);
    });
  }
}
