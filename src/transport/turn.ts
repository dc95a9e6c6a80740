// The transport, beside the walk: how much of one turn of the event loop goes to bytes that arrive. Node hands over
// what a socket has for as long as there is more, two MiB and over, and then the next socket's: a flood of small frames
// would keep everything else waiting. It knows neither sockets nor frames.

import type { Clock } from "../clock.ts";

/** Bytes that are worked on at once where bytes are cheap. */
const sliceBytes = 64 * 1024;
/** Bytes that are worked on at once where they were dear of late: calls of 17 bytes that are all refused. */
const smallSlice = 8 * 1024;
/** Bytes that are worked on at once where they were very dear, or it is not known yet: calls that all throw. */
const minSliceBytes = 2 * 1024;
/** Milliseconds for so few, from which they are dear. */
const dearSliceMs = 2;
const veryDearSliceMs = 6;
/** Bytes after which the clock is looked at where they are cheap: asking for the next turn is not free. */
const lightSliceBytes = 32 * 1024;
/** Milliseconds of a turn that arriving bytes may take, but for one slice. */
const maxTurnMs = 5;

/** A connection with bytes that wait. */
export interface Waiting {
  /** A turn has come: works on as much as there is room for, and waits again with what is left. */
  goOn(): void;
}

export class Turn {
  readonly #clock: Pick<Clock, "now" | "nextTurn">;
  readonly #next = (): void => this.#begin();
  /** Those that had nothing of this turn, in the order in which they came. */
  #waiting: Waiting[] = [];
  /**
   * Those that had some of this turn come behind the others: else one with many dear bytes would be the first each
   * time.
   */
  #again: Waiting[] = [];
  /** Who goes on now. */
  #current: Waiting | null = null;
  #bytes = 0;
  #since = 0;
  /** Bytes that were given leave since it was last known what they cost, and when that was. */
  #granted = 0;
  #at = 0;
  #slice = minSliceBytes;
  /** The next turn was asked for. */
  #heavy = false;

  constructor(clock: Pick<Clock, "now" | "nextTurn">) {
    this.#clock = clock;
  }

  /** Bytes to be worked on at once; leave for them is asked each time. */
  get slice(): number {
    return this.#slice;
  }

  /** Whether so many bytes may be worked on in this turn. */
  room(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.#bytes < (this.#slice < sliceBytes ? this.#slice : lightSliceBytes)) return true;
    if (!this.#heavy) this.#watch();
    else if (this.#over()) return false;
    this.#granted += bytes;
    return true;
  }

  /** For those for whom there was no room: `goOn` is called in a later turn, once. */
  wait(one: Waiting): void {
    (one === this.#current ? this.#again : this.#waiting).push(one);
    if (!this.#heavy) this.#watch();
  }

  #watch(): void {
    const now = this.#clock.now();
    // So many came in so short a time, whatever else was done in it: they cannot be dear.
    if ((now - this.#since) * smallSlice < dearSliceMs * this.#bytes) this.#slice = sliceBytes;
    this.#heavy = true;
    this.#since = now;
    this.#at = now;
    this.#clock.nextTurn(this.#next);
  }

  /** What the last bytes have cost, where they were enough to tell; gives the time. */
  #judge(): number {
    const now = this.#clock.now();
    if (this.#granted >= Math.min(smallSlice, this.#slice)) {
      const took = ((now - this.#at) * smallSlice) / this.#granted;
      this.#slice = took < dearSliceMs ? sliceBytes : took < veryDearSliceMs ? smallSlice : minSliceBytes;
      this.#granted = 0;
      this.#at = now;
    }
    return now;
  }

  /** Whether this turn has taken its time. */
  #over(): boolean {
    return this.#judge() - this.#since >= maxTurnMs;
  }

  #begin(): void {
    this.#judge();
    this.#granted = 0;
    const waiting = [...this.#waiting, ...this.#again];
    this.#waiting = [];
    this.#again = [];
    this.#bytes = 0;
    this.#heavy = false;
    if (waiting.length === 0) return;
    this.#watch();
    let at = 0;
    // The first one has a part of every turn, so all have one.
    while (at < waiting.length && (at === 0 || !this.#over())) {
      this.#current = waiting[at++] as Waiting;
      this.#current.goOn();
    }
    this.#current = null;
    this.#waiting.unshift(...waiting.slice(at));
  }
}
