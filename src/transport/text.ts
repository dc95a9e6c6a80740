// The transport: Node's own fast ways from UTF-8 to strings and back, handed to the codec, which knows no platform.

import type { TextPlatform } from "../codec/utf8.ts";

/** Node's own, as methods of any byte array: they read `this` as bytes and need no Buffer. */
type Slice = (this: Uint8Array, start: number, end: number) => string;
type Write = (this: Uint8Array, text: string, at: number) => number;

const node = Buffer.prototype as unknown as {
  readonly utf8Slice: Slice;
  readonly utf8Write: Write;
};
const utf8Slice: Slice = node.utf8Slice;
const utf8Write: Write = node.utf8Write;

export const nodeText: TextPlatform = {
  utf8: (bytes, start, end) => utf8Slice.call(bytes, start, end),
  write: (bytes, at, text) => utf8Write.call(bytes, text, at),
};
