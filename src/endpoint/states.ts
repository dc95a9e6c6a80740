// What all sessions of one client share: the program's functions that are told of a connection's state, each change once.

import type { ConnectionState } from "../contract/connection-state.ts";
import { notExecuted } from "../errors.ts";
import type { Hooks } from "../hook.ts";

type OnState = (state: ConnectionState) => void;

export class States {
  readonly #hooks: Hooks;
  #last: ConnectionState;
  #listeners: readonly { readonly told: OnState }[] = [];

  constructor(hooks: Hooks, first: ConnectionState) {
    this.#hooks = hooks;
    this.#last = first;
  }

  /** @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no function */
  add(told: OnState): Disposable {
    if (typeof (told as unknown) !== "function")
      throw notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", "onState() wants a function, which is told of each state");
    const own = { told };
    this.#listeners = [...this.#listeners, own];
    return {
      [Symbol.dispose]: () => {
        this.#listeners = this.#listeners.filter((other) => other !== own);
      },
    };
  }

  /** The state is this now; those who listen are told where it was another. */
  now(state: ConnectionState): void {
    if (state === this.#last) return;
    this.#last = state;
    for (const { told } of this.#listeners) this.#hooks.tell("onState", told, state);
  }
}
