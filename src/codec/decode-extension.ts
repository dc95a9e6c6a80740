// Codec, on the way up: the extensions' payloads, from bytes to values, as drawn in extensions.ts. It knows of the
// decoder only that it reads a nested value.
import type { UpcallError } from "../errors.ts";
import { bytesOfDigits, fromPayload } from "./bigint.ts";
import { comparisons, uncountedKeys } from "./collisions.ts";
import { readRecords } from "./decode-records.ts";
import * as ext from "./extensions.ts";
import { Handle, handleBytes, kindOfByte } from "./handle.ts";
import { makeError } from "./make-error.ts";
import type { Nesting } from "./nesting.ts";
import { keysPerCheck, Pace } from "./pace.ts";
import type { Fields } from "./plain-objects.ts";
import type { Reader } from "./value-reader.ts";

/** Reads the type byte and a payload of `length` bytes. @throws UpcallError as the decoder does */
export function readExtension(nesting: Nesting, reader: Reader, length: number, depth: number): unknown {
  const head = reader.position;
  const type = (reader.u8() << 24) >> 24;
  reader.need(length, "an extension");
  switch (type) {
    case ext.TIMESTAMP:
      return readTimestamp(reader, length);
    case ext.UNDEFINED:
      single(reader, length, "undefined");
      return undefined;
    case ext.BIGINT:
      return readBigint(nesting, reader, length);
    case ext.TYPED_ARRAY:
      return readElements(reader, length);
    case ext.INVALID_DATE:
      single(reader, length, "an invalid date");
      return new Date(Number.NaN);
    case ext.MAP:
    case ext.SET:
    case ext.ERROR:
    case ext.RECORDS:
      return readContainer(nesting, reader, type, length, nesting.below(reader, depth));
    case ext.HANDLE:
      return readHandle(reader, length, depth);
    default:
      reader.position = head;
      throw reader.fail("BAD_MESSAGE", `the extension type ${type} is not known here`);
  }
}

function single(reader: Reader, length: number, what: string): void {
  if (length !== 1 || reader.u8() !== 0) throw reader.fail("BAD_MESSAGE", `${what} is not the byte 00`);
}

/** Handles stand only at the top, and only where the method declares what it carries. All others are refused. */
function readHandle(reader: Reader, length: number, depth: number): Handle {
  const start = reader.position;
  if (!reader.handles || depth > 0)
    throw reader.fail("BAD_MESSAGE", "a handle stands where no object, function or stream is declared");
  if (length !== handleBytes) throw reader.fail("BAD_MESSAGE", `a handle has ${length} bytes and not ${handleBytes}`);
  const kind = kindOfByte(reader.u8());
  if (kind !== undefined) return new Handle(kind, reader.u32());
  reader.position = start;
  throw reader.fail("BAD_MESSAGE", "a handle is of no known kind");
}

function readTimestamp(reader: Reader, length: number): Date {
  const start = reader.position;
  let nanoseconds = 0;
  let high = 0;
  if (length === 8) {
    const both = reader.u32();
    nanoseconds = both >>> 2;
    high = both & 3;
  } else if (length === 12) {
    nanoseconds = reader.u32();
    high = reader.i32();
  } else if (length !== 4) {
    throw reader.fail("BAD_MESSAGE", `a timestamp of ${length} bytes is none of the three forms`);
  }
  const seconds = high * 0x1_0000_0000 + reader.u32();
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
  if (nanoseconds < 1e9 && !Number.isNaN(date.getTime())) return date;
  reader.position = start;
  throw reader.fail("BAD_MESSAGE", "a timestamp is out of range");
}

function readBigint(nesting: Nesting, reader: Reader, length: number): bigint {
  const digits = nesting.bigintDigits;
  const start = reader.position;
  if (length === 0) throw reader.fail("BAD_MESSAGE", "the sign of a bigint is neither 00 nor 01");
  // The length is looked at before the number is made: making a long one takes time.
  const value = length - 1 > bytesOfDigits(digits) ? undefined : fromPayload(reader.bytes, start, length, digits);
  if (typeof value === "bigint") {
    reader.position = start + length;
    return value;
  }
  if (value !== undefined) throw reader.fail("BAD_MESSAGE", value);
  throw reader.fail("TOO_LARGE", `a bigint has more than ${digits} decimal digits (limits.bigintDigits)`);
}

function readElements(reader: Reader, length: number): ArrayBuffer | ArrayBufferView {
  const kind = length === 0 ? -1 : reader.u8();
  const element = ext.elements[kind];
  if (element === undefined) throw reader.fail("BAD_MESSAGE", "a typed array is of no known element");
  if ((length - 1) % element.size !== 0) throw reader.fail("BAD_MESSAGE", `a ${element.name} ends within an element`);
  const bytes = reader.take(length - 1, "a typed array");
  ext.order(bytes, element.size);
  return element.view === undefined ? bytes.buffer : new element.view(bytes.buffer);
}

/** Nested values end where the payload ends: the reader's end is moved there meanwhile. */
function readContainer(nesting: Nesting, reader: Reader, type: number, length: number, depth: number): object {
  const outer = reader.end;
  reader.end = reader.position + length;
  const value = readInside(nesting, reader, type, depth);
  if (reader.position !== reader.end)
    throw reader.fail("BAD_MESSAGE", "an extension goes on after its value has ended");
  reader.end = outer;
  return value;
}

