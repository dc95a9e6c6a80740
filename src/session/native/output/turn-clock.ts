// The session, going out: the turn of the event loop that runs now. Its time is read once, and its end is told once
// where it was asked for. Knows nothing of what is done in a turn.

import type { Clock } from "../../../clock.ts";

export interface TurnOwner {
  /** A turn that was begun is over. */
  turnEnded(): void;
}

export class TurnClock {
  readonly #clock: Clock;
  readonly #end = (): void => this.#ended();
  readonly #owner: TurnOwner;
  /** The end of this turn was asked for. */
  #asked = false;
  /** The time of this turn, once it was asked for; 0 before. */
  #time = 0;

  constructor(clock: Clock, owner: TurnOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Milliseconds on the clock. */
  get time(): number {
    return this.#time === 0 ? this.#look() : this.#time;
  }

  /** The same, without beginning a turn: 0 where its time was not asked for so far. */
  get known(): number {
    return this.#time;
  }

  /** The end of this turn is wanted. */
  begin(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#clock.defer(this.#end);
  }

  #ended(): void {
    this.#asked = false;
    this.#time = 0;
    this.#owner.turnEnded();
  }

  #look(): number {
    this.#time = this.#clock.now();
    this.begin();
    return this.#time;
  }
}
