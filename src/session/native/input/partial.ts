// The session, coming in: messages that arrive in pieces. Holds only bytes that came, no more of them than a limit, and
// none past the deadline of their call; a message that is given up before it is whole has its further pieces passed
// over.

import type { Counters } from "../../../counters.ts";
import { type Deadlines, Timed } from "../../../endpoint/deadlines.ts";
import type { Scramble } from "../../../endpoint/id-map.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { SpareMemory } from "../../../endpoint/spare-memory.ts";
import type { Limits } from "../../../limits.ts";

const nothing = new Uint8Array(0);

/** Once so many bytes of a message came, its sender is believed how long it will be. */
const believed = 1024 * 1024;

/** What a message is of, as the header of its first piece says. */
export interface PieceHeader {
  readonly kind: number;
  readonly flags: number;
  readonly method: number;
  readonly call: number;
  readonly remaining: number;
  readonly owned: boolean;
}

/**
 * What becomes of a message: it goes on, it is too long, which is said after its last piece, or that it ended was said.
 */
type Fate = "goes-on" | "too-large" | "told";

/** Why a message is given up before it is whole: its time is over, or there is too much in all. */
export type GivenUp = "expired" | "crowded";

/** Its pieces are put together as they come: a piece kept by itself could cost more memory than it has bytes. */
class PartialMessage extends Timed {
  bytes: Uint8Array = nothing;
  length = 0;
  /** When its first piece came, on the clock. */
  readonly since: number;
  /** Bytes that it will have, as its sender says; 0 where nothing was said. */
  readonly expected: number;
  fate: Fate = "goes-on";
  readonly header: PieceHeader;
  readonly #owner: PartialMessages;

  constructor(owner: PartialMessages, header: PieceHeader, since: number, expected: number) {
    super();
    this.#owner = owner;
    this.since = since;
    this.expected = expected;
    this.header = header;
  }

  override expired(): void {
    this.#owner.expired(this);
  }
}

export interface PartialTerms {
  readonly limits: Limits;
  /** Memory in which messages were put together before. */
  readonly spare: SpareMemory;
  readonly ids: Scramble;
  readonly counters: Pick<Counters, "memoryReused">;
  readonly account: Account;
  /** A wheel of what no process waits for. */
  readonly idleTimers: Deadlines;
  /** When a message that begins now must be whole, in milliseconds on the clock. */
  readonly until: (header: PieceHeader, now: number) => number;
  /** Told of a message that is given up before its last piece came; once. */
  readonly gaveUp: (header: PieceHeader, why: GivenUp) => void;
}

export class PartialMessages {
  readonly #terms: PartialTerms;
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

  constructor(terms: PartialTerms) {
    this.#terms = terms;
  }

  get size(): number {
    return this.#messages === null ? 0 : this.#messages.size;
  }

  /** Whether nothing of the message is here yet. */
  isNew(kind: number, call: number): boolean {
    return this.#messages === null || !this.#messages.has(this.#keyOf(kind, call));
  }

  /** The pieces of a message begin, of `length` bytes together, as its sender says. */
  expect(kind: number, call: number, length: number): void {
    this.#expected = this.#keyOf(kind, call);
    this.#length = length;
  }

  /**
   * Takes a piece. Gives `"more"` while pieces are missing, the whole message after its last one, `"too-large"` after
   * the last one of a message that was too long, and `"told"` after that of one whose end was told before.
   *
   * @param time milliseconds on the clock
   */
  add(
    header: PieceHeader,
    bytes: Uint8Array,
    start: number,
    end: number,
    more: boolean,
    time: number,
  ): Uint8Array | "more" | "too-large" | "told" {
    const key = this.#keyOf(header.kind, header.call);
    const message = this.#messages?.get(key) ?? this.#begin(key, header, time);
    const length = end - start;
    const { message: longest, partialBytes } = this.#terms.limits;
    if (message.fate !== "goes-on") return this.#next(key, message, more);
    if (message.length + length > longest || this.#bytes + length > partialBytes) this.#giveUp(message, "too-large");
    else if (this.#room(message, message.length + length)) {
      message.bytes.set(bytes.subarray(start, end), message.length);
      message.length += length;
      this.#bytes += length;
    } else {
      this.#giveUp(message, "told");
      this.#terms.gaveUp(message.header, "crowded");
    }
    return this.#next(key, message, more);
  }

  /** The sender gave the message up. */
  forget(kind: number, call: number): void {
    const key = this.#keyOf(kind, call);
    const message = this.#messages?.get(key);
    if (message !== undefined) this.#remove(key, message);
  }

  /** Its time is over. */
  expired(message: PartialMessage): void {
    if (message.fate === "told") return;
    this.#giveUp(message, "told");
    this.#terms.gaveUp(message.header, "expired");
  }

  clear(): void {
    for (const message of this.#messages?.values() ?? []) this.#terms.idleTimers.remove(message);
    this.#messages = null;
    this.#bytes = 0;
    this.#terms.account.hold(-this.made);
    this.made = 0;
  }

  /** Makes room for so many bytes; false where that would be too much of all that connections hold. */
  #room(message: PartialMessage, needed: number): boolean {
    if (needed <= message.bytes.length) return true;
    if (!this.#terms.account.admits(needed - message.bytes.length)) return false;
    this.#grow(message, needed);
    return true;
  }

  /** Twice what is needed, or all that the sender said, where it is believed; as far as a message may go. */
  #grow(message: PartialMessage, needed: number): void {
    const { limits, spare, counters } = this.#terms;
    const { expected, bytes } = message;
    const all = needed >= believed && expected >= needed && this.made - bytes.length + expected <= limits.partialBytes;
    const wanted = Math.min(limits.message, all ? expected : needed * 2);
    const former = all ? spare.get(wanted) : null;
    if (former !== null) counters.memoryReused++;
    const larger = former ?? new Uint8Array(wanted);
    larger.set(bytes.subarray(0, message.length));
    this.#change(larger.length - bytes.length);
    message.bytes = larger;
  }

  #begin(key: number, header: PieceHeader, since: number): PartialMessage {
    const { until, idleTimers } = this.#terms;
    const { kind, flags, method, call, remaining } = header;
    const own = { kind, flags, method, call, remaining, owned: true };
    const message = new PartialMessage(this, own, since, key === this.#expected ? this.#length : 0);
    message.deadline = Math.ceil(until(own, since));
    idleTimers.add(message);
    this.#messages ??= new Map();
    this.#messages.set(key, message);
    return message;
  }

  #giveUp(message: PartialMessage, fate: Fate): void {
    this.#bytes -= message.length;
    this.#change(-message.bytes.length);
    message.bytes = nothing;
    message.length = 0;
    message.fate = fate;
  }

  #next(key: number, message: PartialMessage, more: boolean): Uint8Array | "more" | "too-large" | "told" {
    if (more) return "more";
    this.#remove(key, message);
    this.since = message.since;
    return message.fate === "goes-on" ? message.bytes.subarray(0, message.length) : message.fate;
  }

  #remove(key: number, message: PartialMessage): void {
    this.#terms.idleTimers.remove(message);
    this.#messages?.delete(key);
    this.#bytes -= message.length;
    this.#change(-message.bytes.length);
  }

  #change(made: number): void {
    this.made += made;
    this.#terms.account.hold(made);
  }

  /** Both in one number: a call id, which its sender chose, has 32 bits. */
  #keyOf(kind: number, call: number): number {
    return kind * 0x1_0000_0000 + this.#terms.ids.of(call);
  }
}
