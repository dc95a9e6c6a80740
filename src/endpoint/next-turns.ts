// The session: what is looked at again in the next turn of the event loop, all of a thread together, and no more in one
// turn than it has time for. What is begun here was let go by the transport's own turn before, since it cost nothing there.

import type { Clock } from "../clock.ts";

/** Milliseconds of a turn that this may take, but for what was begun last. */
const most = 5;

export interface Looking {
  /** Whether it is done; otherwise it is asked again in the next turn. */
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
      late ||= this.#clock.now() - since >= most;
    }
  }
}
