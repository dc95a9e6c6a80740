// Interceptors: what one is. It stands between a proxy and the session below it, or between the decoded call and the
// object, and sees every call that passes; it knows nothing of connections and bytes.

import type { Metadata } from "../contract/caller.ts";
import type { MethodEntry } from "../interface/define.ts";

/** A call as an interceptor sees it. */
export interface InterceptedCall {
  /** `caller`: made at this end. `callee`: it came, and is about to enter the object; its arguments fit their schemas. */
  readonly side: "caller" | "callee";
  /** The interface's name. */
  readonly interface: string;
  /** The method's name. */
  readonly method: string;
  /** What the interface says of the method, as in `entry.fullName` or `entry.method.idempotent`. */
  readonly entry: MethodEntry;
  readonly args: readonly unknown[];
  /** What travels beside the arguments: at the caller what was said, and the trace of the call that it is made in. */
  readonly metadata: Metadata;
  /** Aborts when nobody waits for the call any more. At the caller it is the one that was given, or null. */
  readonly signal: AbortSignal | null;
  /** Milliseconds until the call's deadline, at the moment of asking; 0 when it has passed. */
  readonly remaining: number;
  /** The other end's address, for people. */
  readonly peer: string;
  /** The call's id on its connection; 0 at the caller, where it has none yet. */
  readonly id: number;
  /** Who the caller is: what the server's `authenticate` gave for its connection; null where it has none, and at the caller. */
  readonly identity: unknown;
  /**
   * What was sent back beside the result, at the moment of asking: at the caller what came with the last answer, once `next()`
   * has settled; at the callee what the object and the interceptors have answered so far. Empty where there is none.
   */
  readonly answered: Metadata;
  /**
   * Sends metadata back beside the result or the error, as `context().answer()` does. At the callee only.
   * Errors: INVALID_ARGUMENT (BAD_METADATA), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY), FAILED_PRECONDITION (BAD_STATE) at the
   * caller.
   */
  answer(metadata: Metadata): void;
}

/**
 * What an interceptor may change of a call. `remaining` makes its time shorter and never longer; `signal` takes the place
 * of the call's own.
 */
export type CallChange = Partial<Pick<InterceptedCall, "args" | "metadata" | "signal" | "remaining">>;

/**
 * Hands the call on, to the next interceptor or to where it is carried out, as often as it is called.
 *
 * @param change what is different from now on: `next({ args: [1] })`, or a whole call, `next({ ...call, args: [1] })`
 * @returns the call's result. Errors: those of the call
 */
export type Next = (change?: CallChange) => Promise<unknown>;

/**
 * Something that every call passes: `(call, next) => next()` changes nothing. What it returns is the call's result, and
 * what it throws the call's error; one that does not call `next` answers in the object's place.
 */
export type Interceptor = (call: InterceptedCall, next: Next) => unknown;
