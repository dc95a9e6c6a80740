// Chance that can be repeated: the same seed gives the same numbers (xorshift128).

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    this.#a = seed | 1;
    this.#b = 0x9e37_79b9;
    this.#c = 0x243f_6a88;
    this.#d = seed ^ 0x5bd1_e995;
    for (let round = 0; round < 20; round++) this.u32();
  }

  u32(): number {
    const t = this.#a ^ (this.#a << 11);
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ (this.#d >>> 19) ^ t ^ (t >>> 8);
    return this.#d >>> 0;
  }

  /** A whole number from 0 to less than `most`. */
  below(most: number): number {
    return this.u32() % most;
  }

  /** True so many times of a hundred. */
  percent(share: number): boolean {
    return this.below(100) < share;
  }

  pick<const T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}
