// Ground: what is told of a reference that was forgotten instead of closed, or a stream that was instead of read.

/** A proxy or a function of the other side's that nobody closed, or a stream that nobody read, and that nobody has any more. */
export interface LeakReport {
  /** The interface's name; `upcall.Function` for a function, `upcall.Stream` for a stream. */
  readonly interface: string;
  /** Where it was made, as in `Bank.open result` or `Bank.watch argument 1`. */
  readonly made: string;
  /** The other end of its connection. */
  readonly peer: string;
}

/**
 * Told when the garbage collector found a reference that was not closed, or a stream that was neither read to its end nor left;
 * it is given back all the same, but the other side held its object, or its source, until now. What it throws, or rejects with, is written on standard error, once.
 */
export type OnLeak = (report: LeakReport) => void;
