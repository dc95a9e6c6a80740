// The skeleton: which method? A table made from the interface, with no prototype: a name off the wire is looked up here
// and nowhere else, so no message reaches what the interface does not name.

import { notExecuted, type UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import type { Target } from "../session/contract.ts";
import { interfaceOf, objectOf, type SkeletonOf } from "./skeleton.ts";

/** One method of one object, found once. */
export class SkeletonMethod implements Target {
  readonly entry: MethodEntry;
  readonly object: object;
  readonly body: (...args: unknown[]) => unknown;

  constructor(entry: MethodEntry, object: object, body: (...args: unknown[]) => unknown) {
    this.entry = entry;
    this.object = object;
    this.body = body;
  }
}

type Row = Record<string, SkeletonMethod>;

/** All objects of a server, by interface and method. */
export class SkeletonTable {
  readonly #rows: Record<string, Row> = Object.create(null) as Record<string, Row>;

  /** Errors: INVALID_ARGUMENT (BAD_INTERFACE) where two skeletons answer for one interface name. */
  constructor(skeletons: readonly SkeletonOf[]) {
    for (const skeleton of skeletons) {
      const subject = skeleton[interfaceOf];
      if (this.#rows[subject.name] !== undefined)
        throw notExecuted(
          "INVALID_ARGUMENT",
          "BAD_INTERFACE",
          `two objects are served for interface ${subject.name}: give one of them an interface of another name`,
        );
      const object = objectOf(skeleton);
      const row = Object.create(null) as Row;
      for (const entry of subject.table) {
        const body = (object as Record<string, (...args: unknown[]) => unknown>)[entry.name];
        if (typeof body === "function") row[entry.name] = new SkeletonMethod(entry, object, body);
      }
      this.#rows[subject.name] = row;
    }
  }

  /** The method, or what its callers are told. */
  find(interfaceName: string, methodName: string): SkeletonMethod | UpcallError {
    return (
      this.#rows[interfaceName]?.[methodName] ??
      unknownMethod(interfaceName, methodName, Object.keys(this.#rows), this.#rows[interfaceName])
    );
  }
}

/** The same sentence wherever a name is not found. */
export function unknownMethod(
  interfaceName: string,
  methodName: string,
  interfaces: readonly string[],
  methods: object | undefined,
): UpcallError {
  return methods === undefined
    ? notExecuted(
        "UNIMPLEMENTED",
        "NO_INTERFACE",
        `the server has no interface ${interfaceName}; it serves ${interfaces.filter((name) => !name.startsWith("upcall.")).join(", ") || "none"}`,
      )
    : notExecuted(
        "UNIMPLEMENTED",
        "NO_METHOD",
        `${interfaceName} on the server has no method ${methodName}; it has ${Object.keys(methods).join(", ")}: is the server older than the client?`,
      );
}
