// Members of served objects that no interface names. Whatever runs one has gone where nothing from outside may lead.

/** Those that have run. */
export const tripped: string[] = [];

const methods = [
  "secret",
  "toString",
  "toJSON",
  "valueOf",
  "toLocaleString",
  "apply",
  "bind",
  "next",
  Symbol.toPrimitive,
  Symbol.iterator,
  Symbol.asyncIterator,
] as const;

/** Puts traps on an object. `then` is none: an object that is awaited is asked for it by the language itself. */
export function trap(object: object, name: string): void {
  for (const key of methods) {
    Object.defineProperty(object, key, {
      configurable: true,
      value: () => {
        tripped.push(`${name}.${String(key)}`);
      },
    });
  }
  for (const key of ["hidden", "amounts"]) {
    Object.defineProperty(object, key, {
      configurable: true,
      get: () => {
        tripped.push(`get ${name}.${key}`);
      },
    });
  }
}
