// The skeleton: what the object's code can ask about the call that it is in.

import { callNow } from "../call/current-call.ts";
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
  /**
   * The caller's identity: what the server's `authenticate` gave for its connection; null where the server has none.
   */
  readonly identity: unknown;
  /** Aborts when the caller is gone or has cancelled, and at the deadline. */
  readonly signal: AbortSignal;
  /**
   * Milliseconds left until the call's deadline; 0 when it has passed, Infinity while a stream that it returned runs.
   */
  readonly remaining: number;
  /**
   * The metadata that its caller sent. It has no prototype and never changes. A malformed `traceparent` is left out.
   */
  readonly metadata: Metadata;
  /**
   * A second proxy of the same type whose calls are made in this call. They end no later than this call, are cancelled
   * when its `signal` aborts, and carry its `traceparent` and `tracestate`. It works after an `await` too, on a context
   * that was kept. When no time is left, its calls fail at once with DEADLINE_EXCEEDED (EXPIRED), not-executed.
   *
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a value that is no proxy
   */
  bind<P extends object>(proxy: P): P;
  /**
   * Sends metadata back beside the result or the error, to a caller that asked for it with `onMetadata`. Earlier
   * answers under other names are sent too. The answer is lost on the plain wire, in a oneway, and when the method has
   * returned.
   *
   * @throws UpcallError INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY)
   */
  answer(metadata: Metadata): void;
}

/**
 * The call that the code is in. Ask it before the method's first `await`: it is a plain variable, because a context
 * that follows promises would double the cost of every promise of the process on Node 20. With `serve(..., { ambient:
 * true })` it can be asked anywhere in the upcall.
 *
 * @throws UpcallError FAILED_PRECONDITION (NOT_SUPPORTED) outside of an upcall, or after an `await` in it
 */
export function context(): CallContext {
  return currentCall();
}

/** The same with what only the skeleton may use. @throws UpcallError as {@link context} does */
export function currentCall(): IncomingCall {
  const call = callNow();
  if (call !== null) return call;
  throw new UpcallError(
    "FAILED_PRECONDITION",
    "context() was asked outside of an upcall: ask it before the method's first await, and keep what it gives",
    { reason: "NOT_SUPPORTED" },
  );
}
