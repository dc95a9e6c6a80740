// Workers: what a session asks of proxies and skeletons for objects that travel by reference. Only here do the two meet:
// an object that a caller gives is served as any skeleton is, and what comes for one that the other side gives is a proxy.

import { notExecuted } from "../errors.ts";
import { InterceptedCaller } from "../interceptors/calling.ts";
import { subjectOf } from "../interface/callback.ts";
import { isCallback } from "../interface/spec.ts";
import { functionOf } from "../proxy/function.ts";
import { bound, proxyOf } from "../proxy/proxy.ts";
import { proxyState } from "../proxy/state.ts";
import type { References } from "../session/contract.ts";
import { functionRow, SkeletonRow } from "../skeleton/reference-row.ts";
import { interfaceOf, isSkeleton, objectOf } from "../skeleton/skeleton.ts";
import { passedRow } from "./passed.ts";

export const references: References = {
  proxy(spec, caller) {
    const subject = subjectOf(spec);
    if (!isCallback(spec)) return proxyOf(subject, caller, true);
    return functionOf({ subject, caller, first: caller.announce(subject), options: null, owns: true });
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
