// Codec, on the way up: the second line behind collisions.ts, for engines whose hashes nobody has reproduced: the clock. A
// machine that is busy makes single looks long, and never eight in a row thirty times as long as reading the same keys.

/** Keys that are set between two looks at the clock. */
export const look = 1024;
const inARow = 8;
/** How much longer than reading its keys a stretch must take, and how many milliseconds at least. */
const times = 30;
const least = 4;

export class Pace {
  readonly #now: () => number;
  readonly #most: number;
  #at: number;
  #slow = 0;

  /** @param reading milliseconds that reading one key took */
  constructor(now: () => number, reading: number) {
    this.#now = now;
    this.#most = Math.max(least, reading * look * times);
    this.#at = now();
  }

  /** Asked after each {@link look} keys: whether setting them has come to a stand. */
  stands(): boolean {
    const now = this.#now();
    this.#slow = now - this.#at > this.#most ? this.#slow + 1 : 0;
    this.#at = now;
    return this.#slow >= inARow;
  }
}
