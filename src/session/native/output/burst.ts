// The session, going out: when the beginning of a long turn is worth a write of its own: the other side wakes up early then,
// and works on it while its end is still being made. Knows numbers only. docs/decisions/0018 has what was measured.

/** Frames after which the first part goes out at the latest. */
const maxFramesBeforeFirstPart = 32;
/** What handing over costs, in writes: the reader works for it, too. */
const handoverCostInWrites = 2;
/** The first write has woken the other side, so the next ones only cost: they are rarer. */
export const framesBeforeFurtherPart = 64;
/** Bytes that are worth a write, however few frames they are. */
export const burstBytes: number = 16 * 1024;
/** What a connection asks for that says nothing of it. */
export const usualBurst = 8;
const neverFrames = 2 ** 30;

export class Burst {
  #fewest = 0;
  #first = 0;

  /** Frames after which the next turn's first part goes out. @param fewest at least so many; 0: it goes out with the rest */
  first(fewest: number): number {
    this.#fewest = fewest;
    if (this.#first < fewest) this.#first = fewest;
    return fewest === 0 ? neverFrames : this.#first;
  }

  /**
   * How the first part of a turn went. It should take as long to make as to hand over: later ones let the other side wait, and
   * earlier ones cost more than they bring. One part moves the next by one frame, so a write in which the system ran another
   * else changes little.
   *
   * @param making  milliseconds from the turn's beginning on
   * @param writing milliseconds that the write took
   */
  learn(making: number, writing: number): void {
    if (making < handoverCostInWrites * writing) this.#first = Math.min(maxFramesBeforeFirstPart, this.#first + 1);
    else this.#first = Math.max(this.#fewest, this.#first - 1);
  }
}
