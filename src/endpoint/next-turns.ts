// For all sessions of a thread: work that goes on in the next turn of the event loop, within a time limit for each
// turn. The transport's own limit does not count this work.

import type { Clock } from "../clock.ts";

/** Milliseconds of a turn after which no further work is begun. */
const maxTurnMs = 5;

export interface Looking {
  /** @returns whether it is done; otherwise it is called again in the next turn */
  look(): boolean;
}

export class NextTurns {
  readonly #clock: Pick<Clock, "now" | "nextTurn">;
  readonly #next = (): void => this.#turn();
  /** In the order in which they came. */
  #waiting: Looking[] = [];

  constructor(clock: Pick<Clock, "now" | "nextTurn">) {
    this.#clock = clock;
  }

  add(one: Looking): void {
    if (this.#waiting.push(one) === 1) this.#clock.nextTurn(this.#next);
  }

  #turn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const since = this.#clock.now();
    let late = false;
    for (const one of waiting) {
      if (late || !one.look()) this.add(one);
      late ||= this.#clock.now() - since >= maxTurnMs;
    }
  }
}
