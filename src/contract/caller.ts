// The contract, the caller's side: what a proxy asks of the object that carries its calls.

import type { Interface, MethodEntry } from "../interface/define.ts";

/**
 * Strings by name that travel beside a call's arguments, and beside its result. Names are those of HTTP's headers, in
 * lower case; at most 32 entries (`limits.metadataEntries`) and 4 KiB (`limits.metadata`). What arrives has no
 * prototype.
 */
export type Metadata = Readonly<Record<string, string>>;

/** What a proxy may say about one call. */
export interface CallOptions {
  /**
   * Milliseconds until the call ends with DEADLINE_EXCEEDED, more than 0, at most `limits.timeoutMost` (24 h). Default:
   * what its method says, then its connection.
   */
  readonly timeout?: number | undefined;
  /**
   * Milliseconds that a stream of the call may be silent while its next item is waited for, more than 0, at most
   * `limits.timeoutMost` (24 h). Default: what its method says.
   */
  readonly idleTimeout?: number | undefined;
  /** Ends the call with CANCELLED (ABORTED) when it aborts. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Goes with the call; the object finds it in `context().metadata`. Native wire only. Default: none. */
  readonly metadata?: Metadata | undefined;
  /**
   * Told of what the object sent back beside its result or its error, by `context().answer()`, before the call settles;
   * not called where there is none. What it throws, or rejects with, is written on standard error, once. Default: none.
   */
  readonly onMetadata?: ((metadata: Metadata) => void) | undefined;
  /**
   * False: the call passes others of its proxy that are long, and is passed by others where it is long itself. Default:
   * what its method says, then its connection.
   */
  readonly ordered?: boolean | undefined;
}

/**
 * What a call without a reply may give once it was sent: the one promise for all of them, which needs no code to look
 * after its error, as it has none.
 */
export const sent: Promise<unknown> = Promise.resolve();

/** What a proxy needs: what carries its calls to the object. */
export interface Caller {
  readonly peer: string;
  /** Tells the other side of an interface; gives the number of its first method on this connection. */
  announce(subject: Interface): number;
  /**
   * Makes a call; the promise settles by the call's deadline at the latest. Errors are {@link UpcallError}s.
   *
   * @param order calls with the same one are sent in the order in which they are made; null for calls that have none
   */
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown>;
  /** The same for a method that returns a reference: what it returns can be called before it is here. */
  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Pipelined;
  /** Lets running calls finish, up to the drain limit, then ends the connection. May be called twice. */
  close(): Promise<void>;
}

/** What may end before a call of it is made that was on its way to it already: then the call is made all the same. */
export interface Delayed {
  /** A call is on its way. @throws UpcallError when it has ended */
  underWay(): void;
  /** The same call was made, or will not be. */
  made(): void;
}

/** A call whose result will be a reference. */
export interface Pipelined {
  readonly result: Promise<unknown>;
  /** Carries calls to what the result will be. Where the call fails, so do they, with its error. */
  readonly target: Caller;
  /** The program awaits the result itself, and has to close it. */
  taken(): void;
}
