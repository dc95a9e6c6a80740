// The session, the caller's half: a call becomes a frame with an id and a deadline, or waits for its turn; a reply
// settles it. Whatever dies, every call settles, by its deadline at the latest.

import { type Aim, Cargo } from "../../../call/pending/cargo.ts";
import { conditionsOf } from "../../../call/pending/conditions.ts";
import { PendingCall, promiseOf } from "../../../call/pending/pending.ts";
import { unwatch } from "../../../call/pending/signals.ts";
import { watchAnswer, watchCall } from "../../../call/pending/watch-pending.ts";
import { timeoutOf } from "../../../call/terms.ts";
import { type CallOptions, type Pipelined, sent } from "../../../contract/caller.ts";
import type { Household } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import {
  argumentGone,
  cancelledError,
  expiredError,
  heldBackError,
  resultCrowded,
  resultTooLong,
  resultUnreadable,
} from "../../../failure/call-endings.ts";
import { failureIn } from "../../../failure/read-error.ts";
import type { MethodEntry } from "../../../interface/define.ts";
import type { Carriage } from "../carrying/carriage.ts";
import type { SessionOptions } from "../handshake/session-options.ts";
import type { Outbox } from "../output/outbox.ts";
import { tellAnswer } from "./answers.ts";
import { Loading } from "./loading.ts";
import { Outgoing } from "./outgoing.ts";
import { PassedCalls } from "./passed.ts";
import { Telling } from "./telling.ts";

/** What is said of all its calls. */
export type CallerTerms = Pick<SessionOptions, "timeout" | "note" | "ordered">;

export class CallerHalf {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #peer: string;
  readonly #timeout: number;
  readonly #outgoing: Outgoing;
  readonly #loading: Loading;
  #telling: Telling | null = null;
  #passed: PassedCalls | null = null;
  readonly #expired = (call: PendingCall): void => this.#expire(call);
  /** Why no call can be made any more; null while calls can. */
  #over: (() => UpcallError) | null = null;
  #idle: (() => void) | null = null;

