// Codec, on the way up: an array of plain objects from their keys and, record after record, their values. It knows of
// the decoder only that it reads keys and nested values.

import { indexOf } from "./collisions.ts";
import type { Nesting } from "./nesting.ts";
import { asTable, type Fields, isFar, setField, spread } from "./plain-objects.ts";
import type { Reader } from "./value-reader.ts";

/** Reads records up to the reader's end, which is the payload's; the containers in them stand at `depth`. */
export function readRecords(nesting: Nesting, reader: Reader, depth: number): object[] {
  const length = nesting.arrayLength(reader);
  if (length === 0) throw reader.fail("BAD_MESSAGE", "records have no keys");
  // The keys and the values of the first record: what an object of that size would declare.
  nesting.count(reader, 2 * length, "an array of records");
  nesting.spend(reader, 1);
  const { fresh } = reader;
  const keys: string[] = [];
  for (let i = 0; i < length; i++) keys.push(nesting.key(reader));
  const empty = emptyOf(keys, reader.fresh < 0 && reader.fresh < fresh);
  const first = empty?.() ?? {};
  let inherited = false;
  for (const key of keys) {
    const value = nesting.read(reader, depth);
    if (key in first) {
      if (Object.hasOwn(first, key)) throw reader.fail("BAD_MESSAGE", "records have a key twice");
      inherited = true;
    }
    setField(first, key, value);
  }
  const make = empty ?? (inherited ? (): Fields => ({}) : null);
  const records: object[] = [first];
  while (reader.position < reader.end) {
    nesting.spend(reader, 1 + 2 * length);
    records.push(
      make === null ? readRecord(nesting, reader, keys, depth) : readOdd(nesting, reader, keys, depth, make()),
    );
  }
  return records;
}

/** What a record begins as, where that is no object like all others; null where it is one. */
function emptyOf(keys: readonly string[], strange: boolean): (() => Fields) | null {
  let top = -1;
  const far = keys.some((key, at) => {
    const index = indexOf(key);
    const before = top;
    top = Math.max(top, index);
    return isFar(index, at, before);
  });
  if (strange) return () => asTable({}, far);
  if (!far) return null;
  return () => {
    const fields = {};
    spread(fields);
    return fields;
  };
}

/** Where a key is one of Object.prototype's, numeric, or one of too many. */
function readOdd(nesting: Nesting, reader: Reader, keys: readonly string[], depth: number, record: Fields): object {
  for (const key of keys) setField(record, key, nesting.read(reader, depth));
  return record;
}

/**
 * The first fields are spelled out, because an engine remembers for each place in the code which field it sets there:
 * where most records of a program are of one kind, they are made five times as fast, and others no slower.
 */
function readRecord(nesting: Nesting, reader: Reader, keys: readonly string[], depth: number): object {
  const record: Record<string, unknown> = {};
  const count = keys.length;
  record[keys[0] as string] = nesting.read(reader, depth);
  if (count > 1) record[keys[1] as string] = nesting.read(reader, depth);
  if (count > 2) record[keys[2] as string] = nesting.read(reader, depth);
  if (count > 3) record[keys[3] as string] = nesting.read(reader, depth);
  if (count > 4) record[keys[4] as string] = nesting.read(reader, depth);
  if (count > 5) record[keys[5] as string] = nesting.read(reader, depth);
  if (count > 6) record[keys[6] as string] = nesting.read(reader, depth);
  if (count > 7) record[keys[7] as string] = nesting.read(reader, depth);
  for (let i = 8; i < count; i++) record[keys[i] as string] = nesting.read(reader, depth);
  return record;
}
