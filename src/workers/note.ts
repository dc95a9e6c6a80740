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
import { byteAt } from "../codec/value-reader.ts";
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
let lastIdentity: unknown = null;
let lastWritten: Uint8Array = written("", new Uint8Array(0));
let lastReadBytes: Uint8Array = new Uint8Array(0);
let lastReadPeer = "";
let lastReadIdentity: unknown = null;

/** Bytes of the note on a call of this caller. Errors: those of an identity that cannot be sent. */
export function noteLength(encoder: Encoder, peer: string, identity: unknown): number {
  if (peer !== lastPeer || identity !== lastIdentity) {
    lastWritten = written(peer, identityBytes(encoder, identity));
    lastPeer = peer;
    lastIdentity = identity;
  }
  return fixed - 1 + lastWritten.length;
}

function written(peer: string, identity: Uint8Array): Uint8Array {
  const text = toBytes.encode(peer).subarray(0, longestPeer);
  const bytes = new Uint8Array(1 + text.length + fixedIdentity + identity.length);
  bytes[0] = text.length;
  bytes.set(text, 1);
  new DataView(bytes.buffer).setUint16(1 + text.length, identity.length);
  bytes.set(identity, 1 + text.length + fixedIdentity);
  return bytes;
}

/** Writes the note whose length was asked for last. */
export function writeNote(to: Uint8Array, at: number, until: number): void {
  number[0] = until;
  for (let i = 0; i < 8; i++) to[at + i] = byteAt(numberBytes, i);
  const who = lastWritten;
  const first = at + fixed - 1;
  for (let i = 0; i < who.length; i++) to[first + i] = byteAt(who, i);
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
  for (let i = 0; i < 8; i++) numberBytes[i] = byteAt(bytes, start + i);
  const first = start + fixed - 1;
  if (!isLastRead(bytes, first)) readWho(decoder, bytes, first);
  note.until = number[0] as number;
  note.peer = lastReadPeer;
  note.identity = lastReadIdentity;
  return first + lastReadBytes.length;
}

/** Its own lengths are among the bytes that are compared, so others that go on differently are none of its. */
function isLastRead(bytes: Uint8Array, first: number): boolean {
  const who = lastReadBytes;
  for (let i = 0; i < who.length; i++) if (bytes[first + i] !== who[i]) return false;
  return who.length > 0;
}

function readWho(decoder: Decoder, bytes: Uint8Array, first: number): void {
  const identityAt = 1 + byteAt(bytes, first);
  const argumentsAt =
    identityAt + fixedIdentity + ((byteAt(bytes, first + identityAt) << 8) | byteAt(bytes, first + identityAt + 1));
  lastReadBytes = bytes.slice(first, first + argumentsAt);
  lastReadPeer = toText.decode(lastReadBytes.subarray(1, identityAt));
  lastReadIdentity = identityIn(decoder, lastReadBytes.subarray(identityAt + fixedIdentity));
}
