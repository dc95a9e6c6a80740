// Workers: what a pool's owner adds in front of the arguments of every call on a link: when the call must be over, and
// who made it: its address, and who that was found to be. A frame's header says how long a call may take from when it is read, and a worker may come to read it
// late; and the link's own other end is the owner.
//
//   0               8          9           9 + n       11 + n         11 + n + m
//   +---------------+----------+-----------+-----------+--------------+-------------   until: milliseconds of machineTime,
//   | until (f64)   | n (u8)   | peer      | m (u16)   | identity     | arguments             in the machine's own order
//   +---------------+----------+-----------+-----------+--------------+-------------   peer:  UTF-8; identity: MessagePack

import type { Decoder } from "../codec/decode.ts";
import type { Encoder } from "../codec/encode.ts";
import { identityBytes, identityIn, longestIdentity } from "./identity.ts";

/** In front of the peer, and of the identity. */
const fixed = 9;
const fixedIdentity = 2;
const longestPeer = 255;
/** Bytes of the longest note. */
export const longestNote: number = fixed + longestPeer + fixedIdentity + longestIdentity;

const number = new Float64Array(1);
const numberBytes = new Uint8Array(number.buffer);
const toBytes = new TextEncoder();
const toText = new TextDecoder();

/** The same caller makes many calls: what says who it is, from the length of its address on, is made once, each way. */
let lastPeer = "";
let lastIdentity: Uint8Array | null = null;
let lastWritten: Uint8Array = new Uint8Array(0);
let lastReadBytes: Uint8Array = new Uint8Array(0);
let lastReadPeer = "";
let lastReadIdentity: unknown = null;

/** Bytes of the note on a call of this caller. Errors: those of an identity that cannot be sent. */
export function noteLength(encoder: Encoder, peer: string, identity: unknown): number {
  const bytes = identityBytes(encoder, identity);
  if (peer !== lastPeer || bytes !== lastIdentity) {
    const text = toBytes.encode(peer).subarray(0, longestPeer);
    lastWritten = new Uint8Array(1 + text.length + fixedIdentity + bytes.length);
    lastWritten[0] = text.length;
    lastWritten.set(text, 1);
    new DataView(lastWritten.buffer).setUint16(1 + text.length, bytes.length);
    lastWritten.set(bytes, 1 + text.length + fixedIdentity);
    lastPeer = peer;
    lastIdentity = bytes;
  }
  return fixed - 1 + lastWritten.length;
}

/** Writes the note whose length was asked for last. */
export function writeNote(to: Uint8Array, at: number, until: number): void {
  number[0] = until;
  for (let i = 0; i < 8; i++) to[at + i] = numberBytes[i] ?? 0;
  const { length } = lastWritten;
  const first = at + fixed - 1;
  for (let i = 0; i < length; i++) to[first + i] = lastWritten[i] ?? 0;
}

/** A note alone. */
export function noteOf(encoder: Encoder, until: number, peer: string, identity: unknown): Uint8Array {
  const note = new Uint8Array(noteLength(encoder, peer, identity));
  writeNote(note, 0, until);
  return note;
}

export interface Note {
  until: number;
  peer: string;
  identity: unknown;
}

/** Fills `note`; gives where the arguments begin. */
export function readNote(decoder: Decoder, bytes: Uint8Array, start: number, note: Note): number {
  for (let i = 0; i < 8; i++) numberBytes[i] = bytes[start + i] ?? 0;
  const first = start + fixed - 1;
  const identityAt = first + 1 + (bytes[first] ?? 0);
  const end = identityAt + fixedIdentity + (((bytes[identityAt] ?? 0) << 8) | (bytes[identityAt + 1] ?? 0));
  const length = end - first;
  let same = length === lastReadBytes.length;
  for (let i = 0; same && i < length; i++) same = bytes[first + i] === lastReadBytes[i];
  if (!same) {
    lastReadBytes = bytes.slice(first, end);
    lastReadPeer = toText.decode(lastReadBytes.subarray(1, identityAt - first));
    lastReadIdentity = identityIn(decoder, lastReadBytes.subarray(identityAt - first + fixedIdentity));
  }
  note.until = number[0] ?? 0;
  note.peer = lastReadPeer;
  note.identity = lastReadIdentity;
  return end;
}
