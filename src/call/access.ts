// The session: what a server says about who may come in and who may call what. The session asks; what a token or an
// identity means, it does not know.

import type { Metadata } from "../contract/caller.ts";
import { isError } from "../errors.ts";
import type { Peer } from "../peer.ts";

/** The caller that asks to be let in. */
export interface Arrival {
  /** The other end of the connection, as its medium knows it. */
  readonly peer: Peer;
}

/**
 * Says who a caller is, by the token of its greeting, which is null where it sent none.
 *
 * Its result is the identity of the connection: `true`, a string that is not empty, or an object. Anything else refuses
 * (`false`, `null`, `undefined`, a number, an error ...), as does throwing, and a promise that is rejected or takes
 * longer than `limits.authenticationTime`.
 */
export type Authenticate = (token: string | null, from: Arrival) => unknown;

/** A call that a caller wants to make. Its arguments are not read yet. */
export interface WantedCall {
  /** What `authenticate` gave for this connection; null where the server has none. */
  readonly identity: unknown;
  /** The other end of the connection, as its medium knows it. */
  readonly peer: Peer;
  /** The interface that is called, as its caller names it; there may be none of this name. */
  readonly interface: string;
  readonly method: string;
  /**
   * What its caller sent with it, as `context().metadata` has it; like all of a call it is what the caller says. It is
   * read when it is asked for, until the hook has answered. Errors: what is malformed throws, and refuses the call with
   * INVALID_ARGUMENT (BAD_METADATA) where the hook lets that through.
   */
  readonly metadata: Metadata;
}

/**
 * Says whether a call may be made. Only `true`, or a promise of it, allows; anything else refuses, as does throwing,
 * and a promise that is rejected or takes longer than `limits.authorizationTime`.
 */
export type Authorize = (call: WantedCall) => unknown;

export interface AccessHooks {
  readonly authenticate: Authenticate | null;
  readonly authorize: Authorize | null;
}

/** Whether a hook gave something to wait for. Asking may run its code, and throw. */
export function isPromised(said: unknown): said is PromiseLike<unknown> {
  return typeof said === "object" && said !== null && "then" in said && typeof said.then === "function";
}

/**
 * Whether the result of `authenticate` is an identity. A number is not: a search without a result may give -1 or 0. An
 * object that throws when it is read is not one either.
 */
export function isIdentity(said: unknown): boolean {
  if (typeof said === "string") return said !== "";
  try {
    if (said === true) return true;
    // Asked here, where it may throw: isError takes that for no error.
    return typeof said === "object" && said !== null && Object.getPrototypeOf(said) !== undefined && !isError(said);
  } catch {
    return false;
  }
}
