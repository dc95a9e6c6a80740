// The session, going out: how much of long messages may be under way. Whatever the kernel holds goes before the next
// small call, and on a fast machine it would hold megabytes; so a ping follows each piece, and tells when it was read
// there. The rule is that of LEDBAT (RFC 6817): more while answers come as fast as ever, less when what is under way
// delays them.

const KiB = 1024;

/** Bytes under way at first, at least and at most. */
const first = 256 * KiB;
const least = 256 * KiB;
const most = 16 * 1024 * KiB;
/**
 * Milliseconds that pieces may add to the time of an answer, at least: below the first there may be more, above the
 * second less. Where answers are far away, they vary by more than that, and parts of their time are as good.
 */
const quick = 0.2;
const slow = 0.5;
const quickPart = 1 / 4;
const slowPart = 1 / 2;
/** Ids from here on are those of pings for pieces. */
const ids = 0x8000_0000;

/** Whether a pong answers the ping behind a piece. */
export function isPaced(id: number): boolean {
  return id >= ids;
}

interface Piece {
  readonly bytes: number;
  readonly sent: number;
}

export class Pacing {
  /** In the order in which they were sent, and so are their answers. */
  readonly #pieces: Piece[] = [];
  #window = first;
  /** Bytes that were sent, and whose ping is not answered. */
  underWay = 0;
  /** The id of the first of them. */
  #next = 0;
  /** The fastest answer so far, in milliseconds. */
  #base = Number.POSITIVE_INFINITY;

  /** Whether another piece may be sent now. */
  get room(): boolean {
    return this.underWay < this.#window;
  }

  /** A piece is sent at `now`; gives the id of the ping that follows it. */
  sent(bytes: number, now: number): number {
    const id = ids + ((this.#next + this.#pieces.length) % ids);
    this.#pieces.push({ bytes, sent: now });
    this.underWay += bytes;
    return id;
  }

  /** A pong came. One that answers nothing, or something else, changes nothing. */
  answered(id: number, now: number): void {
    const [piece] = this.#pieces;
    if (piece === undefined || id !== ids + this.#next) return;
    this.#pieces.shift();
    this.#next = (this.#next + 1) % ids;
    this.underWay -= piece.bytes;
    const took = now - piece.sent;
    this.#base = Math.min(this.#base, took);
    const delay = took - this.#base;
    if (delay < Math.max(quick, this.#base * quickPart)) this.#window = Math.min(most, this.#window + piece.bytes);
    else if (delay > Math.max(slow, this.#base * slowPart)) this.#window = Math.max(least, this.#window - piece.bytes);
  }
}
