// The command `bench`: how many calls ended when. At most 60 slices of equal length: when they are full, two become
// one, so that memory does not grow and a stall can still be seen. Pure.

const maxSlices = 60;

export class Timeline {
  readonly #counts: number[] = [];
  /** Milliseconds of a slice; it only doubles. */
  slice = 20;

  /** @param at milliseconds since the beginning, never going back */
  count(at: number): void {
    this.#reach(at);
    const index = Math.floor(at / this.slice);
    while (this.#counts.length <= index) this.#counts.push(0);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /**
   * Calls in each slice.
   *
   * @param length milliseconds of the whole; a slice at its end that is not whole is left out, because it would look
   *               like a stall
   */
  counts(length: number): number[] {
    // The last call may have ended long ago, but the slices must reach to the end.
    this.#reach(length);
    return Array.from({ length: Math.floor(length / this.slice) }, (_, index) => this.#counts[index] ?? 0);
  }

  /** Makes the slices so long that a time is within them. */
  #reach(at: number): void {
    while (at >= maxSlices * this.slice) {
      const { length } = this.#counts;
      for (let index = 0; index < length; index += 2)
        this.#counts[index / 2] = (this.#counts[index] ?? 0) + (this.#counts[index + 1] ?? 0);
      this.#counts.length = Math.ceil(length / 2);
      this.slice *= 2;
    }
  }
}
