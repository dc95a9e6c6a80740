// The formal interface: which names it may use. A name that the language gives a meaning of its own would make a proxy
// look like a promise, a skeleton like a constructor, or a message like a prototype.

import { notExecuted } from "../errors.ts";

const languageNames: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "then",
  "catch",
  "finally",
  "prototype",
  "toJSON",
]);

const maxNameLength = 128;

/** Throws INVALID_ARGUMENT (BAD_INTERFACE) for a method name that cannot be one. */
export function checkMethodName(interfaceName: string, name: string): void {
  const where = `method "${name}" of interface "${interfaceName}"`;
  if (languageNames.has(name)) refuse(`${where}: the language itself gives this name a meaning; choose another`);
  if (!/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name))
    refuse(`${where}: a name is letters, digits, _ and $, and does not begin with a digit`);
  if (name.length > maxNameLength) refuse(`${where}: a name has at most ${maxNameLength} characters`);
}

/** Throws INVALID_ARGUMENT (BAD_INTERFACE) for an interface name that cannot be one. `upcall.` is kept for our own. */
export function checkInterfaceName(name: unknown, own: boolean): void {
  if (typeof name !== "string") refuse(`an interface's name must be a string; it is ${typeof name}`);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
    refuse(`interface "${name}": a name is letters, digits, _, - and dots, and begins with a letter`);
  }
  if (name.length > maxNameLength) refuse(`interface "${name}": a name has at most ${maxNameLength} characters`);
  if (name.startsWith("upcall.") !== own)
    refuse(`interface "${name}": names that begin with "upcall." are upcall's own`);
}

/** Throws INVALID_ARGUMENT (BAD_INTERFACE) for the name of a declared error that cannot be one. */
export function checkErrorName(name: unknown): void {
  if (typeof name !== "string") refuse(`an error's name must be a string; it is ${typeof name}`);
  if (!/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) || languageNames.has(name))
    refuse(
      `error "${name}": a name is letters, digits, _ and $, does not begin with a digit, and is none of the language's`,
    );
  if (name.length > maxNameLength) refuse(`error "${name}": a name has at most ${maxNameLength} characters`);
}

function refuse(what: string): never {
  throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", what);
}