function readInside(nesting: Nesting, reader: Reader, type: number, depth: number): object {
  switch (type) {
    case ext.MAP:
      return readMap(nesting, reader, depth);
    case ext.SET:
      return readSet(nesting, reader, depth);
    case ext.ERROR:
      return readError(nesting, reader, depth);
    default:
      return readRecords(nesting, reader, nesting.below(reader, depth));
  }
}

function readMap(nesting: Nesting, reader: Reader, depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  while (reader.position < reader.end) {
    if (map.size === uncountedKeys) return readLongMap(nesting, reader, depth, map);
    const { size } = map;
    nesting.spend(reader, 2);
    const key = nesting.read(reader, depth);
    map.set(key, nesting.read(reader, depth));
    if (map.size === size) throw reader.fail("BAD_MESSAGE", "a Map has a key twice");
  }
  return map;
}

function readSet(nesting: Nesting, reader: Reader, depth: number): Set<unknown> {
  const set = new Set<unknown>();
  while (reader.position < reader.end) {
    if (set.size === uncountedKeys) return readLongSet(nesting, reader, depth, set);
    const { size } = set;
    nesting.spend(reader, 1);
    set.add(nesting.read(reader, depth));
    if (set.size === size) throw reader.fail("BAD_MESSAGE", "a Set has a value twice");
  }
  return set;
}

/** The rest of a Map whose keys are many: none is set before it is known what all of them cost. */
function readLongMap(nesting: Nesting, reader: Reader, depth: number, map: Map<unknown, unknown>): typeof map {
  const start = nesting.now();
  const keys: unknown[] = [];
  const values: unknown[] = [];
  while (reader.position < reader.end) {
    nesting.spend(reader, 2);
    keys.push(nesting.read(reader, depth));
    values.push(nesting.read(reader, depth));
  }
  const pace = paceOf(nesting, reader, keys, start);
  for (let i = 0; i < keys.length; i++) {
    map.set(keys[i], values[i]);
    if (i % keysPerCheck === keysPerCheck - 1 && pace.stands()) throw colliding(reader, "it stands still");
  }
  if (map.size !== uncountedKeys + keys.length) throw reader.fail("BAD_MESSAGE", "a Map has a key twice");
  return map;
}

function readLongSet(nesting: Nesting, reader: Reader, depth: number, set: Set<unknown>): typeof set {
  const start = nesting.now();
  const values: unknown[] = [];
  while (reader.position < reader.end) {
    nesting.spend(reader, 1);
    values.push(nesting.read(reader, depth));
  }
  const pace = paceOf(nesting, reader, values, start);
  for (let i = 0; i < values.length; i++) {
    set.add(values[i]);
    if (i % keysPerCheck === keysPerCheck - 1 && pace.stands()) throw colliding(reader, "it stands still");
  }
  if (set.size !== uncountedKeys + values.length) throw reader.fail("BAD_MESSAGE", "a Set has a value twice");
  return set;
}

/** How fast the keys may be set. @throws UpcallError TOO_MANY when they collide */
function paceOf({ now }: Nesting, reader: Reader, keys: readonly unknown[], start: number): Pace {
  const end = now();
  reader.comparisons -= comparisons(keys, reader.comparisons);
  if (reader.comparisons < 0) throw colliding(reader, "they are more than limits.collisions allows");
  return new Pace(now, (end - start) / keys.length);
}

function colliding(reader: Reader, why: string): UpcallError {
  const text = `the numbers, bigints or numeric strings that are keys of a Map or values of a Set collide, so that each is compared with many others: ${why}`;
  return reader.fail("TOO_MANY", text);
}

function readError(nesting: Nesting, reader: Reader, depth: number): Error {
  const type = reader.u8();
  if (type < 0x80 || type > 0x8f) throw reader.fail("BAD_MESSAGE", "an error is not an object");
  const count = type & 0x0f;
  nesting.spend(reader, 2 * count);
  const { fresh } = reader;
  const fields = new Map<string, unknown>();
  for (let i = 0; i < count; i++) fields.set(nesting.key(reader), nesting.read(reader, depth));
  const [name, message, code, errors, own] = ["name", "message", "code", "errors", "fields"].map((key) =>
    fields.get(key),
  );
  if (typeof name !== "string" || typeof message !== "string") {
    throw reader.fail("BAD_MESSAGE", "an error has no name or no message, or they are not strings");
  }
  if (code !== undefined && typeof code !== "string")
    throw reader.fail("BAD_MESSAGE", "an error's code is not a string");
  if (errors !== undefined && !Array.isArray(errors))
    throw reader.fail("BAD_MESSAGE", "an error's errors are not an array");
  return makeError({
    name,
    message,
    ...(code !== undefined && { code }),
    ...(fields.has("cause") && { cause: fields.get("cause") }),
    ...(errors !== undefined && { errors }),
    // Other names belong to other versions. They are skipped.
    ...(isPlain(own) && { fields: own, strange: reader.fresh < 0 && reader.fresh < fresh }),
  });
}

function isPlain(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
