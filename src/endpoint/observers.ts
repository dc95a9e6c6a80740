// What all sessions of one server or client share: their observers, which come and go while it runs. Those who report see one
// function, or null where no one looks.

import { notExecuted } from "../errors.ts";
import type { Hooks } from "../hook.ts";
import type { Observer } from "../observer.ts";

export class Observers {
  readonly #hooks: Hooks;
  readonly #changed: (all: Observer | null) => void;
  #observers: readonly Observer[] = [];

  /** @param changed given the one function that tells them all, or null where there is none, whenever that changes */
  constructor(hooks: Hooks, changed: (all: Observer | null) => void) {
    this.#hooks = hooks;
    this.#changed = changed;
  }

  /**
   * Adds one, which is told from the next event on; it is taken out again by what this gives. Twice the same is told twice.
   * Errors: INVALID_ARGUMENT (BAD_ARGUMENT) for what is no function.
   */
  add(observer: Observer): Disposable {
    if (typeof (observer as unknown) !== "function")
      throw notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", "observe() wants a function, which is told of each event");
    // What is added is its own, so that the same function may be added twice and each be taken out once.
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
