// The session, coming in: messages that arrive in pieces. Holds only bytes that came, and no more of them than a limit;
// a message that goes over it is given up, and its further pieces are passed over.

import type { Limits } from "../limits.ts";
import { envelope } from "../limits.ts";

interface PartialMessage {
  pieces: Uint8Array[];
  length: number;
  givenUp: boolean;
}

export class PartialMessages {
  readonly #limits: Limits;
  readonly #messages: Map<string, PartialMessage> = new Map();
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** Whether nothing of the message is here yet. */
  isNew(kind: number, call: number): boolean {
    return !this.#messages.has(`${kind}:${call}`);
  }

  /**
   * Takes a piece. Gives `"more"` while pieces are missing, the whole message after its last one, and
   * `"too-large"` after the last one of a message that was given up.
   */
  add(
    kind: number,
    call: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    more: boolean,
  ): Uint8Array | "more" | "too-large" {
    const key = `${kind}:${call}`;
    const message = this.#messages.get(key) ?? { pieces: [], length: 0, givenUp: false };
    this.#messages.set(key, message);
    const length = end - start;
    if (message.length + length > this.#limits.message + envelope || this.#bytes + length > this.#limits.partialBytes) {
      this.#bytes -= message.length;
      message.pieces = [];
      message.length = 0;
      message.givenUp = true;
    }
    if (!message.givenUp) {
      message.pieces.push(bytes.slice(start, end));
      message.length += length;
      this.#bytes += length;
    }
    if (more) return "more";
    this.#messages.delete(key);
    this.#bytes -= message.length;
    return message.givenUp ? "too-large" : join(message.pieces, message.length);
  }

  /** The sender gave the message up. */
  forget(kind: number, call: number): void {
    const key = `${kind}:${call}`;
    const message = this.#messages.get(key);
    if (message === undefined) return;
    this.#bytes -= message.length;
    this.#messages.delete(key);
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
  }
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
