// Codec, on the way up: the clock, the second line behind collisions.ts. It serves engines whose hashes are not known
// there. A busy machine makes single stretches long, but never eight in a row thirty times as long as reading the
// same keys.

/** Keys that are set between two checks of the clock. */
export const keysPerCheck = 1024;
/** Slow stretches in a row after which setting keys has come to a stand. */
const maxSlowChecks = 8;
/** A slow stretch takes so many times as long as reading its keys, and at least so many milliseconds. */
const maxSlowdown = 30;
const minStretchMs = 4;

export class Pace {
  readonly #now: () => number;
  readonly #maxStretchMs: number;
  #at: number;
  #slow = 0;

  /** @param reading milliseconds that reading one key took */
  constructor(now: () => number, reading: number) {
    this.#now = now;
    this.#maxStretchMs = Math.max(minStretchMs, reading * keysPerCheck * maxSlowdown);
    this.#at = now();
  }

  /** Asked after each {@link keysPerCheck} keys: whether setting them has come to a stand. */
  stands(): boolean {
    const now = this.#now();
    this.#slow = now - this.#at > this.#maxStretchMs ? this.#slow + 1 : 0;
    this.#at = now;
    return this.#slow >= maxSlowChecks;
  }
}
