// The session, streams: the arithmetic of credit. The reader of a stream says how many bytes of items may come; its
// producer sends no more, and asks its source for no item that there is no credit for. Knows no frames.

/** Bytes that a result's stream may send before its reader has said anything: enough for most, in one flight. */
export const firstCredit: number = 16 * 1024;
/** What a producer may have left at once; more would not fit a frame's field. */
export const mostCredit = 0x7fff_ffff;
/** A smaller grant is not worth a frame: a reader at the limit of its connection would send one for each item. */
const leastGrant = firstCredit / 2;

/** The producer's side: what it may still send. */
export class Credit {
  #left: number;

  constructor(first: number) {
    this.#left = first;
  }

  get left(): number {
    return this.#left;
  }

  /** False where no honest reader would grant that. */
  grant(bytes: number): boolean {
    if (bytes < 1 || this.#left + bytes > mostCredit) return false;
    this.#left += bytes;
    return true;
  }

  /** @param bytes at most what is left */
  spend(bytes: number): void {
    this.#left -= bytes;
  }
}

/** What all streams that a connection reads may hold, beyond the first credit of each, so that each always goes on. */
export class SharedWindow {
  readonly #most: number;
  #used = 0;

  /** @param most bytes */
  constructor(most: number) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  /** As many of `wanted` bytes as there are. */
  room(wanted: number): number {
    return Math.max(0, Math.min(wanted, this.#most - this.#used));
  }

  change(bytes: number): void {
    this.#used += bytes;
  }
}

/** The reader's side: what it granted, and what of that came and waits to be taken. */
export class Window {
  readonly #shared: SharedWindow;
  readonly #size: number;
  /** Bytes that may still come. */
  #credit: number;
  /** Those, and the bytes that came and were not taken: never more than the window. */
  #open: number;
  /** What was open after the last grant; at half of it comes the next. */
  #full: number;

  /**
   * @param size  bytes; at least the first credit
   * @param first bytes that the producer may send unasked
   */
  constructor(shared: SharedWindow, size: number, first: number) {
    this.#shared = shared;
    this.#size = Math.min(Math.max(size, firstCredit), mostCredit);
    this.#credit = first;
    this.#open = first;
    this.#full = first;
  }

  get credit(): number {
    return this.#credit;
  }

  /** Bytes came. False when they are more than was granted. */
  arrived(bytes: number): boolean {
    if (bytes > this.#credit) return false;
    this.#credit -= bytes;
    return true;
  }

  /** The reader took so many bytes of what came. */
  taken(bytes: number): void {
    this.#move(-bytes);
  }

  /** Bytes to grant now; 0 while there is more than half a window open, or too little to be had. */
  grant(): number {
    if (this.#open * 2 > this.#full) return 0;
    const owned = Math.max(0, firstCredit - this.#open);
    const more = owned + this.#shared.room(this.#size - this.#open - owned);
    if (more < leastGrant) return 0;
    this.#move(more);
    this.#credit += more;
    this.#full = this.#open;
    return more;
  }

  /** Nothing more comes; what came may still be taken. */
  end(): void {
    this.#move(-this.#credit);
    this.#credit = 0;
  }

  /** Nothing is held any more. */
  close(): void {
    this.#move(-this.#open);
    this.#credit = 0;
  }

  #move(bytes: number): void {
    const before = Math.max(0, this.#open - firstCredit);
    this.#open += bytes;
    this.#shared.change(Math.max(0, this.#open - firstCredit) - before);
  }
}
