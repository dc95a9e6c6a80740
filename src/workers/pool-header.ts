// Workers: what a pool's owner adds in front of the arguments of every call on a link: when the call must be over, and
// who made it: its address, and who that was found to be. A frame's header says how long a call may take from when it
// is read, and a worker may come to read it late; and the link's own other end is the owner.
//
//   0               8          10          10 + n      12 + n         12 + n + m
// +---------------+----------+-----------+-----------+--------------+------------- until: milliseconds of machineTime,
// | until (f64) | n (u16) | peer | m (u16) | identity | arguments in the machine's own order
//   +---------------+----------+-----------+-----------+--------------+-------------   peer, identity: MessagePack

import type { Decoder } from "../codec/decode.ts";
import type { Encoder } from "../codec/encode.ts";
import { byteAt } from "../codec/value-reader.ts";
import { Writer } from "../codec/writer.ts";
import { localPeer, type Peer, type PeerData, peerData, peerFrom } from "../peer.ts";
import { identityBytes, identityIn, longestIdentity } from "./identity.ts";

/** In front of the peer: the time, and the peer's length. */
const fixed = 10;
const fixedIdentity = 2;
/** Bytes of a peer. Headers and a certificate that are longer stay here: they would go with every call. */
const longestPeer = 4096;
/** Bytes of the longest note. */
export const longestPoolHeader: number = fixed + longestPeer + fixedIdentity + longestIdentity;

/** Before anything is known. */
export const noPeer: Peer = localPeer("");

const number = new Float64Array(1);
const numberBytes = new Uint8Array(number.buffer);

/** The same caller makes many calls: what says who it is, from the length of its address on, is made once, each way. */
const peers: WeakMap<Peer, Uint8Array> = new WeakMap();
let lastPeer: Peer | null = null;
let lastIdentity: unknown = null;
let lastWritten: Uint8Array = new Uint8Array(0);
let lastReadBytes: Uint8Array = new Uint8Array(0);
let lastReadPeer: Peer = noPeer;
let lastReadIdentity: unknown = null;

/** Bytes of the note on a call of this caller. @throws the errors of an identity that cannot be sent */
export function poolHeaderLength(encoder: Encoder, peer: Peer, identity: unknown): number {
  if (peer !== lastPeer || identity !== lastIdentity) {
    lastWritten = written(peerBytes(encoder, peer), identityBytes(encoder, identity));
    lastPeer = peer;
    lastIdentity = identity;
  }
  return fixed - 2 + lastWritten.length;
}

function peerBytes(encoder: Encoder, peer: Peer): Uint8Array {
  let bytes = peers.get(peer);
  if (bytes === undefined) {
    bytes = marshalled(encoder, peer);
    peers.set(peer, bytes);
  }
  return bytes;
}

function marshalled(encoder: Encoder, peer: Peer): Uint8Array {
  const { certificate, headers, ...data } = peerData(peer);
  for (const facts of [{ ...data, certificate, headers }, data]) {
    const writer = new Writer();
    try {
      encoder.value(writer, defined(facts), "peer");
      if (writer.position <= longestPeer) return writer.slice();
    } catch {
      // What a medium says of its peer may be anything.
    }
  }
  const writer = new Writer();
  const { port, local, encrypted } = data;
  const short = { address: data.address.slice(0, 255), port, local, encrypted, text: data.text.slice(0, 255) };
  encoder.value(writer, defined(short), "peer");
  return writer.slice();
}

/** Without what is undefined, which would arrive as null. */
function defined(facts: PeerData): object {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

function written(peer: Uint8Array, identity: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + peer.length + fixedIdentity + identity.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, peer.length);
  bytes.set(peer, 2);
  view.setUint16(2 + peer.length, identity.length);
  bytes.set(identity, 2 + peer.length + fixedIdentity);
  return bytes;
}

/** Writes the note whose length was asked for last. */
export function writePoolHeader(to: Uint8Array, at: number, until: number): void {
  number[0] = until;
  for (let i = 0; i < 8; i++) to[at + i] = byteAt(numberBytes, i);
  const who = lastWritten;
  const first = at + fixed - 2;
  for (let i = 0; i < who.length; i++) to[first + i] = byteAt(who, i);
}

/** A note alone. */
export function poolHeaderOf(encoder: Encoder, until: number, peer: Peer, identity: unknown): Uint8Array {
  const note = new Uint8Array(poolHeaderLength(encoder, peer, identity));
  writePoolHeader(note, 0, until);
  return note;
}

export interface PoolHeader {
  until: number;
  peer: Peer;
  identity: unknown;
}

/** Fills `note`; gives where the arguments begin. */
export function readPoolHeader(decoder: Decoder, bytes: Uint8Array, start: number, note: PoolHeader): number {
  for (let i = 0; i < 8; i++) numberBytes[i] = byteAt(bytes, start + i);
  const first = start + fixed - 2;
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
  const identityAt = 2 + lengthAt(bytes, first);
  const argumentsAt = identityAt + fixedIdentity + lengthAt(bytes, first + identityAt);
  lastReadBytes = bytes.slice(first, first + argumentsAt);
  lastReadPeer = peerFrom(Object(decoder.value(lastReadBytes, 2, identityAt)) as PeerData);
  lastReadIdentity = identityIn(decoder, lastReadBytes.subarray(identityAt + fixedIdentity));
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}
