// Codec: strings and numbers to bytes, the two commonest values. It knows nothing of containers and limits.
import { loneSurrogate, refused } from "./not-marshallable.ts";
import { hasLoneSurrogate, type TextPlatform } from "./utf8.ts";
import type { Writer } from "./writer.ts";

/**
 * Code units up to which a loop here is faster than the platform. The engine may hold a longer string in parts or as a
 * part of another, and reads each unit through them. Its head may also have more than one byte.
 */
const maxLoopUnits = 12;

/** Writes a string. @throws UpcallError NOT_MARSHALLABLE when it has a lone surrogate */
export function putText(writer: Writer, text: string, platform: TextPlatform): void {
  if (text.length > maxLoopUnits || !(putAscii(writer, text) || putShort(writer, text)))
    putLong(writer, text, platform);
}

/** Writes a short string byte by byte. @returns false, with nothing written, when it is not ASCII */
function putAscii(writer: Writer, text: string): boolean {
  const length = text.length;
  writer.ensure(1 + maxLoopUnits);
  const { bytes, position } = writer;
  const start = position + 1;
  let all = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    all |= unit;
    bytes[start + i] = unit;
  }
  if (all > 0x7f) return false;
  bytes[position] = 0xa0 | length;
  writer.position = start + length;
  return true;
}

/** The same in UTF-8. @returns false, with nothing written, when it has surrogates, or 32 bytes and so a longer head */
function putShort(writer: Writer, text: string): boolean {
  writer.ensure(1 + 3 * maxLoopUnits);
  const { bytes, position } = writer;
  let at = position + 1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if (unit >= 0xd800 && unit < 0xe000) {
      return false;
    } else {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  const length = at - position - 1;
  if (length > 31) return false;
  bytes[position] = 0xa0 | length;
  writer.position = at;
  return true;
}

const headSize = (length: number): number => (length < 32 ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5);

/** The head is first written as for an ASCII string, and made wider when the string is not ASCII. */
function putLong(writer: Writer, text: string, platform: TextPlatform): void {
  writer.ensure(5 + 3 * text.length);
  const head = writer.position;
  const guess = headSize(text.length);
  const length = platform.write(writer.bytes, head + guess, text);
  if (length !== text.length && hasLoneSurrogate(text)) throw refused(loneSurrogate);
  const size = headSize(length);
  writer.position = head + guess + length;
  if (size > guess) writer.widen(head + guess, size - guess);
  const end = writer.position;
  writer.position = head;
  if (size === 1) {
    writer.u8(0xa0 | length);
  } else if (size === 2) {
    writer.u8(0xd9);
    writer.u8(length);
  } else if (size === 3) {
    writer.u8(0xda);
    writer.u16(length);
  } else {
    writer.u8(0xdb);
    writer.u32(length);
  }
  writer.position = end;
}

/** Writes a number: whole ones up to 2^53 - 1 in the smallest form there is, all others as float 64. */
export function putNumber(writer: Writer, value: number): void {
  writer.ensure(9);
  if ((value | 0) === value) {
    if (value > 0 || Object.is(value, 0)) putUnsigned(writer, value);
    else if (value < 0) putNegative(writer, value);
    else putFloat(writer, value);
  } else if (Number.isSafeInteger(value)) {
    putWide(writer, value);
  } else {
    putFloat(writer, value);
  }
}

function putUnsigned(writer: Writer, value: number): void {
  if (value < 0x80) {
    writer.u8(value);
  } else if (value < 0x100) {
    writer.u8(0xcc);
    writer.u8(value);
  } else if (value < 0x1_0000) {
    writer.u8(0xcd);
    writer.u16(value);
  } else {
    writer.u8(0xce);
    writer.u32(value);
  }
}

function putNegative(writer: Writer, value: number): void {
  if (value >= -0x20) {
    writer.u8(value);
  } else if (value >= -0x80) {
    writer.u8(0xd0);
    writer.u8(value);
  } else if (value >= -0x8000) {
    writer.u8(0xd1);
    writer.u16(value);
  } else {
    writer.u8(0xd2);
    writer.u32(value);
  }
}

function putWide(writer: Writer, value: number): void {
  if (value > 0 && value < 0x1_0000_0000) {
    putUnsigned(writer, value);
  } else {
    writer.u8(value > 0 ? 0xcf : 0xd3);
    writer.u32(Math.floor(value / 0x1_0000_0000));
    writer.u32(value);
  }
}

function putFloat(writer: Writer, value: number): void {
  writer.u8(0xcb);
  // Every NaN is sent as the same bytes: its other bits could tell the peer something.
  writer.f64(Number.isNaN(value) ? Number.NaN : value);
}
