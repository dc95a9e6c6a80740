// The skeleton: the methods of an object, or of a bare function, that travels by reference. Made when it is sent, from
// its interface: no other name of it is ever looked up.

import { notExecuted, type UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import { type Row, rowOf, SkeletonMethod } from "./skeleton-method.ts";
import { unknownMethod } from "./table.ts";

/** The methods of one object that travels by reference. */
export class SkeletonRow {
  readonly #subject: Interface;
  readonly #methods: Row;

  /**
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) with the names that the object lacks, as the end of a sentence
   */
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

/** A bare function as an object with one method, of the interface that stands for functions. */
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
