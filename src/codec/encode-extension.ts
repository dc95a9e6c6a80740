// Codec: the extensions' payloads, from values to bytes, as drawn in extensions.ts. It knows of the encoder only that
// it writes a nested value.
import { isOver, toPayload } from "./bigint.ts";
import { entriesOf, fieldsOfError, isAggregate, timeOf, valuesOf, viewBytes, viewName } from "./classes.ts";
import * as ext from "./extensions.ts";
import { type Handle, handleBytes } from "./handle.ts";
import { closeMap, openMap } from "./heads.ts";
import { errorWithoutText, protoKey, refused, writingGetter } from "./not-marshallable.ts";
import type { Writer } from "./writer.ts";

/** What an extension with values inside asks of the encoder. */
export interface Nested {
  /** Writes a value whose containers stand at `depth`. */
  put(writer: Writer, value: unknown, depth: number): void;
  text(writer: Writer, text: string): void;
  /** The depth inside a container that stands at `depth`. @throws UpcallError TOO_DEEP */
  below(depth: number): number;
  /** Counts `n` nodes. @throws UpcallError TOO_MANY */
  spend(writer: Writer, n: number): void;
}

export function putBigint(writer: Writer, value: bigint, bound: bigint): void {
  if (isOver(value, bound)) throw refused("is a bigint with too many digits", "TOO_LARGE");
  const payload = toPayload(value);
  ext.putHead(writer, ext.BIGINT, payload.length);
  writer.copy(payload);
}

export function putDate(writer: Writer, date: object): void {
  const time = timeOf(date);
  if (Number.isNaN(time)) {
    ext.putHead(writer, ext.INVALID_DATE, 1);
    writer.u8(0);
    return;
  }
  const seconds = Math.floor(time / 1000);
  const nanoseconds = (time - seconds * 1000) * 1e6;
  const high = Math.floor(seconds / 0x1_0000_0000);
  if (high === 0 && nanoseconds === 0) {
    ext.putHead(writer, ext.TIMESTAMP, 4);
  } else if (high >= 0 && high < 4) {
    ext.putHead(writer, ext.TIMESTAMP, 8);
    writer.u32(nanoseconds * 4 + high);
  } else {
    ext.putHead(writer, ext.TIMESTAMP, 12);
    writer.u32(nanoseconds);
    writer.u32(high);
  }
  writer.u32(seconds);
}

export function putHandle(writer: Writer, { kind, id }: Handle): void {
  ext.putHead(writer, ext.HANDLE, handleBytes);
  writer.u8(kind);
  writer.u32(id);
}

export function putMap(nested: Nested, writer: Writer, map: object, depth: number): void {
  const start = ext.openHead(writer);
  for (const [key, value] of entriesOf(map)) {
    nested.spend(writer, 2);
    nested.put(writer, key, depth);
    nested.put(writer, value, depth);
  }
  ext.closeHead(writer, ext.MAP, start);
}

export function putSet(nested: Nested, writer: Writer, set: object, depth: number): void {
  const start = ext.openHead(writer);
  for (const value of valuesOf(set)) {
    nested.spend(writer, 1);
    nested.put(writer, value, depth);
  }
  ext.closeHead(writer, ext.SET, start);
}

export function putView(writer: Writer, view: ArrayBufferView): void {
  const bytes = viewBytes(view);
  const name = viewName(view);
  if (name === "Uint8Array") putBinary(writer, bytes);
  else putElements(writer, name, bytes);
}

function putBinary(writer: Writer, bytes: Uint8Array): void {
  const length = bytes.length;
  writer.ensure(5);
  if (length < 0x100) {
    writer.u8(0xc4);
    writer.u8(length);
  } else if (length < 0x1_0000) {
    writer.u8(0xc5);
    writer.u16(length);
  } else {
    writer.u8(0xc6);
    writer.u32(length);
  }
  writer.place(bytes);
}

export function putBuffer(writer: Writer, buffer: ArrayBuffer): void {
  putElements(writer, "ArrayBuffer", new Uint8Array(buffer));
}

function putElements(writer: Writer, name: string, bytes: Uint8Array): void {
  const kind = ext.elements.findIndex((element) => element.name === name);
  const element = ext.elements[kind];
  if (element === undefined) throw refused(`is an instance of class ${name}`);
  ext.putHead(writer, ext.TYPED_ARRAY, 1 + bytes.length);
  writer.u8(kind);
  const start = writer.position;
  writer.copy(bytes);
  ext.order(writer.bytes.subarray(start, writer.position), element.size);
}

export function putError(nested: Nested, writer: Writer, error: Error, depth: number): void {
  // Each is read once, before anything is written: any of them may be a getter.
  const before = writer.position;
  const { name, message } = error;
  const code: unknown = "code" in error ? error.code : undefined;
  const hasCause = Object.hasOwn(error, "cause");
  const cause = hasCause ? error.cause : undefined;
  const listed: unknown = isAggregate(error, name) ? error.errors : undefined;
  const errors = Array.isArray(listed) ? listed : undefined;
  const fields = fieldsOfError(error, { code, errors });
  if (typeof name !== "string" || typeof message !== "string") throw refused(errorWithoutText);
  if (writer.position !== before) throw refused(writingGetter);
  const count =
    2 + Number(typeof code === "string") + Number(hasCause) + Number(errors !== undefined) + Number(fields.length > 0);
  nested.spend(writer, 2 * count);
  const start = ext.openHead(writer);
  writer.ensure(1);
  writer.u8(0x80 | count);
  nested.text(writer, "name");
  nested.text(writer, name);
  nested.text(writer, "message");
  nested.text(writer, message);
  if (typeof code === "string") {
    nested.text(writer, "code");
    nested.text(writer, code);
  }
  if (hasCause) {
    nested.text(writer, "cause");
    nested.put(writer, cause, depth);
  }
  if (errors !== undefined) {
    nested.text(writer, "errors");
    nested.put(writer, errors, depth);
  }
  if (fields.length > 0) {
    nested.text(writer, "fields");
    putFields(nested, writer, error, fields, nested.below(depth));
  }
  ext.closeHead(writer, ext.ERROR, start);
}

function putFields(nested: Nested, writer: Writer, error: Error, keys: readonly string[], depth: number): void {
  nested.spend(writer, 2 * keys.length);
  const start = openMap(writer);
  for (const key of keys) {
    if (key === "__proto__") throw refused(protoKey);
    nested.text(writer, key);
    const before = writer.position;
    const value: unknown = Reflect.get(error, key);
    if (writer.position !== before) throw refused(writingGetter);
    nested.put(writer, value, depth);
  }
  closeMap(writer, keys.length, start);
}
