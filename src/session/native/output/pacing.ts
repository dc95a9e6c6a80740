// The session, going out: how much of long messages may be under way. Whatever the kernel holds goes before the next
// small call, and on a fast machine it would hold megabytes; so a ping follows each piece, and tells when it was read
// there. The rule is that of LEDBAT (RFC 6817): more while answers come as fast as ever, less when what is under way
// delays them.

const KiB = 1024;

/** Bytes under way at first, at least and at most. */
const firstWindowBytes = 256 * KiB;
const minWindowBytes = 256 * KiB;
const maxWindowBytes = 16 * 1024 * KiB;
/**
 * Milliseconds that pieces may add to the time of an answer, at least: below the first there may be more, above the
 * second less. Where answers are far away, they vary by more than that, and parts of their time are as good.
 */
const quickDelayMs = 0.2;
const slowDelayMs = 0.5;
const quickShareOfRoundTrip = 1 / 4;
const slowShareOfRoundTrip = 1 / 2;
/** Ids from here on are those of pings for pieces. */
const firstPacedId = 0x8000_0000;

/** Whether a pong answers the ping behind a piece. */
export function isPaced(id: number): boolean {
  return id >= firstPacedId;
}

interface Piece {
  readonly bytes: number;
  readonly sent: number;
}

export class Pacing {
  /** In the order in which they were sent, and so are their answers. */
  readonly #pieces: Piece[] = [];
  #window = firstWindowBytes;
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
    const id = firstPacedId + ((this.#next + this.#pieces.length) % firstPacedId);
    this.#pieces.push({ bytes, sent: now });
    this.underWay += bytes;
    return id;
  }

  /** A pong came. One that answers nothing, or something else, changes nothing. */
  answered(id: number, now: number): void {
    const [piece] = this.#pieces;
    if (piece === undefined || id !== firstPacedId + this.#next) return;
    this.#pieces.shift();
    this.#next = (this.#next + 1) % firstPacedId;
    this.underWay -= piece.bytes;
    const took = now - piece.sent;
    this.#base = Math.min(this.#base, took);
    const delay = took - this.#base;
    if (delay < Math.max(quickDelayMs, this.#base * quickShareOfRoundTrip))
      this.#window = Math.min(maxWindowBytes, this.#window + piece.bytes);
    else if (delay > Math.max(slowDelayMs, this.#base * slowShareOfRoundTrip))
      this.#window = Math.max(minWindowBytes, this.#window - piece.bytes);
  }
}
