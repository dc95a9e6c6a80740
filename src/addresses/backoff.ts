// Addresses: how long one that failed is left alone: a random part of a time that doubles, so that a server that comes
// back is not met by all its callers at once. Source of the idea: "Exponential backoff and jitter" (AWS, 2015), full
// jitter.

/** Milliseconds: the longest rest after the first failure, and after many. */
const firstPauseMs = 100;
const maxPauseMs = 10_000;

export class Backoff {
  readonly #chance: () => number;
  #most = firstPauseMs;

  /** @param chance a number from 0 up to 1 */
  constructor(chance: () => number) {
    this.#chance = chance;
  }

  /** Milliseconds to rest now; the next rest may be twice as long. */
  next(): number {
    const rest = this.#chance() * this.#most;
    this.#most = Math.min(maxPauseMs, this.#most * 2);
    return rest;
  }

  /** A connection was there for so many milliseconds: where it lived longer than the next rest, it was no failure. */
  worked(ms: number): void {
    if (ms >= this.#most) this.#most = firstPauseMs;
  }
}
