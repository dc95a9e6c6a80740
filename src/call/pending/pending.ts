// The session, the caller's half: calls that were sent and wait for their reply, in a ring indexed by their id. Ids
// go up; one whose place is still taken by a slow call is passed over, so finding a call is one masked index.

import { Timed } from "../../endpoint/deadlines.ts";
import type { UpcallError } from "../../errors.ts";
import type { MethodEntry } from "../../interface/define.ts";
import type { CallExtras } from "./extras.ts";

/**
 * Who gets what comes of a call from the other side: one for all calls that a session's proxies make; what is passed on
 * has its own. A session settles the call before it says so.
 */
export interface Receiver {
  /** Metadata came with an answer, which follows: then the call is not settled yet. */
  annotated(call: PendingCall, bytes: Uint8Array, start: number, end: number): void;
  /** The result, marshalled. @param owned whether nothing else uses `bytes` again */
  replied(call: PendingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** The failure, marshalled. */
  refused(call: PendingCall, bytes: Uint8Array, start: number, end: number): void;
}

/** Of a call that no session has: no answer can come. */
const noReceiver: Receiver = { annotated() {}, replied() {}, refused() {} };

/** A signal, and what listens to it for one call. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
  /** Where a call has more than one. */
  readonly other: Watched | null;
}

/** One call on its way out and back. It has few fields, because hundreds of thousands of them may wait at once. */
export class PendingCall extends Timed {
  /** 0 while it waits for its turn: the peer does not know it yet. */
  id = 0;
  readonly entry: MethodEntry;
  /** The number of the method on this connection. */
  number: number;
  resolve: (value: unknown) => void = nothingTold;
  reject: (error: UpcallError) => void = nothingTold;
  receiver: Receiver = noReceiver;
  /** What ends it early; null for most calls. */
  watched: Watched | null = null;
  settled = false;
  /** What it has beyond plain data; null for most. */
  extras: CallExtras | null = null;
  onExpired: (call: PendingCall) => void;

  constructor(entry: MethodEntry, number: number, onExpired: (call: PendingCall) => void) {
    super();
    this.entry = entry;
    this.number = number;
    this.onExpired = onExpired;
  }

  /** Whether it is over for its caller when it was sent. */
  get oneway(): boolean {
    return this.entry.method.kind === "oneway";
  }

  override expired(): void {
    if (!this.settled) this.onExpired(this);
  }

  /** Its last piece has gone, where it went in pieces; or the rest of it was given up. */
  gone(): void {}

  /** No answer came, or none that can be read: tells the one that waits for it. */
  fail(error: UpcallError): void {
    this.reject(error);
    if (this.extras !== null) this.extras.over?.settled(null, error);
  }
}

/** A call whose body is here already: some bytes, and what follows them, where the body is long. */
export interface MarshalledCall extends PendingCall {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly tail: Uint8Array | null;
}

// One executor for all promises of calls: a closure for each would be garbage on the hot path.
let resolveNew: (value: unknown) => void;
let rejectNew: (error: UpcallError) => void;
const executor = (resolve: (value: unknown) => void, reject: (error: UpcallError) => void): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** The promise that this call settles. */
export function promiseOf(call: PendingCall): Promise<unknown> {
  const promise = new Promise<unknown>(executor);
  call.resolve = resolveNew;
  call.reject = rejectNew;
  return promise;
}

function nothingTold(): void {}

const largestId = 0xffff_ffff;
/** A connection that makes one call at a time needs no more. */
const fewestSlots = 4;

export class PendingRing {
  #slots: (PendingCall | null)[] = [];
  #mask = -1;
  #next: number;
  /** The calls that waited when ids last went round, which is every 2^32 calls; null while they never did. */
  #before: WeakSet<PendingCall> | null = null;
  size = 0;

  /** @param first the first id that is given */
  constructor(first = 1) {
    this.#next = first;
  }

  /** Gives the call its id. */
  add(call: PendingCall): void {
    this.pass(call);
    this.keep(call);
  }

  /** A call that has its id already is found by it from now on. */
  keep(call: PendingCall): void {
    this.#slots[call.id & this.#mask] = call;
    this.size++;
  }

  /** Gives an id to a call that waits for no reply. It needs one of its own: pieces of two of them may be under way. */
  pass(call: PendingCall): void {
    if (this.size * 2 > this.#mask) this.#grow();
    let id = this.#next;
    while (this.#slots[id & this.#mask] !== null) id = id === largestId ? this.#goRound(this.all()) : id + 1;
    this.#next = id === largestId ? this.#goRound([...this.all(), call]) : id + 1;
    call.id = id;
  }

  /** The call of this id, or null when it was settled already, or never was. */
  find(id: number): PendingCall | null {
    const call = this.#slots[id & this.#mask] ?? null;
    return call !== null && call.id === id ? call : null;
  }

  remove(call: PendingCall): void {
    if (this.find(call.id) !== call) return;
    this.#slots[call.id & this.#mask] = null;
    this.size--;
  }

  /**
   * The calls that were sent after the one with the id `last`. Since ids last went round they have only grown; of a
   * call that is older than that nothing is said, however its id compares.
   */
  behind(last: number): PendingCall[] {
    const before = this.#before;
    // An id that was not given yet since then is one of the round before.
    const all = before !== null && last >= this.#next;
    return this.all().filter((call) => (all || call.id > last) && !(before?.has(call) ?? false));
  }

  #goRound(waiting: readonly PendingCall[]): number {
    this.#before = new WeakSet(waiting);
    return 1;
  }

  /** Every call, oldest ids not necessarily first; the ring may be changed meanwhile. */
  all(): PendingCall[] {
    return this.#slots.filter((call) => call !== null);
  }

  /** Twice the slots: calls that differed in fewer bits of their ids still do, so none meets another. */
  #grow(): void {
    const calls = this.all();
    const length = Math.max(fewestSlots, this.#slots.length * 2);
    // Not by its length: an array that began with holes is read more slowly for ever.
    this.#slots = [];
    while (this.#slots.length < length) this.#slots.push(null);
    this.#mask = length - 1;
    for (const call of calls) this.#slots[call.id & this.#mask] = call;
  }
}
