// Workers: how long a call that comes now would wait for a worker of the pool. Late is worse than never: a call that
// would wait too long is refused at once, while its caller can still ask elsewhere. Knows numbers and time, and no
// calls.

/** Milliseconds over which it is counted how many calls the workers end. */
const countedMs = 500;
/**
 * What is said at first needs so many calls, in so many milliseconds at least: workers that have just begun are slower
 * than they will be, and a call that is refused for nothing is worse than one that waits.
 */
const minCountedCalls = 8;
const minCountedMs = 250;
/** Milliseconds for which it is remembered how fast they were, and that calls had to wait. */
const remembered = 1_000;
/** Milliseconds that some call has waited before any is refused. */
const noticed = 50;

export class Backlog {
  /** Since when calls have waited without a pause; 0 while none does. */
  #since = 0;
  /** Calls that the workers had ended then. */
  #from = 0;
  /** Calls ended in a millisecond; 0 while that is not known. */
  #rate = 0;
  #known = 0;
  /** When a call had last waited long. */
  #slow = Number.NEGATIVE_INFINITY;
  #now = 0;

  /**
   * To be told now and then, and whenever nothing waits.
   *
   * @param waiting calls that no worker has begun
   * @param ended   calls that the workers have ended since the beginning
   * @param longest milliseconds that one of those that wait has waited
   */
  look(now: number, waiting: number, ended: number, longest: number): void {
    if (longest >= noticed) this.#slow = now;
    this.#now = now;
    if (now - this.#known > remembered) this.#rate = 0;
    if (waiting === 0) {
      // Workers that had nothing to wait for tell nothing of how fast they are.
      this.#since = 0;
    } else if (this.#since === 0) {
      this.#since = now;
      this.#from = ended;
    } else if (this.#enough(now, ended)) {
      this.#known = now;
      this.#rate = (ended - this.#from) / (now - this.#since);
      this.#since = now;
      this.#from = ended;
    }
  }

  /** Whether enough is known for a new rate. Where nothing ended, the time goes on. */
  #enough(now: number, ended: number): boolean {
    const time = now - this.#since;
    const calls = ended - this.#from;
    return calls > 0 && (time >= countedMs || (this.#rate === 0 && calls >= minCountedCalls && time >= minCountedMs));
  }

  /**
   * Whether calls had to wait long of late, and it is known how fast the workers are. Else nothing is said: calls that
   * cost little may follow others that cost much.
   */
  get slow(): boolean {
    return this.#rate > 0 && this.#now - this.#slow <= remembered;
  }

  /** Milliseconds that a call would wait behind `waiting` others, where they are slow; else 0. */
  wait(waiting: number): number {
    return this.slow ? waiting / this.#rate : 0;
  }
}
