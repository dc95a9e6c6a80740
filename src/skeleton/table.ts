// The skeleton: which method? A table made from the interface, with no prototype: a name off the wire is looked up here
// and nowhere else, so no message reaches what the interface does not name.

import { notExecuted, type UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { Target } from "../session/contract.ts";
import { interfaceOf, objectOf, type SkeletonOf } from "./skeleton.ts";

/** One method of one object, found once. */
export class SkeletonMethod implements Target {
  readonly entry: MethodEntry;
  /** None where the method is a bare function. */
  readonly object: object | undefined;
  readonly body: (...args: unknown[]) => unknown;

  constructor(entry: MethodEntry, object: object | undefined, body: (...args: unknown[]) => unknown) {
    this.entry = entry;
    this.object = object;
    this.body = body;
  }
}

type Row = Record<string, SkeletonMethod>;

/** The methods of an object by their names, as far as it has them, without a prototype. */
function rowOf(subject: Interface, object: object): Row {
  const row = Object.create(null) as Row;
  for (const entry of subject.table) {
    const body = (object as Record<string, (...args: unknown[]) => unknown>)[entry.name];
    if (typeof body === "function") row[entry.name] = new SkeletonMethod(entry, object, body);
  }
  return row;
}

/** The methods of one object that travels by reference. */
export class SkeletonRow {
  readonly #subject: Interface;
  readonly #methods: Row;

  /** Errors: INVALID_ARGUMENT (BAD_ARGUMENT) with the names that the object lacks, as the end of a sentence. */
  constructor(subject: Interface, object: object) {
    this.#subject = subject;
    this.#methods = rowOf(subject, object);
    const missing = subject.table.filter(({ name }) => this.#methods[name] === undefined);
    if (missing.length === 0) return;
    const names = missing.map(({ name }) => `${name}()`).join(", ");
    throw notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `does not implement ${subject.name}: it lacks ${names}`);
  }

  find(methodName: string): SkeletonMethod | UpcallError {
    return this.#methods[methodName] ?? unknownMethod(this.#subject.name, methodName, [], this.#methods);
  }
}

/** A bare function as an object of the interface that stands for functions, whose one method it is. */
export function functionRow(
  { name, table }: Interface,
  body: (...args: unknown[]) => unknown,
): {
  find(methodName: string): SkeletonMethod | UpcallError;
} {
  const [entry] = table;
  if (entry === undefined) throw new TypeError(`${name} has no method`);
  const method = new SkeletonMethod(entry, undefined, body);
  return {
    find: (methodName) =>
      methodName === entry.name ? method : unknownMethod(name, methodName, [], { [entry.name]: method }),
  };
}

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
      this.#rows[subject.name] = rowOf(subject, objectOf(skeleton));
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
