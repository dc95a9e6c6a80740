// The session, coming in: messages that arrive in pieces. Holds only bytes that came, and no more of them than a limit;
// a message that goes over it is given up, and its further pieces are passed over.

import type { Counters } from "../../counters.ts";
import type { Limits } from "../../limits.ts";
import type { SpareMemory } from "../spare-memory.ts";

const nothing = new Uint8Array(0);

/** Once so many bytes of a message came, its sender is believed how long it will be. */
const believed = 1024 * 1024;

/** Its pieces are put together as they come: a piece kept by itself could cost more memory than it has bytes. */
interface PartialMessage {
  bytes: Uint8Array;
  length: number;
  /** When its first piece came, on the clock. */
  readonly since: number;
  /** Bytes that it will have, as its sender says; 0 where nothing was said. */
  readonly expected: number;
  givenUp: boolean;
}

export class PartialMessages {
  readonly #limits: Limits;
  readonly #spare: SpareMemory;
  readonly #counters: Pick<Counters, "memoryReused">;
  /** Null until the first: most connections never get one. */
  #messages: Map<number, PartialMessage> | null = null;
  #bytes = 0;
  /** When the message that was whole last began to come. */
  since = 0;
  /** Bytes of memory that they have: what nothing was written to costs none, but there must not be too much of it. */
  made = 0;
  /** The message whose pieces begin next, if its sender told, and how long it is. */
  #expected = -1;
  #length = 0;

  /** @param spare memory in which messages were put together before */
  constructor(limits: Limits, spare: SpareMemory, counters: Pick<Counters, "memoryReused">) {
    this.#limits = limits;
    this.#spare = spare;
    this.#counters = counters;
  }

  get size(): number {
    return this.#messages === null ? 0 : this.#messages.size;
  }

  /** Whether nothing of the message is here yet. */
  isNew(kind: number, call: number): boolean {
    return this.#messages === null || !this.#messages.has(keyOf(kind, call));
  }

  /** The pieces of a message begin, of `length` bytes together, as its sender says. */
  expect(kind: number, call: number, length: number): void {
    this.#expected = keyOf(kind, call);
    this.#length = length;
  }

  /**
   * Takes a piece. Gives `"more"` while pieces are missing, the whole message after its last one, and
   * `"too-large"` after the last one of a message that was given up.
   *
   * @param time milliseconds on the clock
   */
  add(
    kind: number,
    call: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    more: boolean,
    time = 0,
  ): Uint8Array | "more" | "too-large" {
    const key = keyOf(kind, call);
    this.#messages ??= new Map();
    const message = this.#messages.get(key) ?? this.#begin(key, time);
    const length = end - start;
    const { message: longest, partialBytes } = this.#limits;
    if (message.givenUp) return this.#next(key, message, more);
    if (message.length + length > longest || this.#bytes + length > partialBytes) {
      this.#bytes -= message.length;
      this.made -= message.bytes.length;
      message.bytes = nothing;
      message.length = 0;
      message.givenUp = true;
    } else {
      if (message.length + length > message.bytes.length) this.#grow(message, message.length + length);
      message.bytes.set(bytes.subarray(start, end), message.length);
      message.length += length;
      this.#bytes += length;
    }
    return this.#next(key, message, more);
  }

  /** The sender gave the message up. */
  forget(kind: number, call: number): void {
    const key = keyOf(kind, call);
    const message = this.#messages?.get(key);
    if (message !== undefined) this.#remove(key, message);
  }

  clear(): void {
    this.#messages = null;
    this.#bytes = 0;
    this.made = 0;
  }

  /** Twice what is needed, or all that the sender said, where it is believed; as far as a message may go. */
  #grow(message: PartialMessage, needed: number): void {
    const { message: longest, partialBytes } = this.#limits;
    const { expected, bytes } = message;
    const all = needed >= believed && expected >= needed && this.made - bytes.length + expected <= partialBytes;
    const wanted = Math.min(longest, all ? expected : needed * 2);
    const spare = all ? this.#spare.get(wanted) : null;
    if (spare !== null) this.#counters.memoryReused++;
    const larger = spare ?? new Uint8Array(wanted);
    larger.set(bytes.subarray(0, message.length));
    this.made += larger.length - bytes.length;
    message.bytes = larger;
  }

  #begin(key: number, since: number): PartialMessage {
    const expected = key === this.#expected ? this.#length : 0;
    const message = { bytes: nothing, length: 0, since, expected, givenUp: false };
    this.#messages?.set(key, message);
    return message;
  }

  #next(key: number, message: PartialMessage, more: boolean): Uint8Array | "more" | "too-large" {
    if (more) return "more";
    this.#remove(key, message);
    this.since = message.since;
    return message.givenUp ? "too-large" : message.bytes.subarray(0, message.length);
  }

  #remove(key: number, message: PartialMessage): void {
    this.#messages?.delete(key);
    this.#bytes -= message.length;
    this.made -= message.bytes.length;
  }
}

/** Both in one number: a call id has 32 bits. */
function keyOf(kind: number, call: number): number {
  return kind * 0x1_0000_0000 + call;
}
