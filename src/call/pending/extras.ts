// The session, the caller's half: what a call has beyond plain data: the object it is aimed at, its metadata, and what
// its arguments took along. A call of plain data to an interface's own object has none of this.

import type { Handle } from "../../codec/handle.ts";
import type { CallOptions } from "../../contract/caller.ts";
import type { UpcallError } from "../../errors.ts";
import type { CallStreams } from "../call-streams.ts";

/** Something that is needed until it is said that it is not. */
export interface Needed {
  end(): void;
}

/** Values on their way out whose objects, functions and streams have become handles. */
export interface TransferBatch {
  /** What is marshalled. */
  readonly values: unknown[];
  /** The handles among them. */
  readonly handles: readonly Handle[];
  /** References of the other side that go home with them, and are held here until they are there. */
  readonly held: readonly Needed[];
}

/** What a call is aimed at, where that is not the interface's own object. */
export interface CallTarget {
  /** The frame's flags that say so. */
  readonly flags: number;
  /** The call that returns it, where it is not here yet; null for what is. */
  readonly base: object | null;
  /**
   * The number that goes in front of the arguments; 0 while it is not known, and the call has to wait.
   * Throws where there will be none any more.
   */
  number(): number;
  /** A call is aimed at it from now on, until `end` is called with it. Throws where none can be any more. */
  begin(extras: CallExtras): void;
  /** A call that was aimed at it is settled. */
  end(extras: CallExtras): void;
}

/** What can be called before its call is over. */
export interface Awaiting {
  /** Whether the program awaits the result itself. */
  readonly wanted: boolean;
  /** Told how the call ended. */
  settled(value: unknown, error: UpcallError | null): void;
}

export class CallExtras {
  readonly target: CallTarget | null;
  readonly options: CallOptions | null;
  /** Settles the call with an error, without a word to the other side. */
  readonly abandon: (error: UpcallError) => void;
  /** What goes in front of everything else: metadata, marshalled; null for most. */
  metadata: Uint8Array | null = null;
  /** What it is aimed at is held for it. */
  begun = false;
  /** What the arguments took along; null while they are not marshalled, and where they took nothing. */
  batch: TransferBatch | null = null;
  /** Its streams; null while it has none. */
  streams: CallStreams | null = null;
  /** Told how the call ended, where others may be aimed at its result. */
  over: Awaiting | null = null;
  /** Whether the other side has answered. */
  answered = false;
  /** Whether it answered that the call failed. */
  refused = false;
  /** Whether it answered that it did not read the arguments. */
  unread = false;

  constructor(target: CallTarget | null, options: CallOptions | null, abandon: (error: UpcallError) => void) {
    this.target = target;
    this.options = options;
    this.abandon = abandon;
  }
}
