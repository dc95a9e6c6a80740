// Interceptors: what one is. It stands between a proxy and the session, or between a decoded call and the object, and
// sees every call that passes. It knows nothing of connections and bytes.

import type { Metadata } from "../contract/caller.ts";
import type { MethodEntry } from "../interface/define.ts";

/** A call as an interceptor sees it. */
export interface InterceptedCall {
  /**
   * `caller`: made at this end. `callee`: it came, and is about to enter the object; its arguments fit their schemas.
   */
  readonly side: "caller" | "callee";
  /** The interface's name. */
  readonly interface: string;
  /** The method's name. */
  readonly method: string;
  /** What the interface says of the method, as in `entry.fullName` or `entry.method.idempotent`. */
  readonly entry: MethodEntry;
  readonly args: readonly unknown[];
  /**
   * The metadata beside the arguments. At the caller: the metadata of its options, and the trace of the enclosing call.
   */
  readonly metadata: Metadata;
  /** Aborts when the call was cancelled or is over. At the caller it is the signal of the call's options, or null. */
  readonly signal: AbortSignal | null;
  /** Milliseconds until the call's deadline, at the moment of asking; 0 when it has passed. */
  readonly remaining: number;
  /** The other end's address, for people. */
  readonly peer: string;
  /** The call's id on its connection; 0 at the caller, where it has none yet. */
  readonly id: number;
  /**
   * The caller's identity: what the server's `authenticate` gave for its connection. Null where the server has none,
   * and at the caller.
   */
  readonly identity: unknown;
  /**
   * The metadata sent back beside the result, as it is at this moment. At the caller: what came with the last answer,
   * once `next()` has settled. At the callee: what the object and the interceptors have answered so far. Empty where
   * there is none.
   */
  readonly answered: Metadata;
  /**
   * Sends metadata back beside the result or the error, as `context().answer()` does. At the callee only.
   * @throws UpcallError INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY), FAILED_PRECONDITION
   *   (BAD_STATE) at the caller
   */
  answer(metadata: Metadata): void;
}

/**
 * What an interceptor may change of a call. `remaining` can make its time shorter, not longer. `signal` replaces the
 * call's own.
 */
export type CallChange = Partial<Pick<InterceptedCall, "args" | "metadata" | "signal" | "remaining">>;

/**
 * Hands the call on: to the next interceptor, or to the session or object. It may be called several times.
 *
 * @param change what is different from now on: `next({ args: [1] })`, or a whole call, `next({ ...call, args: [1] })`
 * @returns the call's result
 */
export type Next = (change?: CallChange) => Promise<unknown>;

/**
 * next()` changes nothing. What it returns is the call's result, and what it throws the call's error; one that does not
 * call `next` answers in the object's place. => A function that every call passes; `(call, next) => next()` changes
 * nothing. What it returns is the call's result, and what it throws is the call's error. An interceptor that does not
 * call `next` answers in the object's place. => next()` changes nothing. What it returns is the call's result, and what
 * it throws the call's error; one that does not call `next` answers in the object's place.
 */
export type Interceptor = (call: InterceptedCall, next: Next) => unknown;
