// The skeleton: one method of one object, found once, and all of an object's methods by their names.

import type { Target } from "../contract/callee.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";

export class SkeletonMethod implements Target {
  readonly entry: MethodEntry;
  /** Undefined where the method is a bare function. */
  readonly object: object | undefined;
  readonly body: (...args: unknown[]) => unknown;

  constructor(entry: MethodEntry, object: object | undefined, body: (...args: unknown[]) => unknown) {
    this.entry = entry;
    this.object = object;
    this.body = body;
  }
}

/** Without a prototype: a name off the wire is looked up in it. */
export type Row = Record<string, SkeletonMethod>;

/** An object's methods, as far as it has them. */
export function rowOf(subject: Interface, object: object): Row {
  return rowWith(subject, (entry) => {
    const body = (object as Record<string, (...args: unknown[]) => unknown>)[entry.name];
    return typeof body === "function" ? new SkeletonMethod(entry, object, body) : null;
  });
}

/** A row with what `methodOf` gives for each line of the interface's table. */
export function rowWith(subject: Interface, methodOf: (entry: MethodEntry) => SkeletonMethod | null): Row {
  const row = Object.create(null) as Row;
  for (const entry of subject.table) {
    const method = methodOf(entry);
    if (method !== null) row[entry.name] = method;
  }
  return row;
}
