// The session, the caller's half: the life of each call that is made here. It begins with a deadline, goes out or waits for its
// turn, and is settled once: by its answer, its signal, its deadline, or the end of the connection. All that can end a call
// stands in this one file, so that it can be seen that each call ends. Knows neither what answers say nor how calls go out.

import { conditionsOf } from "../../../call/pending/conditions.ts";
import { CallExtras, type CallTarget } from "../../../call/pending/extras.ts";
import { type MarshalledCall, PendingCall, promiseOf } from "../../../call/pending/pending.ts";
import { unwatch } from "../../../call/pending/signals.ts";
import { watchCall } from "../../../call/pending/watch-pending.ts";
import { timeoutOf } from "../../../call/terms.ts";
import { type CallOptions, type Pipelined, sent } from "../../../contract/caller.ts";
import { type Budget, cancelsOf } from "../../../endpoint/budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import {
  argumentGone,
  cancelledError,
  expiredError,
  heldBackError,
  resultCrowded,
  resultTooLong,
} from "../../../failure/call-endings.ts";
import type { MethodEntry } from "../../../interface/define.ts";
import { kind } from "../../../wire/native/frame.ts";
import type { SessionOptions } from "../handshake/session-options.ts";
import type { FrameOutput } from "../output/output.ts";
import { Outgoing } from "./outgoing-calls.ts";
import type { Transfers } from "./plain-transfers.ts";
import { Results } from "./results.ts";
import { joined } from "./write-front.ts";

/** What is said of all its calls. */
export type CallerTerms = Pick<SessionOptions, "timeout" | "prefix" | "ordered">;

export class CallerHalf {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #peer: string;
  readonly #timeout: number;
  readonly #outgoing: Outgoing;
  /** What comes of answers. Its transfers are other ones once an interface is announced that carries more than plain data. */
  readonly results: Results;
  /** What the other side may be told of calls that are not wanted any more; made with the first of them. */
  #cancels: Budget | null = null;
  readonly #expired = (call: PendingCall): void => this.#expire(call);
  /** Why no call can be made any more; null while calls can. */
  #over: (() => UpcallError) | null = null;
  #idle: (() => void) | null = null;

