// Workers: one call of a pool, between the caller's session and the link to a worker: for the one it is the dispatcher's
// end of an upcall, for the other a call that is marshalled already and is its own receiver: what comes of it is passed on
// as bytes, and decoded here only where the method carries something.

import { metadataIn } from "../call/metadata.ts";
import type { CallExtras } from "../call/pending/extras.ts";
import { type MarshalledCall, PendingCall, type Receiver } from "../call/pending/pending.ts";
import type { ReferenceCaller } from "../call/pending/reference-caller.ts";
import { letGo } from "../call/pending/reference-caller.ts";
import { copy } from "../codec/copy.ts";
import type { IncomingCall, Target } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import { resultUnreadable } from "../failure/call-endings.ts";
import { resultTooLarge } from "../failure/call-refusals.ts";
import { failureIn } from "../failure/read-error.ts";
import type { Interface } from "../interface/define.ts";
import type { BodyMemory } from "./body-memory.ts";
import { poolHeaderLength, writePoolHeader } from "./pool-header.ts";
import { onMachine } from "./progress.ts";

/** The worker that has a call. */
export interface CallHolder {
  /** The call was answered. */
  done(call: PoolCall): void;
  /** No answer will come: the worker is gone, or gave none long after the deadline. */
  failed(call: PoolCall, error: UpcallError): void;
  /** The caller does not want it any more: the upcall's signal aborts. */
  cancel(call: PoolCall): void;
  /** The last piece of it is on its way. */
  lighter(call: PoolCall): void;
  /** What a reply brings besides plain data. @throws UpcallError when it cannot be read */
  read(call: PoolCall, extras: CallExtras, bytes: Uint8Array, start: number, end: number): unknown;
}

/** A method in the workers. */
export interface PooledMethod extends Target {
  readonly subject: Interface;
  /** Its place in the interface. */
  readonly index: number;
}

export class PoolCall extends PendingCall implements Receiver, MarshalledCall {
  readonly incoming: IncomingCall;
  readonly target: PooledMethod;
  /** Its note and its marshalled arguments stay here until it is settled, for it may have to move. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Arguments that are too long to be copied in one turn, as they came; null for most. */
  readonly tail: Uint8Array | null;
  /** What the method gets where it carries something: that had to be decoded, and is marshalled again. */
  args: readonly unknown[] | null = null;
  /** The object that is called, in one of the workers; null where any of them will do. */
  object: ReferenceCaller | null = null;
  /** What came with it, marshalled again; null for most. */
  metadata: Uint8Array | null = null;
  /** Where it is; null while it waits. */
  member: CallHolder | null = null;
  /** As how many calls it counts for the worker that has it. */
  weight = 1;
  /** Milliseconds on the clock at which it began to wait, and where in its queue it does. */
  since = 0;
  place = 0;
  /** Its caller does not want it any more: it does not move. */
  cancelled = false;
  readonly #endpoint: Endpoint;

  /**
   * @param bytes from `start` to `end` the arguments, copied here
   * @param owned whether `bytes` are not used again: then long ones are not
   */
  constructor(
    endpoint: Endpoint,
    bodies: BodyMemory,
    incoming: IncomingCall,
    target: PooledMethod,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
  ) {
    super(target.entry, 0, unsent);
    this.receiver = this;
    this.#endpoint = endpoint;
    this.incoming = incoming;
    this.target = target;
    const note = poolHeaderLength(endpoint.ownEncoder, incoming.peer, incoming.identity);
    this.tail = owned && end - start > endpoint.limits.piece ? bytes.subarray(start, end) : null;
    const copied = this.tail === null ? end - start : 0;
    bodies.room(note + copied);
    this.bytes = bodies.bytes;
    this.start = bodies.start;
    this.end = this.start + note + copied;
    writePoolHeader(this.bytes, this.start, onMachine(incoming.deadline));
    if (this.tail === null) copy(bodies, this.start + note, bytes, start, end);
  }

  override gone(): void {
    this.member?.lighter(this);
  }

  /** For the link it waits for its answer in any case: a worker that has it must be known. */
  override get oneway(): boolean {
    return false;
  }

  annotated(_call: PendingCall, bytes: Uint8Array, start: number, end: number): void {
    try {
      this.incoming.answer(metadataIn(this.#endpoint, bytes, start, end));
    } catch {
      // It cannot be read, or is too much together with what was answered before; the answer itself is worth more.
    }
  }

  replied(_call: PendingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const { member, extras, incoming, entry } = this;
    if (extras === null || member === null || (entry.method.carries?.returns ?? null) === null)
      return this.#returnedBody(bytes, start, end, owned);
    let value: unknown;
    try {
      value = member.read(this, extras, bytes, start, end);
    } catch (error) {
      this.#over();
      return incoming.failed(resultUnreadable(this, error));
    }
    this.#over();
    incoming.returned(value);
    letGo(this.#endpoint.platform.references, value);
  }

  #over(): void {
    this.member?.done(this);
  }

  #returnedBody(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const { limits, counters, platform } = this.#endpoint;
    const { incoming, target } = this;
    this.#over();
    // The worker had all of them, and they were not shared.
    if (this.tail !== null) platform.spare.give(this.tail, limits.partialBytes);
    if (end - start <= limits.message) return incoming.returnedBody(bytes, start, end, owned);
    // The link takes a little more than a session, for the note.
    counters.messagesTooLarge++;
    incoming.failed(resultTooLarge(target.entry.fullName, end - start, limits.message));
  }

  /** The worker counted it as well, but is asked only at its end. */
  refused(_call: PendingCall, bytes: Uint8Array, start: number, end: number): void {
    const { counters, ownDecoder } = this.#endpoint;
    this.#over();
    const { reason, outcome } = failureIn(ownDecoder, bytes, start, end);
    if (reason === "THROWN") counters.upcallsThrown += outcome === "executed" ? 1 : 0;
    else if (reason === "EXPIRED") counters.expired++;
    else if (reason === "TOO_LARGE" && outcome === "executed") counters.messagesTooLarge++;
    else if (reason !== "BUSY" && outcome === "not-executed") counters.badArguments++;
    this.incoming.failedBody(bytes, start, end);
  }

  override fail(error: UpcallError): void {
    this.member?.failed(this, error);
  }
}

/** It has no deadline before it is passed on. */
function unsent(): void {}
