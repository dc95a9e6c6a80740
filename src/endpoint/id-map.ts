// For all sessions: tables of calls, references, streams and pieces, whose keys the peer chooses. Engines hash numbers
// without a secret, so a peer could choose some thousands that all collide. Here a secret permutation replaces every
// number first.

import { type Randomness, systemRandomness } from "../clock.ts";

/** A permutation of the numbers of 32 bits, drawn once for each host. */
export class Scramble {
  readonly #first: number;
  readonly #second: number;
  readonly #third: number;

  constructor(randomness: Randomness = systemRandomness) {
    const drawn = randomness(new Uint8Array(12));
    const { buffer, byteOffset } = drawn;
    const words = new DataView(buffer, byteOffset, 12);
    this.#first = words.getInt32(0);
    // Odd factors can be undone, so no two numbers become one.
    this.#second = words.getInt32(4) | 1;
    this.#third = words.getInt32(8) | 1;
  }

  /** @param id of 32 bits */
  of(id: number): number {
    let x = Math.imul(id ^ this.#first, this.#second);
    x = Math.imul(x ^ (x >>> 15), this.#third);
    return x ^ (x >>> 13);
  }
}

/** A Map by numbers of 32 bits that the peer chose. */
export class IdMap<V> {
  readonly #ids: Scramble;
  readonly #map: Map<number, V> = new Map();

  constructor(ids: Scramble) {
    this.#ids = ids;
  }

  get size(): number {
    return this.#map.size;
  }

  get(id: number): V | undefined {
    return this.#map.get(this.#ids.of(id));
  }

  has(id: number): boolean {
    return this.#map.has(this.#ids.of(id));
  }

  set(id: number, value: V): void {
    this.#map.set(this.#ids.of(id), value);
  }

  delete(id: number): boolean {
    return this.#map.delete(this.#ids.of(id));
  }

  /** Removes the oldest entry. */
  deleteOldest(): void {
    for (const key of this.#map.keys()) {
      this.#map.delete(key);
      return;
    }
  }

  /** In the order in which they came. */
  values(): IterableIterator<V> {
    return this.#map.values();
  }

  clear(): void {
    this.#map.clear();
  }
}
