// Codec, on the way down: the heads of MessagePack's own arrays and maps, in the smallest form. It knows no values.
import type { Writer } from "./writer.ts";

/** Writes the head of an array of `length` items. */
export function putArrayHead(writer: Writer, length: number): void {
  writer.ensure(5);
  if (length < 16) {
    writer.u8(0x90 | length);
  } else if (length < 0x1_0000) {
    writer.u8(0xdc);
    writer.u16(length);
  } else {
    writer.u8(0xdd);
    writer.u32(length);
  }
}

/** Leaves room for the head of a map whose entries are counted while they are written. @returns what closeMap wants */
export function openMap(writer: Writer): number {
  writer.ensure(1);
  return ++writer.position;
}

/** Writes the head before the entries that begin at `start`, moving more than 15 of them by two bytes or four. */
export function closeMap(writer: Writer, count: number, start: number): void {
  if (count < 16) {
    writer.bytes[start - 1] = 0x80 | count;
    return;
  }
  const wide = count > 0xffff;
  writer.widen(start, wide ? 4 : 2);
  const end = writer.position;
  writer.position = start - 1;
  writer.u8(wide ? 0xdf : 0xde);
  if (wide) writer.u32(count);
  else writer.u16(count);
  writer.position = end;
}
