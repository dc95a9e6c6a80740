// Ground: reports of references that were forgotten instead of closed, and of streams that were forgotten instead of
// read.

/**
 * A proxy or a function of the other side that was not closed, or a stream that was not read, and that the program
 * holds no more.
 */
export interface LeakReport {
  /** The interface's name; `upcall.Function` for a function, `upcall.Stream` for a stream. */
  readonly interface: string;
  /** Where it was made, as in `Bank.open result` or `Bank.watch argument 1`. */
  readonly made: string;
  /** The other end of its connection. */
  readonly peer: string;
}

/**
 * Told when the garbage collector found a reference that was not closed, or a stream that was neither read to its end
 * nor left; it is given back then, but the other side held its object, or its source, until now. Its own first error is
 * written on standard error.
 */
export type OnLeak = (report: LeakReport) => void;
