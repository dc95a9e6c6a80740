// The native wire, coming in: chunks of bytes -> frames. Whole frames are read in place; only what a chunk leaves
// incomplete is copied, and never more than has arrived. Knows nothing of what a frame means.

import { type Reason, UpcallError } from "../../errors.ts";
import { flag, headerLength, lastKnownKind, magic, prefaceLength, travelsInPieces, version } from "./frame.ts";
import { guess } from "./strangers.ts";

/** Where frames go. `bytes` are valid during the call only. */
export interface FrameSink {
  /** One frame; its header is in the reader's fields. False: read no further. */
  frame(reader: FrameReader, bytes: Uint8Array, start: number, end: number): boolean;
}

/** Nothing is read any more. */
export const nowhere: FrameSink = { frame: () => false };

const nothing = new Uint8Array(0);
const largestCarryKept = 4096;

export class FrameReader {
  /** The header of the frame being given to the sink. */
  kind = 0;
  flags = 0;
  method = 0;
  call = 0;
  remaining = 0;
  /** The version that the other side's first bytes named; 0 until they are here. */
  version = 0;

  /**
   * Bytes of a frame's body; a longer one is refused by its header alone. It grows once the greeting was understood.
   */
  longest: number;

  /** Where frames go: one that is assigned while frames are read gets those from the next one on. */
  sink: FrameSink = nowhere;

  /** Whether a piece of a message may be given to the sink as it comes, as several smaller ones. */
  parts = false;

  /** Whether the bytes given to the sink belong to it: they will not be used again. */
  owned = false;

  /** Whether the bytes given to the sink belong to a frame of which it was given some already. */
  continued = false;

  #carry: Uint8Array = nothing;
  #carried = 0;
  #stopped = false;
  /** Bytes to come of a frame that is given to the sink as it comes. */
  #left = 0;

  /** @param longest see {@link FrameReader.longest} */
  constructor(longest: number) {
    this.longest = longest;
  }

  /** Bytes of memory held for a frame that is not complete. */
  get held(): number {
    return this.#carry.length;
  }

