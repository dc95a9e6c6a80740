// The formal interface itself: a value that both sides share, and the only place where method names come from. Every
// table that finds a method is made from it; no remote name is ever looked up on an object.

import { notExecuted } from "../errors.ts";
import type { Method } from "./method.ts";
import { checkInterfaceName, checkMethodName } from "./names.ts";

export type Methods = { readonly [name: string]: Method };

/** One line of an interface's table: its number is its place in `table`. */
export interface MethodEntry {
  readonly name: string;
  /** `Interface.method`, as errors and observers show it. */
  readonly fullName: string;
  readonly method: Method;
}

/** A formal interface. Made by {@link defineInterface} only. */
export interface Interface<Name extends string = string, M extends Methods = Methods> {
  readonly name: Name;
  readonly methods: M;
  /** The methods in the order they were declared. */
  readonly table: readonly MethodEntry[];
}

const defined: WeakSet<object> = new WeakSet();

/**
 * Writes an interface down once, for both sides.
 *
 * @param name    letters, digits, `_`, `-` and dots, at most 128 characters; names beginning with `upcall.` are taken
 * @param methods made by `method` and `oneway`; at least one. Names that the language uses itself (`then`, `toJSON`,
 *                `constructor`, ...) are refused
 * @returns the interface; give it a type of the same name with `TypeOf<typeof Name>`
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE)
 */
export function defineInterface<const Name extends string, const M extends Methods>(
  name: Name,
  methods: M,
): Interface<Name, M> {
  checkInterfaceName(name, false);
  return make(name, methods);
}

/** Whether a method is of an interface of upcall's own: no other name has this beginning. */
export function isOwnMethod({ fullName }: MethodEntry): boolean {
  return fullName.startsWith("upcall.");
}

/** The same for upcall's own interfaces, whose names begin with `upcall.`. */
export function defineOwnInterface<const Name extends string, const M extends Methods>(
  name: Name,
  methods: M,
): Interface<Name, M> {
  checkInterfaceName(name, true);
  return make(name, methods);
}

function make<Name extends string, M extends Methods>(name: Name, methods: M): Interface<Name, M> {
  // Object.keys passes over `__proto__: ...` in a literal, which sets the prototype instead of a key.
  if (Object(methods) !== methods || Object.getPrototypeOf(methods) !== Object.prototype) {
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `interface "${name}": its methods must be a plain object; __proto__ cannot be a method`,
    );
  }
  const table = Object.keys(methods).map((key): MethodEntry => {
    checkMethodName(name, key);
    const method = methods[key];
    if (Object(method) !== method || (method?.kind !== "call" && method?.kind !== "oneway")) {
      throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", `${name}.${key} must be made by method() or oneway()`);
    }
    return Object.freeze({ name: key, fullName: `${name}.${key}`, method });
  });
  if (table.length === 0)
    throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", `interface "${name}" has no method; declare at least one`);
  const made: Interface<Name, M> = Object.freeze({
    name,
    methods: Object.freeze({ ...methods }),
    table: Object.freeze(table),
  });
  defined.add(made);
  return made;
}

export function isInterface(value: unknown): value is Interface {
  return typeof value === "object" && value !== null && defined.has(value);
}
