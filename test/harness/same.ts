// Whether two values are the same in everything the codec promises: Object.is for primitives, classes by prototype,
// contents in order. Node's deepStrictEqual finds two invalid dates different, and does not look at an error's cause.
import assert from "node:assert/strict";
import { inspect } from "node:util";

export function assertSame(actual: unknown, expected: unknown): void {
  const difference = differ(actual, expected, "value");
  if (difference !== undefined) assert.fail(`${difference}\n${inspect(actual)}\n${inspect(expected)}`);
}

function differ(a: unknown, b: unknown, at: string): string | undefined {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b) ? undefined : `${at}: ${inspect(a)} is not ${inspect(b)}`;
  }
  const prototypes = [a, b].map((each) => Object.getPrototypeOf(each) ?? Object.prototype);
  if (prototypes[0] !== prototypes[1]) return `${at}: of another class`;
  if (a instanceof Date && b instanceof Date) return differ(a.getTime(), b.getTime(), `${at}.getTime()`);
  if (a instanceof Map && b instanceof Map) return differ([...a], [...b], `${at}.entries()`);
  if (a instanceof Set && b instanceof Set) return differ([...a], [...b], `${at}.values()`);
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) return sameBytes(new Uint8Array(a), new Uint8Array(b), at);
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    return sameBytes(
      new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
      new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
      at,
    );
  }
  const keys = Array.isArray(a) ? Object.getOwnPropertyNames(a) : Object.keys(a);
  const others = Array.isArray(b) ? Object.getOwnPropertyNames(b) : Object.keys(b);
  if (a instanceof Error && b instanceof Error) {
    for (const key of ["name", "message", "cause", "errors"]) {
      if (Object.hasOwn(a, key) !== Object.hasOwn(b, key) && key === "cause") return `${at}: one has a ${key}`;
      const difference = differ(Reflect.get(a, key), Reflect.get(b, key), `${at}.${key}`);
      if (difference !== undefined) return difference;
    }
  }
  if (keys.length !== others.length) return `${at}: ${keys.length} members are not ${others.length}`;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return `${at}.${key}: only one has it`;
    const difference = differ(Reflect.get(a, key), Reflect.get(b, key), `${at}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array, at: string): string | undefined {
  return Buffer.compare(a, b) === 0 ? undefined : `${at}: other bytes`;
}
