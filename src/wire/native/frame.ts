// The native wire: the frame header, the same in all versions, and the first bytes of a connection. Pure layout.
//
//   first bytes, each way, once:      f5 'u' 'p' 'c'  version
//
//   every frame, all numbers in network byte order:
//
//    0               4       5       6       8               12              16
//    +---------------+-------+-------+-------+---------------+---------------+---------- ...
//    | body's length | kind  | flags | method| call id       | remaining ms  | body
//    +---------------+-------+-------+-------+---------------+---------------+---------- ...
//
// The header alone says whose call it is and where it goes: a bad argument costs its call and not the connection, and a
// program that only routes never decodes a body. `method` counts through all methods that the sender has announced,
// interface after interface: one number names both.

/** 0xf5 is in no UTF-8 text, and begins neither TLS, HTTP nor SSH. */
export const magic: readonly number[] = [0xf5, 0x75, 0x70, 0x63];
export const version = 1;
export const prefaceLength: number = magic.length + 1;
export const headerLength = 16;

/** What a frame is. 19 to 31 are kept for later; what is added is sent only where both sides named its feature. */
export const kind = {
  /** The first frame of the side that connected; its answer; its refusal, after which the connection ends. */
  greeting: 1,
  welcome: 2,
  refusal: 3,
  /** More interfaces, numbered on from those before. */
  announce: 4,
  call: 5,
  reply: 6,
  failure: 7,
  cancel: 8,
  /** Call id: the stream; `remaining`: how many bytes of items more its reader takes. */
  credit: 9,
  release: 10,
  /** Call id: the stream. Items back to back, or a piece of a long one. */
  item: 11,
  /** Call id: the stream. Nothing follows: it is finished, or failed as the body says. */
  end: 12,
  /** Call id: the last call that was taken; those with higher ids were not, and no more will be. */
  goAway: 13,
  ping: 14,
  pong: 15,
  /** Call id: every call below it is settled for the caller, so its kept reply may go. */
  settledBelow: 16,
  /** Call id: the stream. Its reader takes no more; the body may say why. */
  stop: 17,
  /**
   * Call id: a message whose pieces begin now; `method`: its kind; `remaining`: the bytes of all of them. A hint, which
   * may be skipped.
   */
  length: 18,
} as const;

export const lastKnownKind = 18;

export const flag = {
  /** More pieces of this message, or of this item, follow. */
  more: 0x01,
  /** A call that wants no reply. */
  oneway: 0x02,
  /** The body begins with the number of the object called (u32); without it, the interface's own object is. */
  target: 0x04,
  /**
   * That number is the id of a call of the sender's: what it will return is called. In a release: call ids are given
   * back.
   */
  promised: 0x08,
  /** A failure of a call whose arguments were not read: what they referred to is not held. */
  unread: 0x10,
  /**
   * A call, a reply or a failure whose body begins with a block of entries, behind its length (u16); what else there is
   * follows it. Sent only where both sides named the feature `extended`.
   */
  extended: 0x20,
  /**
   * A call, a reply or a failure whose body begins with metadata, behind its length (u16); what else there is follows
   * it.
   */
  annotated: 0x40,
  /** Who does not know the frame's kind may skip it. */
  skippable: 0x80,
} as const;

/** What is optional on this wire and understood here: said in the greeting and in its answer. */
export const features: readonly string[] = ["extended"];

/** Bytes at most of a body that is not looked at: of a goAway, a ping, a pong, a cancel and a settledBelow. */
export const longestIgnored = 1024;

/** Messages of these kinds may travel in pieces; the others are always one frame, and pass pieces. */
export function travelsInPieces(frameKind: number): boolean {
  return frameKind === kind.call || frameKind === kind.reply || frameKind === kind.failure;
}

/** Writes the first bytes of a connection and gives the position after them. */
export function putPreface(bytes: Uint8Array, at: number): number {
  bytes.set(magic, at);
  bytes[at + magic.length] = version;
  return at + prefaceLength;
}

/** Writes a header for the `length` bytes of body behind it. The hot path: no object, no loop. */
export function putHeader(
  view: DataView,
  at: number,
  length: number,
  frameKind: number,
  flags: number,
  method: number,
  call: number,
  remaining: number,
): void {
  view.setUint32(at, length);
  view.setUint32(at + 4, ((frameKind << 24) | (flags << 16) | method) >>> 0);
  view.setUint32(at + 8, call);
  view.setUint32(at + 12, remaining);
}
