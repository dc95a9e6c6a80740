// The session, coming in: the block of entries that an extended frame begins with, each a tag, a length and a value. It
// is room for what later versions add to a call or an answer: an entry with an odd tag may be skipped by a side that
// does not know it, one with an even tag may not. It knows what a block looks like, and no tag yet.

import { UpcallError } from "../../../errors.ts";

/** Bytes of the block's length, and those in front of each value: its tag and its length. */
const lengthBytes = 2;
const entryBytes = 3;

/** Where the body goes on behind its block. @throws UpcallError BAD_FRAME: the connection cannot go on */
export function extensionEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < lengthBytes) throw broken("has no room for its block of entries");
  const after = start + lengthBytes + u16(bytes, start);
  if (after > end) throw broken("has a shorter block of entries than it says");
  return after;
}

/**
 * The first tag of a block that must be understood and is not; -1 where there is none.
 *
 * @param start as of {@link extensionEnd}, which has looked at the block
 * @throws UpcallError BAD_FRAME where an entry does not end within the block
 */
export function unknownTag(bytes: Uint8Array, start: number, after: number): number {
  let unknown = -1;
  for (let at = start + lengthBytes; at < after; ) {
    if (after - at < entryBytes) throw broken("has an entry without its length");
    const tag = bytes[at] as number;
    at += entryBytes + u16(bytes, at + 1);
    if (at > after) throw broken("has an entry that is shorter than it says");
    if (unknown < 0 && (tag & 1) === 0) unknown = tag;
  }
  return unknown;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function broken(what: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", `an extended frame ${what}`, { reason: "BAD_FRAME", outcome: "unknown" });
}
