// The session, the caller's half: a call that is made in an upcall, and what it has of that upcall's own call: it ends
// no later, is cancelled with it, and belongs to the same trace. Said by bind(), or found by what follows calls.

import type { AmbientCalls, EnclosingCall, IncomingCall } from "../contract/callee.ts";
import type { CallOptions } from "../contract/caller.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import { PassingOptions } from "./passing.ts";

/** A symbol: no program can set it as an option, and options that are made from others keep it. */
const enclosing: unique symbol = Symbol("upcall.enclosing");

interface BoundOptions extends CallOptions {
  readonly [enclosing]?: EnclosingCall;
}

/** The same options for calls that are made in `call`. */
export function boundOptions(options: CallOptions | null, call: EnclosingCall): CallOptions {
  const bound: BoundOptions = { ...options, [enclosing]: call };
  return bound;
}

/** The call in which one with these options is made; null where there is none. */
export function enclosingOf(options: BoundOptions | null, ambient: AmbientCalls | null): EnclosingCall | null {
  const said = options?.[enclosing];
  if (said !== undefined) return said;
  // A call that is passed on is made by no code of this side.
  if (ambient === null || options instanceof PassingOptions) return null;
  return followedCall(ambient);
}

/** The same options for a call that is made later, when nothing tells any more which call it is made in. */
export function pinned(options: CallOptions | null, ambient: AmbientCalls | null): CallOptions | null {
  const call = enclosingOf(options, ambient);
  return call === null ? options : boundOptions(options, call);
}

/** The call whose code runs now, where its server asked for it to be followed. */
export function followedCall(ambient: AmbientCalls): IncomingCall | null {
  const call = ambient.current();
  return call?.ambient === true ? call : null;
}

/** Milliseconds of a call that is made in another one. @throws UpcallError DEADLINE_EXCEEDED (EXPIRED) */
export function timeWithin({ remaining }: EnclosingCall, timeout: number, { fullName }: MethodEntry): number {
  if (remaining > 0) return Math.min(timeout, remaining);
  throw notExecuted(
    "DEADLINE_EXCEEDED",
    "EXPIRED",
    `${fullName} was not sent: nothing is left of the time of the call that it is made in`,
  );
}

/** Whether that is why the call was given up in which another one was made. */
export function isExpiry(reason: unknown): boolean {
  return reason instanceof UpcallError && reason.code === "DEADLINE_EXCEEDED";
}