  constructor(home: Household, outbox: Outbox, peer: string, terms: CallerTerms, carriage: () => Carriage) {
    const { timeout, note = null, ordered = true } = terms;
    this.#home = home;
    this.#loading = new Loading(home, outbox, carriage);
    this.#outbox = outbox;
    this.#peer = peer;
    this.#timeout = timeout;
    this.#outgoing = new Outgoing(home, outbox, peer, note, ordered, {
      sentOneway: (call) => {
        this.#settle(call);
        call.resolve(undefined);
      },
      torn: (call) => this.cancel(call, argumentGone(call)),
    });
  }

  /** Calls that are passed on for a pool. */
  get passed(): PassedCalls {
    this.#passed ??= new PassedCalls(this.#home, this.#outgoing, this.#loading, {
      expired: this.#expired,
      over: () => this.#over?.() ?? null,
      load: (call, options, aim) => this.#load(call, options, aim),
      settle: (call) => this.#settle(call),
    });
    return this.#passed;
  }

  /** Calls that are not settled. */
  get size(): number {
    return this.#outgoing.size;
  }

  /** Calls that were given up here, and of which the other side has not said whether it read what they took along. */
  get unanswered(): number {
    return this.#loading.size;
  }

  /** The other side answered the greeting and said what it takes. */
  welcome(calls: number, message: number): void {
    this.#outgoing.welcome(calls, message);
  }

  /** @param order as of {@link Caller.call} @param aim what is called, where it is not the interface's own object */
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
    aim: Aim | null,
  ): Promise<unknown> {
    const call = new PendingCall(entry, number, this.#expired);
    if (aim !== null || entry.method.carries !== null) this.#load(call, options, aim);
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
    aim: Aim | null,
  ): Pipelined {
    const call = new PendingCall(entry, number, this.#expired);
    this.#load(call, options, aim);
    const promised = this.#loading.promise(call, promiseOf(call), this.#outgoing.unsent);
    this.#make(call, args, options, order);
    return promised;
  }

  /** Metadata came with an answer, which follows. */
  answered(id: number, bytes: Uint8Array, start: number, end: number): void {
    const call = this.#outgoing.find(id);
    if (call !== null) tellAnswer(this.#home, call, bytes, start, end);
  }

  /** A reply frame, whole. One for a call that is settled already is passed over, but for what it carries. */
  reply(id: number, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const call = this.#outgoing.find(id);
    if (call === null) return this.#loading.late(id, bytes, start, end);
    if (end - start > this.#home.limits.message) return this.tooLarge(id);
    if (call.cargo !== null) call.cargo.answered = true;
    this.#settle(call);
    if (call.raw !== null) this.#loading.raw(call, call.raw, bytes, start, end, owned);
    else if (call.cargo !== null) this.#loading.unpack(call, call.cargo, bytes, start, end, owned);
    else {
      let value: unknown;
      try {
        value = this.#home.decoder.value(bytes, start, end, owned);
      } catch (error) {
        return this.#loading.misread(call, error, bytes, start, end);
      }
      if (this.#home.observer !== null)
        watchCall(this.#home, this.#outbox.connection, "reply", "decode", call, end - start);
      call.resolve(value);
    }
    if (this.#home.observer !== null) watchCall(this.#home, this.#outbox.connection, "reply", "settle", call, 0);
  }

  /** @param unread whether the callee says that it did not read the arguments */
  failure(id: number, bytes: Uint8Array, start: number, end: number, unread: boolean): void {
    const call = this.#outgoing.find(id);
    if (call === null) return this.#loading.answered(id, unread);
    if (call.cargo !== null) {
      call.cargo.answered = call.cargo.refused = true;
      call.cargo.unread = unread;
    }
    this.#settle(call);
    // It was refused before all of it was sent.
    if (this.#outbox.long.size > 0) this.#tell.over(call);
    if (call.raw !== null) call.raw.failedBody(bytes, start, end);
    else call.fail(failureIn(this.#home.ownDecoder, bytes, start, end, call.entry.method.errors));
    if (this.#home.observer !== null) watchCall(this.#home, this.#outbox.connection, "reply", "settle", call, 0);
  }

  /** A reply that is longer than the limit here, or that is let go of before it is whole because memory is short. */
  tooLarge(id: number, crowded = false): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    this.#settle(call);
    if (!crowded) this.#home.counters.messagesTooLarge++;
    call.fail(crowded ? resultCrowded(call) : resultTooLong(call, this.#home.limits.message));
  }

  /** A reply that says what must be understood and is not. */
  notTaken(id: number, error: UpcallError): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    this.#settle(call);
    this.#home.counters.badArguments++;
    call.fail(resultUnreadable(call, error));
  }

  /** When a call that was sent must be over, in milliseconds on the clock; 0 where nobody waits for it. */
  deadlineOf(id: number): number {
    return this.#outgoing.find(id)?.deadline ?? 0;
  }

  /** A reply frame came in, while there is an observer. */
  watchFrame(id: number, frame: number, body: number): void {
    watchAnswer(this.#home, this.#outbox.connection, this.#outgoing.find(id), frame, body);
  }

  /** Ends the call for its caller: the signal aborted, or a pool's own caller is gone. */
  cancel(call: PendingCall, error: UpcallError): void {
    if (call.settled) return;
    const sent = call.id !== 0;
    this.#settle(call);
    this.#home.counters.cancelled++;
    if (sent) this.#tell.cancelled(call);
    call.fail(error);
  }

  /** The other side hears that a call is not wanted any more, unless it heard that too often of late. */
  tellCancelled(call: PendingCall): void {
    this.#tell.cancelled(call);
  }

  /** The other side takes no new calls, and has not taken those behind `last`: each is told by `error`. */
  goneAway(last: number, error: () => UpcallError): void {
    this.#over ??= error;
    for (const call of this.#outgoing.goneAway(last)) {
      this.#settle(call);
      if (call.id !== 0) this.#tell.over(call);
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
    this.#loading.clear();
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

  #load(call: PendingCall, options: CallOptions | null, aim: Aim | null): Cargo {
    const cargo = new Cargo(aim, options, (error) => {
      if (call.settled) return;
      this.#settle(call);
      call.fail(error);
    });
    call.cargo = cargo;
    return cargo;
  }

  #make(call: PendingCall, args: readonly unknown[], options: CallOptions | null, order: object | null): void {
    try {
      this.#begin(call, args, options, order);
    } catch (error) {
      this.#settle(call);
      call.fail(error as UpcallError);
    }
  }

  #begin(call: PendingCall, args: readonly unknown[], options: CallOptions | null, order: object | null): void {
    const { platform, counters, observer } = this.#home;
    counters.callsMade++;
    if (this.#over !== null) throw this.#over();
    let timeout = timeoutOf(options, call.entry.method.timeout ?? this.#timeout, this.#home.limits.timeoutMost);
    if (observer !== null) watchCall(this.#home, this.#outbox.connection, "call", "proxy", call, 0);
    if (options !== null || platform.ambient !== null) timeout = this.#conditions(call, options, timeout);
    call.deadline = Math.ceil(this.#outbox.time + timeout);
    const given = call.cargo === null ? args : this.#loading.load(call, call.cargo, args);
    this.#outgoing.put(call, given, options, order);
    if (!call.settled) platform.deadlines.add(call);
  }

  #conditions(call: PendingCall, options: CallOptions | null, most: number): number {
    const cancel = (reason: unknown): void => this.cancel(call, cancelledError(call, reason));
    const { timeout, metadata } = conditionsOf(this.#home, call, options, most, cancel);
    if (metadata !== null || options?.onMetadata !== undefined) {
      call.cargo ??= this.#load(call, options, null);
      call.cargo.metadata = metadata;
    }
    return timeout;
  }

  #settle(call: PendingCall): void {
    call.settled = true;
    this.#outgoing.remove(call);
    this.#home.platform.deadlines.remove(call);
    if (call.watched !== null) unwatch(call);
    if (call.cargo !== null) this.#loading.unload(call, call.cargo);
    this.#outgoing.pump();
    if (this.#idle !== null && this.size === 0) this.#idle();
  }

  get #tell(): Telling {
    this.#telling ??= new Telling(this.#home, this.#outbox, this.#outgoing, this.#loading);
    return this.#telling;
  }

  #expire(call: PendingCall): void {
    const sent = call.id !== 0;
    const behind = this.#outgoing.unsent.holds(call);
    this.#settle(call);
    this.#home.counters.deadlinesExceeded++;
    if (sent) this.#tell.over(call);
    call.fail(behind ? heldBackError(call, this.#peer) : expiredError(call, sent, this.#peer));
  }
}
