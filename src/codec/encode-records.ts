// Codec, on the way down: an array of plain objects that all have the same keys, written as one extension with the keys
// once. It knows of the encoder only that it writes a nested value.
import type { Nested } from "./encode-extension.ts";
import * as ext from "./extensions.ts";
import { putArrayHead } from "./heads.ts";
import { refused, writingGetter } from "./not-marshallable.ts";
import type { Writer } from "./writer.ts";

const changed = "has a getter that changes the records around it";

/** Whether a loop over a plain object gives its own keys alone: no program has put a property into Object.prototype. */
export function inheritsNothing(): boolean {
  for (const _ in Object.prototype) return false;
  return true;
}

/** A plain object of this realm. Where {@link inheritsNothing}, a loop over it gives its keys in their order. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * The keys that all items have, in one order; undefined where the array is not one of records. No value is read, so no
 * getter runs twice. An array that is not one of records costs a part of what writing it takes.
 */
export function sharedKeys(values: readonly unknown[]): readonly string[] | undefined {
  const first = values[0];
  if (!isRecord(first) || !inheritsNothing()) return undefined;
  const keys = Object.keys(first);
  if (keys.length === 0 || keys.includes("__proto__")) return undefined;
  for (let at = 1; at < values.length; at++) {
    const value = values[at];
    if (!isRecord(value)) return undefined;
    let i = 0;
    for (const key in value) if (key !== keys[i++]) return undefined;
    if (i !== keys.length) return undefined;
  }
  return keys;
}

/**
 * Writes the items that {@link sharedKeys} was asked about, with their values at `depth`. A getter of one may have
 * changed another since, so that each is held against the keys again.
 */
export function putRecords(
  nested: Nested,
  writer: Writer,
  values: readonly unknown[],
  keys: readonly string[],
  depth: number,
): void {
  const length = values.length;
  nested.spend(writer, length * (1 + 2 * keys.length));
  const start = ext.openHead(writer);
  putArrayHead(writer, keys.length);
  for (const key of keys) nested.text(writer, key);
  for (let at = 0; at < length; at++) {
    const before = writer.position;
    const record = values[at];
    if (writer.position !== before) throw refused(writingGetter);
    if (!isRecord(record) || !putValues(nested, writer, record, keys, depth)) throw refused(changed);
  }
  ext.closeHead(writer, ext.RECORDS, start);
}

function putValues(
  nested: Nested,
  writer: Writer,
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  depth: number,
): boolean {
  let i = 0;
  for (const key in record) {
    if (key !== keys[i++]) return false;
    const before = writer.position;
    const value = record[key];
    if (writer.position !== before) throw refused(writingGetter);
    nested.put(writer, value, depth);
  }
  return i === keys.length;
}
