// The session, going out: long messages, which wait here and leave in pieces, each message in its turn, so that other
// frames pass between them. Knows the layout of a frame, and not where it goes.

import type { Writer } from "../../../codec/writer.ts";
import type { Limits } from "../../../limits.ts";
import { flag, headerLength, kind as kinds, putHeader, travelsInPieces } from "../../../wire/native/frame.ts";
import { Pacing } from "./pacing.ts";

/** What a message is put together from. */
export type Parts = readonly Uint8Array[];

/** A long message on its way out. */
class LongMessage {
  readonly kind: number;
  readonly flags: number;
  readonly method: number;
  readonly call: number;
  readonly remaining: number;
  readonly length: number;
  sent = 0;
  /** What is not sent of it begins at this place of this one of its parts. */
  readonly #parts: readonly Uint8Array[];
  readonly #lengths: readonly number[];
  #part = 0;
  #at = 0;

  constructor(
    kind: number,
    flags: number,
    method: number,
    call: number,
    remaining: number,
    parts: readonly Uint8Array[],
  ) {
    this.kind = kind;
    this.flags = flags;
    this.method = method;
    this.call = call;
    this.remaining = remaining;
    this.#parts = parts;
    this.#lengths = parts.map(({ length }) => length);
    this.length = this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  /** A part's memory was given away before it was sent. */
  get torn(): boolean {
    return this.#parts.some(({ length }, index) => index >= this.#part && length !== this.#lengths[index]);
  }

  /** Takes the next bytes of its body, as many as `target` has room for behind `at`. */
  take(target: Uint8Array, at: number, end: number): void {
    for (let to = at; to < end; ) {
      const part = this.#parts[this.#part];
      if (part === undefined) return;
      const n = Math.min(end - to, part.length - this.#at);
      target.set(part.subarray(this.#at, this.#at + n), to);
      to += n;
      this.#at += n;
      this.sent += n;
      if (this.#at < part.length) continue;
      this.#part++;
      this.#at = 0;
    }
  }
}

/** Whether a body is sent in pieces: where it has many bytes, or some and there is no room for them now. */
export function isLong(
  { piece, unsentPause }: Limits,
  outbox: { readonly unsent: number },
  frameKind: number,
  length: number,
): boolean {
  return length > piece || (outbox.unsent - length - headerLength > unsentPause && travelsInPieces(frameKind));
}

export class LongMessages {
  /** Told of a call that cannot be sent to its end, because the memory of an argument was given away. */
  torn: ((call: number) => void) | null = null;
  /** Told of a call of which nothing is left here: its last piece was handed over, or the rest was given up. */
  gone: ((call: number) => void) | null = null;
  /** Bytes of them that are not sent. */
  bytes = 0;
  #messages: LongMessage[] = [];
  /** The call whose last piece was written, and is not handed over yet; 0 for none. */
  #last = 0;
  /** Null until the first piece: most connections never send one. */
  #pacing: Pacing | null = null;

  get size(): number {
    return this.#messages.length;
  }

  /** Whether there is a piece to be sent, and it may be sent now. */
  get ready(): boolean {
    return this.#messages.length > 0 && (this.#pacing?.room ?? true);
  }

  /** Bytes of pieces that were sent, and not read at the other end, as far as is known. */
  get underWay(): number {
    return this.#pacing?.underWay ?? 0;
  }

  /** @param parts its body, put together from these, which stay as they are until it is sent */
  add(
    kind: number,
    flags: number,
    method: number,
    call: number,
    remaining: number,
    parts: readonly Uint8Array[],
  ): void {
    const message = new LongMessage(kind, flags, method, call, remaining, parts);
    this.#messages.push(message);
    this.bytes += message.length;
  }

  /**
   * Writes the next frame, with at most `most` bytes of a message's body, and a ping behind it; before a message's
   * first one, how long it is. False where the message cannot be sent.
   */
  next(writer: Writer, most: number, now: number): boolean {
    const message = this.#messages.shift();
    if (message === undefined) return false;
    const { kind, flags, method, call, remaining } = message;
    if (message.torn) {
      // It is still here when the hook is told, and so can be given up.
      this.#messages.push(message);
      this.torn?.(call);
      this.forget(kind, call);
      return false;
    }
    const pacing = this.#pacing ?? new Pacing();
    this.#pacing = pacing;
    const length = Math.min(most, message.length - message.sent);
    const begins = message.sent === 0 && length < message.length;
    const more = message.sent + length < message.length;
    const head = begins ? headerLength : 0;
    const body = head + headerLength;
    writer.ensure(body + length + headerLength);
    const { view } = writer;
    if (begins) putHeader(view, 0, 0, kinds.length, flag.skippable, kind, call, message.length);
    putHeader(view, head, length, kind, flags | (more ? flag.more : 0), method, call, remaining);
    message.take(writer.bytes, body, body + length);
    this.bytes -= length;
    if (more) this.#messages.push(message);
    else if (kind === kinds.call) this.#last = call;
    writer.position = body + length + headerLength;
    putHeader(view, body + length, 0, kinds.ping, 0, 0, pacing.sent(writer.position, now), 0);
    return true;
  }

  /** The piece that was written last was handed over. */
  handed(): void {
    const call = this.#last;
    this.#last = 0;
    if (call !== 0) this.gone?.(call);
  }

  /** A pong for a piece came. */
  answered(id: number, now: number): void {
    this.#pacing?.answered(id, now);
  }

  /** Whether some of a message is left. */
  has(kind: number, call: number): boolean {
    return this.#messages.some((message) => message.call === call && message.kind === kind);
  }

  /** Gives up what is left of a message; true when there was some. */
  forget(kind: number, call: number): boolean {
    const index = this.#messages.findIndex((message) => message.call === call && message.kind === kind);
    const [message] = index < 0 ? [] : this.#messages.splice(index, 1);
    if (message === undefined) return false;
    this.bytes -= message.length - message.sent;
    if (kind === kinds.call) this.gone?.(call);
    return true;
  }

  clear(): void {
    this.#messages = [];
    this.bytes = 0;
  }
}
