// The session, going out: long messages, which wait here and leave in pieces, each message in its turn, so that other
// frames pass between them. Knows the layout of a frame, and not where it goes.

import { flag, headerLength, putHeader } from "../../wire/native/frame.ts";

/** A long message on its way out. */
interface LongMessage {
  readonly kind: number;
  readonly flags: number;
  readonly method: number;
  readonly call: number;
  readonly remaining: number;
  readonly body: Uint8Array;
  sent: number;
}

export class LongMessages {
  #messages: LongMessage[] = [];
  /** Bytes of them that are not sent. */
  bytes = 0;

  get size(): number {
    return this.#messages.length;
  }

  add(message: LongMessage): void {
    this.#messages.push(message);
    this.bytes += message.body.length;
  }

  /** The next frame, in memory of its own, of a message of which there is one: at most `most` bytes of its body. */
  next(most: number): Uint8Array {
    const message = this.#messages.shift() as LongMessage;
    const end = Math.min(message.sent + most, message.body.length);
    const more = end < message.body.length;
    const { kind, method, call, remaining } = message;
    const length = end - message.sent;
    const frame = new Uint8Array(headerLength + length);
    const flags = message.flags | (more ? flag.more : 0);
    putHeader(new DataView(frame.buffer), 0, length, kind, flags, method, call, remaining);
    frame.set(message.body.subarray(message.sent, end), headerLength);
    message.sent = end;
    this.bytes -= length;
    if (more) this.#messages.push(message);
    return frame;
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
    this.bytes -= message.body.length - message.sent;
    return true;
  }

  clear(): void {
    this.#messages = [];
    this.bytes = 0;
  }
}
