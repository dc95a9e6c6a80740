// Wire, plain: raw text or bytes <-> the same as a marshalled value, by putting a head on and taking it off. So all that
// is behind a session (codec, workers) knows one form of a message, and plain bytes never pass through it twice.
//
//            n < 32     n < 256    n < 65,536   n < 2^32
//   text     (a0 + n)   d9 n:u8    da n:u16     db n:u32      then n bytes; the decoder checks that they are UTF-8
//   bytes               c4 n:u8    c5 n:u16     c6 n:u32      then n bytes
//   a list of one value: 91, then the value

/** What a plain message holds. */
export type Content = "text" | "bytes";

/** Heads with a length of 1, 2 and 4 bytes. */
const heads: Readonly<Record<Content, readonly [number, number, number]>> = {
  text: [0xd9, 0xda, 0xdb],
  bytes: [0xc4, 0xc5, 0xc6],
};
const shortText = 0xa0;
const longestShortText = 31;
const listOfOne = 0x91;

/** The message as a marshalled list of one argument; a copy. */
export function argumentsOf(content: Content, message: Uint8Array): Uint8Array {
  return withHead(content, message, 1);
}

/** The message as a marshalled value; a copy. */
export function marshalledValueOf(content: Content, message: Uint8Array): Uint8Array {
  return withHead(content, message, 0);
}

/** The bytes behind the head of the value that `bytes[start..end)` is, as a view; null when it is of another kind. */
export function messageOf(content: Content, bytes: Uint8Array, start: number, end: number): Uint8Array | null {
  const type = bytes[start];
  if (type === undefined || start >= end) return null;
  if (content === "text" && type >= shortText && type <= shortText + longestShortText)
    return exactly(bytes, start + 1, end, type - shortText);
  const size = [1, 2, 4][heads[content].indexOf(type)];
  if (size === undefined || end - start < 1 + size) return null;
  let length = 0;
  for (const byte of bytes.subarray(start + 1, start + 1 + size)) length = length * 256 + byte;
  return exactly(bytes, start + 1 + size, end, length);
}

function exactly(bytes: Uint8Array, start: number, end: number, length: number): Uint8Array | null {
  return end - start === length ? bytes.subarray(start, end) : null;
}

function withHead(content: Content, message: Uint8Array, before: 0 | 1): Uint8Array {
  const { length } = message;
  const short = content === "text" && length <= longestShortText;
  const step = length < 0x100 ? 0 : length < 0x1_0000 ? 1 : 2;
  const size = short ? 0 : 1 << step;
  const all = new Uint8Array(before + 1 + size + length);
  if (before === 1) all[0] = listOfOne;
  all[before] = short ? shortText + length : heads[content][step];
  for (let i = 0; i < size; i++) all[before + 1 + i] = length >>> (8 * (size - 1 - i));
  all.set(message, before + 1 + size);
  return all;
}