  constructor(endpoint: Endpoint, output: FrameOutput, peer: string, terms: CallerTerms, transfers: Transfers) {
    const { timeout, prefix = null, ordered = true } = terms;
    this.#endpoint = endpoint;
    this.results = new Results(endpoint, output, transfers);
    this.#output = output;
    this.#peer = peer;
    this.#timeout = timeout;
    this.#outgoing = new Outgoing(endpoint, output, peer, prefix, ordered, {
      sentOneway: (call) => {
        this.#settle(call);
        call.resolve(undefined);
      },
      torn: (call) => this.cancel(call, argumentGone(call)),
    });
  }

  /** Calls that are not settled. */
  get size(): number {
    return this.#outgoing.size;
  }

  /** Calls that were given up here, and of which the other side has not said whether it read what they took along. */
  get unanswered(): number {
    return this.results.transfers.size;
  }

  /** The other side answered the greeting and said what it takes. */
  welcome(calls: number, message: number): void {
    this.#outgoing.welcome(calls, message);
  }

  /** @param order as of {@link Caller.call} @param target what is called, where it is not the interface's own object */
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
    target: CallTarget | null,
  ): Promise<unknown> {
    const call = new PendingCall(entry, number, this.#expired);
    call.receiver = this.results;
    if (target !== null || entry.method.carries !== null) this.#load(call, options, target, null);
    const promise = promiseOf(call);
    this.#make(call, args, options, order);
    // Only one without a reply can have come so far.
    return call.settled && call.id !== 0 ? sent : promise;
  }

  /** The same for a method that returns a reference, which can be called before it is here. */
  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
    target: CallTarget | null,
  ): Pipelined {
    const call = new PendingCall(entry, number, this.#expired);
    call.receiver = this.results;
    this.#load(call, options, target, null);
    const promised = this.results.transfers.promise(call, promiseOf(call), this.#outgoing.unsent);
    this.#make(call, args, options, order);
    return promised;
  }

  /**
   * Sends a call that is marshalled already and whose maker looks after its deadline. Its receiver hears how it ends; where an
   * error is thrown here it hears nothing. The same call may be passed again after that, here or on another session.
   *
   * @param target the object called, where it is not the interface's own
   * @param metadata marshalled, where there is some
   * @param order as of {@link Caller.call}
   */
  pass(
    call: MarshalledCall,
    number: number,
    target: CallTarget | null,
    metadata: Uint8Array | null,
    order: object | null,
  ): void {
    this.#enter(call, number);
    if (target === null && metadata === null) return this.#outgoing.pass(call, order);
    this.#trying(call, () => {
      this.results.transfers.load(call, this.#load(call, null, target, metadata), []);
      this.#outgoing.pass(call, order);
    });
  }

  /** The same for a call whose arguments are values. */
  passValues(
    call: PendingCall,
    number: number,
    target: CallTarget | null,
    metadata: Uint8Array | null,
    args: readonly unknown[],
    options: CallOptions,
    order: object | null,
  ): void {
    this.#enter(call, number);
    this.#trying(call, () => {
      const extras = this.#load(call, options, target, metadata);
      this.#outgoing.put(call, this.results.transfers.load(call, extras, args), options, order);
    });
  }

  /** Takes back a call that is not sent yet; false where it is sent, or settled. Its receiver hears nothing. */
  withdraw(call: PendingCall): boolean {
    if (call.settled || call.id !== 0) return false;
    this.#settle(call);
    return true;
  }

  /** Calls that were sent and not answered. */
  get sent(): PendingCall[] {
    return this.#outgoing.sent;
  }

  /**
   * Takes over a call of plain data that waited, marshalled, until there was this session. It settles in every case.
   *
   * @param metadata marshalled, where there is some @param order as of {@link Caller.call}
   */
  adopt(
    call: PendingCall,
    number: number,
    options: CallOptions | null,
    metadata: Uint8Array | null,
    body: Uint8Array,
    order: object | null,
  ): void {
    try {
      this.#enter(call, number);
      call.receiver = this.results;
      if (metadata !== null || options?.onMetadata !== undefined) this.#load(call, options, null, metadata);
      const whole = metadata === null ? body : joined(metadata, body);
      this.#trying(call, () => this.#outgoing.take(call, whole, options, order));
      if (!call.settled) this.#endpoint.platform.deadlines.add(call);
    } catch (error) {
      unwatch(call);
      call.fail(error as UpcallError);
    }
  }

  /** A call that was made elsewhere is one of this session's. */
  #enter(call: PendingCall, number: number): void {
    if (this.#over !== null) throw this.#over();
    call.number = number;
    call.onExpired = this.#expired;
    call.settled = false;
    // It may have one of another connection.
    call.id = 0;
  }

  #trying(call: PendingCall, send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#settle(call);
      throw error;
    }
  }

  /** Metadata came with an answer, which follows. */
  answered(id: number, bytes: Uint8Array, start: number, end: number): void {
    const call = this.#outgoing.find(id);
    if (call !== null) call.receiver.annotated(call, bytes, start, end);
  }

  /** A reply frame, whole. One for a call that is settled already is passed over, but for what it carries. */
  reply(id: number, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const call = this.#outgoing.find(id);
    if (call === null) return this.results.transfers.late(id, bytes, start, end);
    if (end - start > this.#endpoint.limits.message) return this.tooLarge(id);
    if (call.extras !== null) call.extras.answered = true;
    this.#settle(call);
    call.receiver.replied(call, bytes, start, end, owned);
    if (this.#endpoint.observer !== null)
      watchCall(this.#endpoint, this.#output.connection, "reply", "settle", call, 0);
  }

  /** @param unread whether the callee says that it did not read the arguments */
  failure(id: number, bytes: Uint8Array, start: number, end: number, unread: boolean): void {
    const call = this.#outgoing.find(id);
    if (call === null) return this.results.transfers.answered(id, unread);
    if (call.extras !== null) {
      call.extras.answered = call.extras.refused = true;
      call.extras.unread = unread;
    }
    this.#settle(call);
    // It was refused before all of it was sent.
    if (this.#output.long.size > 0) this.#tellCut(call);
    call.receiver.refused(call, bytes, start, end);
    if (this.#endpoint.observer !== null)
      watchCall(this.#endpoint, this.#output.connection, "reply", "settle", call, 0);
  }

  /** A reply that is longer than the limit here, or that is let go of before it is whole because memory is short. */
  tooLarge(id: number, crowded = false): void {
    const { limits, counters } = this.#endpoint;
    this.notTaken(id, (call) => {
      counters.messagesTooLarge += crowded ? 0 : 1;
      return crowded ? resultCrowded(call) : resultTooLong(call, limits.message);
    });
  }

  /** A reply that is not read. @param why makes what the caller is told */
  notTaken(id: number, why: (call: PendingCall) => UpcallError): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    this.#settle(call);
    call.fail(why(call));
  }

  /** A call that was sent and is not settled. */
  find(id: number): PendingCall | null {
    return this.#outgoing.find(id);
  }

  /** Ends the call for its caller: the signal aborted, or what was passed on is not wanted any more. */
  cancel(call: PendingCall, error: UpcallError): void {
    if (call.settled) return;
    const sent = call.id !== 0;
    this.#settle(call);
    this.#endpoint.counters.cancelled++;
    if (sent) this.tellCancelled(call);
    call.fail(error);
  }

  /** The other side hears that a call is not wanted any more, unless it heard that too often of late. */
  tellCancelled(call: PendingCall): void {
    if (this.#outgoing.stopped) return;
    // Aborted by a getter of a value that is being written: a frame here would stand in the middle of it.
    if (this.#output.busy) return this.#endpoint.platform.clock.defer(() => this.tellCancelled(call));
    // Fewer than the other side allows, so that it never closes the connection for our cancels.
    this.#cancels ??= cancelsOf(this.#endpoint, 0.75);
    if (this.#cut(call) || this.#cancels.take()) this.#output.put(kind.cancel, 0, 0, call.id, 0, null);
  }

  /** It knows by itself that a call is over, and only has to hear of a message that stays cut off. */
  #tellCut(call: PendingCall): void {
    if (this.#cut(call)) this.#output.put(kind.cancel, 0, 0, call.id, 0, null);
  }

  /** Takes back what is left of a long message; true when there was some. Then its arguments were not read. */
  #cut(call: PendingCall): boolean {
    const cut = this.#output.long.forget(kind.call, call.id);
    if (cut && call.extras !== null) this.results.transfers.answered(call.id, true);
    return cut;
  }

  /** The other side takes no new calls, and has not taken those behind `last`: each is told by `error`. */
  goneAway(last: number, error: () => UpcallError): void {
    this.#over ??= error;
    for (const call of this.#outgoing.goneAway(last)) {
      this.#settle(call);
      if (call.id !== 0) this.#tellCut(call);
      call.fail(error());
    }
  }

  /** Every call fails with the same cause, and no more can be made. `error` is made for calls that were sent, or not. */
  fail(error: (sent: boolean) => UpcallError): void {
    this.#over ??= () => error(false);
    this.#outgoing.stop();
    for (const call of this.#outgoing.all()) {
      const sent = call.id !== 0;
      this.#settle(call);
      call.fail(error(sent));
    }
    this.results.transfers.clear();
    this.#idle?.();
  }

  /** No new calls; fulfilled when the last one is settled, or null where there is none. */
  drained(error: () => UpcallError): Promise<void> | null {
    this.#over ??= error;
    if (this.size === 0) return null;
    return new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Sends calls that waited, as far as the other side and the connection take them. */
  pump(): void {
    this.#outgoing.pump();
  }

  #load(
    call: PendingCall,
    options: CallOptions | null,
    target: CallTarget | null,
    metadata: Uint8Array | null,
  ): CallExtras {
    const extras = new CallExtras(target, options, (error) => {
      if (call.settled) return;
      this.#settle(call);
      call.fail(error);
    });
    extras.metadata = metadata;
    call.extras = extras;
    return extras;
  }

  #make(call: PendingCall, args: readonly unknown[], options: CallOptions | null, order: object | null): void {
    const { platform, counters, observer } = this.#endpoint;
    try {
      counters.callsMade++;
      if (this.#over !== null) throw this.#over();
      let timeout = timeoutOf(options, call.entry.method.timeout ?? this.#timeout, this.#endpoint.limits.timeoutMost);
      if (observer !== null) watchCall(this.#endpoint, this.#output.connection, "call", "proxy", call, 0);
      if (options !== null || platform.ambient !== null) timeout = this.#conditions(call, options, timeout);
      call.deadline = Math.ceil(this.#output.time + timeout);
      const given = call.extras === null ? args : this.results.transfers.load(call, call.extras, args);
      this.#outgoing.put(call, given, options, order);
      if (!call.settled) platform.deadlines.add(call);
    } catch (error) {
      this.#settle(call);
      call.fail(error as UpcallError);
    }
  }

  #conditions(call: PendingCall, options: CallOptions | null, most: number): number {
    const cancel = (reason: unknown): void => this.cancel(call, cancelledError(call, reason));
    const { timeout, metadata } = conditionsOf(this.#endpoint, call, options, most, cancel);
    if (metadata !== null || options?.onMetadata !== undefined) {
      if (call.extras === null) this.#load(call, options, null, metadata);
      else call.extras.metadata = metadata;
    }
    return timeout;
  }

  #settle(call: PendingCall): void {
    call.settled = true;
    this.#outgoing.remove(call);
    this.#endpoint.platform.deadlines.remove(call);
    if (call.watched !== null) unwatch(call);
    if (call.extras !== null) this.results.transfers.unload(call, call.extras);
    this.#outgoing.pump();
    if (this.#idle !== null && this.size === 0) this.#idle();
  }

  #expire(call: PendingCall): void {
    const sent = call.id !== 0;
    const behind = this.#outgoing.unsent.holds(call);
    this.#settle(call);
    this.#endpoint.counters.deadlinesExceeded++;
    if (sent) this.#tellCut(call);
    call.fail(behind ? heldBackError(call, this.#peer) : expiredError(call, sent, this.#peer));
  }
}
