// The session, the caller's half: calls on their way out. A call is marshalled once and then sent with this turn, or
// waits until the other side takes more.

import { type MarshalledCall, type PendingCall, PendingRing } from "../../../call/pending/pending.ts";
import type { WaitingCalls } from "../../../call/pending/waiting-calls.ts";
import { watchCall, watchSent } from "../../../call/pending/watch-pending.ts";
import { copy } from "../../../codec/copy.ts";
import type { CallOptions } from "../../../contract/caller.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { argumentsTooLong } from "../../../failure/call-endings.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { PrefixOf } from "../handshake/session-options.ts";
import type { FrameOutput } from "../output/output.ts";
import type { OrdersOwner } from "./orders.ts";
import { PiecedCalls, type PiecedTerms } from "./pieced.ts";
import { UnsentCalls } from "./unsent.ts";
import { address, fillIn, flagsOf, numberFor, prefix } from "./write-front.ts";

export class Outgoing implements OrdersOwner {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #peer: string;
  readonly #prefix: PrefixOf | null;
  readonly #terms: PiecedTerms;
  readonly #pieced: PiecedCalls;
  readonly #ring: PendingRing = new PendingRing();
  readonly unsent: UnsentCalls;
  readonly #waiting: WaitingCalls;
  #stopped = false;
  #pumping = false;
  /** What the other side takes at once: little before its greeting's answer, then what that said. */
  #calls: number;
  #bytes: number;
  #message: number;

  constructor(
    endpoint: Endpoint,
    output: FrameOutput,
    peer: string,
    prefix: PrefixOf | null,
    ordered: boolean,
    terms: PiecedTerms,
  ) {
    this.#endpoint = endpoint;
    this.#prefix = prefix;
    this.#output = output;
    this.#peer = peer;
    this.#terms = terms;
    this.#calls = endpoint.limits.earlyCalls;
    this.#bytes = endpoint.limits.earlyBytes;
    this.#message = endpoint.limits.message;
    this.unsent = new UnsentCalls(endpoint, output, peer, ordered, this);
    this.#waiting = this.unsent.waiting;
    this.#pieced = new PiecedCalls(endpoint.platform.clock, output.long, this.unsent, this.#ring, terms);
  }

  get size(): number {
    return this.#ring.size + this.unsent.size;
  }

  get busy(): boolean {
    return this.#output.busy;
  }

