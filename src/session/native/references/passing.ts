// The session, references: values that may be references, as those who pass them on, or get them back, need to know them.

import type { References } from "../../../contract/references.ts";
import { Reference } from "./reference.ts";

/** Objects of this side that came back: to whoever gets one it is a reference like any other. */
const home: WeakSet<object> = new WeakSet();

export function cameHome(object: object): void {
  home.add(object);
}

export function isHome(object: object): boolean {
  return home.has(object);
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
export function referenceOf(references: References, value: unknown): Reference | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  const caller = references.callerOf(value);
  return caller instanceof Reference ? caller : null;
}
