// The skeleton: what the object's code may ask about the call it is in.

import { callNow } from "../call/inside.ts";
import type { IncomingCall } from "../contract/callee.ts";
import type { Metadata } from "../contract/caller.ts";
import { UpcallError } from "../errors.ts";
import type { Peer } from "../peer.ts";

/** The call that entered the object. */
export interface CallContext {
  /** The call's id on its connection; 0 where the wire has none. */
  readonly id: number;
  /** The other end of the connection that the call came on: its address, and what else its medium knows. */
  readonly peer: Peer;
  /** Who the caller is: what the server's `authenticate` gave for its connection; null where the server has none. */
  readonly identity: unknown;
  /** Aborts when the caller is gone or has cancelled, and at the deadline. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left of the call, 0 when there are none; infinitely many while a stream that it gave runs. */
  readonly remaining: number;
  /** What its caller sent with it; without a prototype, and never changed. A malformed `traceparent` is left out. */
  readonly metadata: Metadata;
  /**
   * A second proxy of the same type whose calls are made in this call: they end no later, are cancelled when its `signal`
   * aborts, and carry its `traceparent` and `tracestate`. Works after an `await` as well, on a context that was kept; when
   * no time is left, its calls fail at once with DEADLINE_EXCEEDED (EXPIRED), not-executed.
   *
   * Errors: INVALID_ARGUMENT (BAD_ARGUMENT) for something that is no proxy.
   */
  bind<P extends object>(proxy: P): P;
  /**
   * Sends metadata back beside the result or the error, to a caller who asked for it with `onMetadata`; what was said before
   * under other names goes as well. Nobody hears of it on the plain wire, after a oneway, or once the method has returned.
   *
   * Errors: INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY).
   */
  answer(metadata: Metadata): void;
}

/**
 * The call that the code is in. To be asked before the method's first `await`: it is a plain variable, because a
 * context that follows promises would double the cost of every promise of the process on Node 20. Where that was asked
 * for, with `serve(..., { ambient: true })`, it may be asked anywhere in the upcall.
 *
 * Errors: FAILED_PRECONDITION outside of an upcall, or after an `await` in it.
 */
export function context(): CallContext {
  return currentCall();
}

/** The same for the skeleton's own use. */
export function currentCall(): IncomingCall {
  const call = callNow();
  if (call !== null) return call;
  throw new UpcallError(
    "FAILED_PRECONDITION",
    "context() was asked outside of an upcall: ask it before the method's first await, and keep what it gives",
    { reason: "NOT_SUPPORTED" },
  );
}