  /** Nothing is sent any more, not even what waited. */
  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The other side takes no more; gives the calls that it has not taken: those behind `last`, and those that wait. */
  goneAway(last: number): PendingCall[] {
    this.#calls = 0;
    return [...this.unsent.all(), ...this.#ring.behind(last)];
  }

  find(id: number): PendingCall | null {
    return this.#ring.find(id);
  }

  get sent(): PendingCall[] {
    return this.#ring.all();
  }

  all(): PendingCall[] {
    return this.size === 0 ? [] : [...this.#ring.all(), ...this.unsent.all()];
  }

  remove(call: PendingCall): void {
    if (call.id !== 0) this.#ring.remove(call);
    else this.unsent.remove(call);
  }

  /** The other side answered the greeting and said what it takes. */
  welcome(calls: number, message: number): void {
    this.#calls = calls;
    this.#bytes = Number.POSITIVE_INFINITY;
    this.#message = Math.min(message, this.#endpoint.limits.message);
    this.pump();
  }

  /**
   * Marshals a call and sends it, or lets it wait.
   * @throws UpcallError INVALID_ARGUMENT, RESOURCE_EXHAUSTED, all `not-executed`
   *
   * @param order as of {@link Caller.call}
   */
  put(call: PendingCall, args: readonly unknown[], options: CallOptions | null, order: object | null): void {
    const output = this.#output;
    if (this.unsent.size >= this.#endpoint.limits.waiting) throw this.unsent.tooMany;
    const barrier = this.unsent.barrier(call, options, order);
    const number = call.extras === null ? 0 : numberFor(call.extras);
    const room = barrier === null && this.#waiting.size === 0 && this.#room() && number !== null;
    const writer = output.begin();
    writer.takesBeside = true;
    try {
      if (call.extras !== null) address(writer, call.extras, number ?? 0);
      if (this.#prefix !== null) prefix(writer, this.#prefix(options));
      this.#endpoint.encoder.list(writer, args, "arguments");
    } catch (error) {
      writer.takesBeside = false;
      output.drop();
      throw error;
    }
    writer.takesBeside = false;
    // A getter of the arguments may have aborted the call.
    if (call.settled) return output.drop();
    const { length } = output;
    if (length > this.#message) {
      output.drop();
      throw this.#tooLong(call, length);
    }
    if (this.#endpoint.observer !== null)
      watchCall(this.#endpoint, this.#output.connection, "call", "encode", call, length);
    if (room && length <= this.#bytes && this.#fits(length)) {
      if (this.#send(call, length, null)) this.unsent.lead(call, options, order);
    } else this.unsent.add(call, this.#taken(length), barrier, options, order);
  }

  #tooLong(call: PendingCall, length: number): UpcallError {
    this.#endpoint.counters.messagesTooLarge++;
    return argumentsTooLong(call, length, this.#message, this.#peer);
  }

  /** The body that was just marshalled, of so many bytes, for later. */
  #taken(length: number): Uint8Array {
    const body = this.#output.copied;
    this.#output.drop();
    if (!this.#fits(length)) throw this.unsent.tooMany;
    return body;
  }

  #isLong(body: Uint8Array): boolean {
    return body.length > this.#endpoint.limits.piece;
  }

  /**
   * The same for a call that was marshalled before there was a connection.
   * @throws UpcallError RESOURCE_EXHAUSTED, `not-executed`
   */
  take(call: PendingCall, body: Uint8Array, options: CallOptions | null, order: object | null): void {
    if (body.length > this.#message) throw this.#tooLong(call, body.length);
    this.unsent.add(call, body, this.unsent.barrier(call, options, order), options, order);
    this.pump();
  }

  /** Sends a call that is marshalled already, and was given its turn and its deadline elsewhere. */
  pass(call: MarshalledCall, order: object | null): void {
    const barrier = this.unsent.barrier(call, null, order);
    if (barrier !== null) this.unsent.hold(barrier, call, null);
    else if (this.#pass(call)) this.unsent.lead(call, null, order);
  }

  /** True where it goes in pieces. */
  #pass(call: MarshalledCall): boolean {
    const { extras, bytes, start, end, tail } = call;
    const number = extras === null || extras.target === null ? 0 : extras.target.number();
    const writer = this.#output.begin();
    if (extras !== null) address(writer, extras, number);
    writer.ensure(end - start);
    copy(writer, writer.position, bytes, start, end);
    writer.position += end - start;
    this.#ring.add(call);
    const flags = call.extras === null ? 0 : flagsOf(call.extras);
    let left = true;
    // What follows a long body's beginning is not copied.
    if (tail === null) left = this.#output.commit(kind.call, flags, call.number, call.id, 0);
    else {
      const head = this.#output.copied;
      this.#output.drop();
      this.#output.putLong(kind.call, flags, call.number, call.id, 0, [head, tail]);
    }
    if (left) this.#pieced.begin(call);
    return left;
  }

  go(call: PendingCall, body: Uint8Array | null): boolean {
    if (body === null) return this.#pass(call as MarshalledCall);
    if (this.#waiting.size > 0 || !this.#goes(call, body)) {
      this.#waiting.put(call, body);
      return this.#isLong(body);
    }
    return !call.settled && this.#write(call, body);
  }

  later(fn: () => void): void {
    this.#endpoint.platform.clock.defer(fn);
  }

  /** Sends calls that waited, as far as the other side and the connection take them. */
  pump(): void {
    // A call that settles here comes here again: the loop below goes on with the next, not the stack.
    if (this.#pumping || this.#waiting.size === 0) return;
    this.#pumping = true;
    try {
      this.#pump();
    } finally {
      this.#pumping = false;
    }
  }

  #pump(): void {
    while (this.#waiting.size > 0 && !this.#stopped && !this.#output.busy) {
      const [call, body] = this.#waiting.first;
      if (!this.#goes(call, body)) return;
      // Its object was closed, or never returned.
      if (call.settled) continue;
      this.#waiting.remove(call);
      this.#write(call, body);
    }
  }

  /**
   * Whether a call that waited can be sent now; also where it ends here, because nothing can be made of it any more.
   */
  #goes(call: PendingCall, body: Uint8Array): boolean {
    if (!this.#room() || body.length > this.#bytes || !this.#fits(body.length)) return false;
    // It may be late by the clock before the wheel has turned.
    if (call.deadline <= this.#endpoint.platform.clock.now()) call.expired();
    else if (call.extras !== null) return fillIn(call.extras, body);
    return true;
  }

  /** Sends a call that waited; true where it goes in pieces. */
  #write(call: PendingCall, body: Uint8Array): boolean {
    const long = this.#isLong(body);
    if (!long) {
      const writer = this.#output.begin();
      writer.ensure(body.length);
      copy(writer, writer.position, body, 0, body.length);
      writer.position += body.length;
    }
    return this.#send(call, body.length, long ? body : null);
  }

  #room(): boolean {
    return this.#ring.size < this.#calls && this.#output.unsent < this.#endpoint.limits.unsentPause;
  }

  /** Whether long messages leave room for one more of this length; short ones pass between them. */
  #fits(length: number): boolean {
    const { piece, waitingBytes } = this.#endpoint.limits;
    if (length <= piece) return true;
    const waiting = this.#output.long.bytes;
    return (waiting === 0 || waiting + length <= waitingBytes) && this.#output.account.admits(length);
  }

  /**
   * The body is in the output already, unless it is given: the call gets its id and goes out with this turn. True where
   * it goes in pieces: then others may pass it.
   */
  #send(call: PendingCall, length: number, body: Uint8Array | null): boolean {
    this.#bytes -= length;
    const remaining = Math.max(1, Math.floor(call.deadline - this.#output.time));
    const { oneway } = call;
    if (oneway) this.#ring.pass(call);
    else this.#ring.add(call);
    const flags = (oneway ? flag.oneway : 0) | (call.extras === null ? 0 : flagsOf(call.extras));
    const left = body === null && this.#output.commit(kind.call, flags, call.number, call.id, remaining);
    if (body !== null) this.#output.putLong(kind.call, flags, call.number, call.id, remaining, [body]);
    if (this.#endpoint.observer !== null) watchSent(this.#endpoint, this.#output, call, length);
    if (left || body !== null) {
      this.#pieced.begin(call);
      return true;
    }
    if (oneway) this.#terms.sentOneway(call);
    return false;
  }
}
