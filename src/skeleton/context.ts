// The skeleton: what the object's code may ask about the call it is in.

import { UpcallError } from "../errors.ts";

/** The call that entered the object. */
export interface CallContext {
  /** The call's id on its connection; 0 where the wire has none. */
  readonly id: number;
  /** The caller's address. */
  readonly peer: string;
  /** Who the caller is: what the server's `authenticate` gave for its connection; null where the server has none. */
  readonly identity: unknown;
  /** Aborts when the caller is gone or has cancelled, and at the deadline. */
  readonly signal: AbortSignal;
}

let current: CallContext | null = null;

/**
 * The call that the code is in. To be asked before the method's first `await`: it is a plain variable, because a
 * context that follows promises would double the cost of every promise of the process on Node 20.
 *
 * Errors: FAILED_PRECONDITION outside of an upcall, or after an `await` in it.
 */
export function context(): CallContext {
  if (current !== null) return current;
  throw new UpcallError(
    "FAILED_PRECONDITION",
    "context() was asked outside of an upcall: ask it before the method's first await, and keep what it gives",
    { reason: "NOT_SUPPORTED" },
  );
}

export function enter(call: CallContext): CallContext | null {
  const before = current;
  current = call;
  return before;
}

export function leave(before: CallContext | null): void {
  current = before;
}
