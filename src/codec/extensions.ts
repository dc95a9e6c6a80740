// Codec: the extensions, byte by byte: what MessagePack has no type for. Encoder and decoder both read this table;
// it knows neither.
//
//   type  what            payload
//   ----  --------------  ------------------------------------------------------------------------------------------
//     -1  Date            MessagePack's own timestamp, in the smallest of its three forms
//                           4 bytes   seconds u32
//                           8 bytes   nanoseconds (30 bits) seconds (34 bits)
//                          12 bytes   nanoseconds u32, seconds i64
//      0  undefined       1 byte      00
//      1  bigint          sign (00 positive, 01 negative), magnitude: big-endian, no leading 00; zero is 00 alone
//      2  Map             key value key value ...      each MessagePack, to the end of the payload; no key twice
//      3  Set             value value ...              each MessagePack, to the end of the payload; no value twice
//      4  typed array     element (table below), elements: little-endian
//      5  Error           one MessagePack map: name and message (strings) and, where it has them, code (string), cause
//                         (any value), errors (array), fields (a map: its other own properties). Other names are
//                         skipped. The stack is not sent.
//      6  Date            1 byte      00: the invalid date
//      7  handle          kind u8 (00 the sender's object, 01 the receiver's own, 02 the sender's stream), number u32;
//                         only as a whole value or as an element of the arguments, and where it is allowed
//      8  records         an array of at least one plain object, all with the same keys in the same order:
//                         keys (one MessagePack array of strings, at least one, none twice), then record after record
//                         the values of its keys, each MessagePack, to the end of the payload
//   9 and over, -2 and under: reserved; a message with one is refused
//
//   element  00 ArrayBuffer   01 DataView       02 Int8Array     03 Uint8ClampedArray  04 Int16Array    05 Uint16Array
//            06 Int32Array    07 Uint32Array    08 Float32Array  09 Float64Array       0a BigInt64Array
//            0b BigUint64Array                  (a Uint8Array is MessagePack's own bin)
//
//   An extension stands behind one of MessagePack's heads: fixext 1/2/4/8/16  (d4..d8 type), ext 8 (c7 u8 type),
//   ext 16 (c8 u16 type), ext 32 (c9 u32 type). We write the smallest; where values stand inside, ext
//   8/16/32 only, because their length is known last. Towards the limits, Map, Set and Error count as if they were
//   arrays and maps, and records as the array of maps that they stand for.
import type { Writer } from "./writer.ts";

export const TIMESTAMP = -1;
export const UNDEFINED = 0;
export const BIGINT = 1;
export const MAP = 2;
export const SET = 3;
export const TYPED_ARRAY = 4;
export const ERROR = 5;
export const INVALID_DATE = 6;
export const HANDLE = 7;
export const RECORDS = 8;

/** A class whose instances show the bytes of an ArrayBuffer. */
interface ViewClass {
  new (buffer: ArrayBuffer): ArrayBufferView;
  readonly BYTES_PER_ELEMENT?: number;
}

/** A row of the second table; its place there is its byte. `view` is absent for the ArrayBuffer itself. */
export interface Element {
  readonly name: string;
  readonly size: number;
  readonly view?: ViewClass;
}

const row = (view: ViewClass): Element => ({ name: view.name, size: view.BYTES_PER_ELEMENT ?? 1, view });

export const elements: readonly Element[] = [
  { name: "ArrayBuffer", size: 1 },
  row(DataView),
  row(Int8Array),
  row(Uint8ClampedArray),
  row(Int16Array),
  row(Uint16Array),
  row(Int32Array),
  row(Uint32Array),
  row(Float32Array),
  row(Float64Array),
  row(BigInt64Array),
  row(BigUint64Array),
];

/** The error classes that come back as themselves. AggregateError is not here: it is told by its `errors`. */
export const errorClasses: ReadonlyMap<string, ErrorConstructor> = new Map([
  ["Error", Error],
  ["EvalError", EvalError],
  ["RangeError", RangeError],
  ["ReferenceError", ReferenceError],
  ["SyntaxError", SyntaxError],
  ["TypeError", TypeError],
  ["URIError", URIError],
]);

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns elements from this machine's byte order to the wire's, or back, in place. `foreign` is for tests. */
export function order(bytes: Uint8Array, size: number, foreign: boolean = !littleEndian): void {
  if (!foreign || size === 1) return;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Writes the smallest head of an extension whose length is known; makes room for the payload as well. */
export function putHead(writer: Writer, type: number, length: number): void {
  writer.ensure(6 + length);
  if (length === 1 || length === 2 || length === 4 || length === 8 || length === 16) {
    writer.u8(0xd4 + Math.log2(length));
  } else if (length < 0x100) {
    writer.u8(0xc7);
    writer.u8(length);
  } else if (length < 0x1_0000) {
    writer.u8(0xc8);
    writer.u16(length);
  } else {
    writer.u8(0xc9);
    writer.u32(length);
  }
  writer.u8(type);
}

/** Leaves room for the head of an extension whose length comes out last. @returns what closeHead wants */
export function openHead(writer: Writer): number {
  writer.ensure(3);
  writer.position += 3;
  return writer.position;
}

/** Writes the head before the payload that began at `start`, moving a payload over 255 bytes by one or three. */
export function closeHead(writer: Writer, type: number, start: number): void {
  const length = writer.since(start);
  const extra = length < 0x100 ? 0 : length < 0x1_0000 ? 1 : 3;
  if (extra > 0) writer.widen(start, extra);
  const end = writer.position;
  writer.position = start - 3;
  writer.u8(extra === 0 ? 0xc7 : extra === 1 ? 0xc8 : 0xc9);
  if (extra === 0) writer.u8(length);
  else if (extra === 1) writer.u16(length);
  else writer.u32(length);
  writer.u8(type);
  writer.position = end;
}
