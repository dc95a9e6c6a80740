// Workers: what a session asks of proxies and skeletons for objects that travel by reference. Only here do the two meet:
// an object that a caller gives is served as any skeleton is, and what comes for one that the other side gives is a proxy.

import { isHome, ReferenceCaller } from "../call/pending/reference-caller.ts";
import type { References } from "../contract/reference-contract.ts";
import { notExecuted } from "../errors.ts";
import { InterceptedCaller } from "../interceptors/calling.ts";
import { subjectOf } from "../interface/callback.ts";
import { isCallback } from "../interface/spec.ts";
import { functionOf } from "../proxy/function.ts";
import { bound, proxyOf } from "../proxy/proxy.ts";
import { proxyState } from "../proxy/proxy-state.ts";
import { functionRow, SkeletonRow } from "../skeleton/reference-row.ts";
import { interfaceOf, isSkeleton, objectOf } from "../skeleton/skeleton.ts";
import { passedRow } from "./passed-on.ts";

export const references: References = {
  proxy(spec, caller) {
    const subject = subjectOf(spec);
    if (!isCallback(spec)) return proxyOf(subject, caller, true);
    return functionOf({ subject, caller, first: caller.announce(subject), options: null, order: null, owns: true });
  },

  bound,

  callerOf(value) {
    const caller = proxyState(value)?.caller ?? null;
    // An object that goes home, or on, is known by what its interceptors stand around.
    return caller instanceof InterceptedCaller ? caller.below : caller;
  },

  objectOf(spec, value) {
    const { name } = subjectOf(spec);
    if (isCallback(spec)) {
      if (typeof value !== "function") throw unfit(`must be a function; it is ${kindOf(value)}`);
      return unthenable(value);
    }
    if (typeof value !== "object" || value === null)
      throw unfit(`must be an object with the methods of ${name}; it is ${kindOf(value)}`);
    const subject = isSkeleton(value) ? value[interfaceOf] : proxyState(value)?.subject;
    if (subject !== undefined && subject.name !== name)
      throw unfit(`must be an object of ${name}; it is one of ${subject.name}`);
    return unthenable(isSkeleton(value) ? objectOf(value) : value);
  },

  row(subject, object) {
    const state = proxyState(object);
    if (state !== undefined) return passedRow(state);
    if (typeof object === "function") return functionRow(subject, object as (...args: unknown[]) => unknown);
    return new SkeletonRow(subject, object);
  },
};

/**
 * Keeps an object or a function that came in arguments beyond its call. What comes in arguments is lent: without this a call of
 * it after the method has returned fails. From now on it is this side's until `close()`, and its giver holds it as long; what is
 * never closed is held until the connection ends.
 *
 * @param reference what the method got, in the call, before the method returns; after an `await` as well
 * @returns the same proxy, or function
 * @throws UpcallError, `not-executed`: INVALID_ARGUMENT (BAD_REFERENCE) when the call is over; INVALID_ARGUMENT (BAD_ARGUMENT) for what is no
 * reference, or the result of a call, which is this side's anyway; UNAVAILABLE (CLOSED).
 */
export function keep<P extends object>(reference: P): P {
  const caller = isObject(reference) ? references.callerOf(reference) : null;
  if (caller instanceof ReferenceCaller) caller.keep();
  else if (!isObject(reference) || !isHome(reference)) throw unfit(notKept(reference, caller !== null));
  return reference;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** @param carried whether it has calls carried, though not by a reference */
function notKept(value: unknown, carried: boolean): string {
  const what = carried ? "a proxy that did not come in arguments" : kindOf(value);
  return `keep() wants an object or a function that came by reference in the arguments of a call that is not over; it was given ${what}`;
}

/** Wherever it were the result of a promise, its then() would be called instead. */
function unthenable(object: object): object {
  if (typeof (object as { then?: unknown }).then !== "function") return object;
  throw unfit("has a method then(), as a promise has: await it first, or give an object without one");
}

function unfit(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", what);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
