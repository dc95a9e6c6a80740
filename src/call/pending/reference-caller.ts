// A call, what it is aimed at: who carries the calls of an object of the other side, as those know it who keep it, or pass it on.
// How a wire says whose object is meant, they do not know.

import type { Caller, CallOptions, Pipelined } from "../../contract/caller.ts";
import type { References } from "../../contract/reference-contract.ts";
import type { Interface, MethodEntry } from "../../interface/define.ts";
import type { CallExtras, CallTarget } from "./extras.ts";

/** It is owned, lent or passed on; each wire has a class of its own for it. */
export abstract class ReferenceCaller implements Caller, CallTarget {
  /** The session that it came on. */
  abstract readonly line: object;
  abstract readonly peer: string;
  abstract readonly flags: number;
  abstract readonly base: object | null;

  abstract announce(subject: Interface): number;
  abstract call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
  ): Promise<unknown>;
  abstract pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
  ): Pipelined;
  abstract close(): Promise<void>;
  abstract number(): number;
  abstract begin(extras?: CallExtras): void;
  abstract end(): void;
  /** It was lent, and is owned from now on. @throws UpcallError INVALID_ARGUMENT (BAD_REFERENCE, BAD_ARGUMENT), UNAVAILABLE (CLOSED) */
  abstract keep(): void;
  /** It is passed on, so its giver holds it until `unhold`. */
  abstract hold(): void;
  abstract unhold(): void;
}

/** Objects of this side that came back: for the one who gets it, it is a reference like any other. */
const endpoint: WeakSet<object> = new WeakSet();

export function cameHome(object: object): void {
  endpoint.add(object);
}

export function isHome(object: object): boolean {
  return endpoint.has(object);
}

/** Holds what is received to be passed on, if it is a reference, until `letGo`. */
export function hold(references: References, value: unknown): void {
  referenceOf(references, value)?.hold();
}

/** What was held to be passed on is not needed for that any more. */
export function letGo(references: References, value: unknown): void {
  referenceOf(references, value)?.unhold();
}

/** What carries the calls of a value, where that is the proxy of a reference. */
export function referenceOf(references: References, value: unknown): ReferenceCaller | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  const caller = references.callerOf(value);
  return caller instanceof ReferenceCaller ? caller : null;
}