  /**
   * Takes what arrived and gives every frame that is complete to the sink.
   *
   * @param sink default: the last one
   * @throws UpcallError INVALID_ARGUMENT with BAD_GREETING, BAD_VERSION or BAD_FRAME; nothing can be read after one
   */
  push(chunk: Uint8Array, sink: FrameSink = this.sink): void {
    this.sink = sink;
    this.#stopped = false;
    let at = this.#left === 0 ? 0 : this.#part(chunk, 0);
    while (this.#carried > 0 && at < chunk.length) {
      const wanted = this.#wanted(this.#carry, 0, this.#carried);
      const taken = Math.min(wanted - this.#carried, chunk.length - at);
      this.#keep(chunk, at, at + taken, wanted);
      at += taken;
      if (this.#carried < this.#wanted(this.#carry, 0, this.#carried)) {
        if (!this.#begins(this.#carry, 0, this.#carried)) continue;
        this.#carried = 0;
        at = this.#part(chunk, at);
        continue;
      }
      const length = this.#carried;
      const whole = this.#carry;
      this.#carried = 0;
      this.owned = length > largestCarryKept;
      if (this.owned) this.#carry = nothing;
      this.#read(whole, 0, length);
      this.owned = false;
      if (this.#stopped) return;
    }
    if (this.#stopped || this.#left > 0) return;
    const rest = this.#read(chunk, at, chunk.length);
    if (rest < chunk.length && !this.#stopped)
      this.#keep(chunk, rest, chunk.length, this.#wanted(chunk, rest, chunk.length));
  }

  /**
   * Whether a frame that is not whole is given as it comes: a piece whose message goes on behind it is as good as
   * several smaller ones, and where it is put together is the only place to which it need be copied.
   */
  #begins(bytes: Uint8Array, at: number, end: number): boolean {
    if (!this.parts || end - at < headerLength) return false;
    const first = u32(bytes, at + 4);
    if ((first & (flag.more << 16)) === 0 || !travelsInPieces(first >>> 24)) return false;
    this.#header(bytes, at);
    this.#left = u32(bytes, at);
    return true;
  }

  /** Gives what is here of such a frame; its header is still in the fields. Gives the position of the rest. */
  #part(bytes: Uint8Array, start: number): number {
    const end = Math.min(bytes.length, start + this.#left);
    this.#left -= end - start;
    if (start < end) {
      this.#stopped = !this.sink.frame(this, bytes, start, end);
      this.continued = this.#left > 0;
    }
    return end;
  }

  /** Reads what is complete and gives the position of the rest. */
  #read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.version === 0) {
      checkPreface(bytes, at, end);
      if (end - at < prefaceLength) return at;
      this.version = bytes[at + magic.length] ?? 0;
      if (this.version !== version) throw otherVersion(this.version);
      at += prefaceLength;
    }
    while (end - at >= headerLength) {
      const length = u32(bytes, at);
      this.#check(bytes, at, length);
      const body = at + headerLength;
      if (end - body < length) return this.#begins(bytes, at, end) ? this.#part(bytes, body) : at;
      this.#header(bytes, at);
      at = body + length;
      if (!this.sink.frame(this, bytes, body, at)) {
        this.#stopped = true;
        return at;
      }
    }
    return at;
  }

  #header(bytes: Uint8Array, at: number): void {
    const first = u32(bytes, at + 4);
    this.kind = first >>> 24;
    this.flags = (first >>> 16) & 0xff;
    this.method = first & 0xffff;
    this.call = u32(bytes, at + 8);
    this.remaining = u32(bytes, at + 12);
  }

  /** How many bytes the frame (or the preface) that begins at `at` has, as far as what is here tells. */
  #wanted(bytes: Uint8Array, at: number, end: number): number {
    if (this.version === 0) return prefaceLength;
    if (end - at < headerLength) return headerLength;
    const length = u32(bytes, at);
    this.#check(bytes, at, length);
    return headerLength + length;
  }

  #check(bytes: Uint8Array, at: number, length: number): void {
    if (length > this.longest) throw tooLong(length, this.longest);
    if (((bytes[at + 5] as number) & flag.extended) !== 0) checkExtended(bytes[at + 4] as number);
  }

  /** Keeps bytes for later, growing by doubling and never beyond what is wanted or twice what arrived. */
  #keep(bytes: Uint8Array, start: number, end: number, wanted: number): void {
    const needed = this.#carried + end - start;
    if (this.#carry.length < needed) {
      const larger = new Uint8Array(Math.max(64, Math.min(Math.max(wanted, needed), needed * 2)));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#carried);
    this.#carried = needed;
  }
}

/** Four bytes that are known to be there. */
function u32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return ((high << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}

function checkPreface(bytes: Uint8Array, start: number, end: number): void {
  for (let i = 0; i < magic.length && start + i < end; i++) {
    if (bytes[start + i] !== magic[i])
      throw broken(
        "BAD_GREETING",
        `the first bytes are not those of upcall's native wire: ${guess(bytes.subarray(start, end))}`,
      );
  }
}

const otherVersion = (theirs: number): UpcallError =>
  broken(
    "BAD_VERSION",
    `the other side speaks version ${theirs} of the native wire; this one speaks version ${version}`,
  );

const tooLong = (length: number, longest: number): UpcallError =>
  broken("BAD_FRAME", `a frame declares ${length} bytes; the limit is ${longest}`);

/**
 * What goes on behind a block of entries is said of three kinds only; a kind that is not known may be skipped with it.
 */
function checkExtended(kind: number): void {
  if (kind > lastKnownKind || travelsInPieces(kind)) return;
  throw broken("BAD_FRAME", `a frame of kind ${kind} cannot be extended (flag 0x20)`);
}

function broken(reason: Reason, message: string): UpcallError {
  return new UpcallError("INVALID_ARGUMENT", message, { reason, outcome: "unknown" });
}
