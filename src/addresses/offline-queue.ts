// Addresses: calls that wait because no connection is open now. Those of plain data are marshalled at once, so that
// what their caller changes afterwards changes no call; all wait within their deadlines, and within the limits of
// waiting.

import { awaited } from "../call/call-parts.ts";
import { pinned } from "../call/enclosing.ts";
import { conditionsOf } from "../call/pending/conditions.ts";
import { PendingCall, promiseOf } from "../call/pending/pending.ts";
import { unwatch } from "../call/pending/signals.ts";
import { watchCall } from "../call/pending/watch-pending.ts";
import { renewed, timeoutOf } from "../call/terms.ts";
import type { CallOptions, Pipelined } from "../contract/caller.ts";
import type { Account } from "../endpoint/memory-budget.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { argumentsTooLong, cancelledError, waitingTooMany } from "../failure/call-endings.ts";
import type { MethodEntry } from "../interface/define.ts";
import type { SharedSession, SharedWire } from "../session/contract.ts";

/** Makes a call that could not be marshalled before there was a connection. */
type Carry = (session: SharedSession, number: number, options: CallOptions) => Promise<unknown>;

interface Waiting {
  readonly options: CallOptions | null;
  readonly order: object | null;
  /** Marshalled; null for most. */
  readonly metadata: Uint8Array | null;
  /** The arguments of plain data; empty where `carry` has them. */
  readonly body: Uint8Array;
  readonly carry: Carry | null;
  /** Who has the call since there is a connection; null before. */
  session: SharedSession | null;
}

const nothing = new Uint8Array(0);

/** Of what waits nothing is on its way to an address yet. */
const noAddress = { address: "" };

export class OfflineQueue {
  readonly #endpoint: Endpoint;
  readonly #wire: Pick<SharedWire, "marshal">;
  readonly #timeout: number;
  readonly #waiting: Map<PendingCall, Waiting> = new Map();
  /** They belong to no connection yet. */
  readonly #account: Account;
  #bytes = 0;
  #refusal: UpcallError | null = null;
  #refusedAt = 0;
  readonly #why: () => UpcallError;
  readonly #expired = (call: PendingCall): void => this.#expire(call);

  /**
   * @param timeout milliseconds of a call when neither it nor its method says anything
   * @param why     why there is no connection now
   */
  constructor(endpoint: Endpoint, wire: Pick<SharedWire, "marshal">, timeout: number, why: () => UpcallError) {
    this.#endpoint = endpoint;
    this.#wire = wire;
    this.#account = endpoint.memory.account(endpoint.counters, noAddress);
    this.#timeout = timeout;
    this.#why = why;
  }

  /** Calls that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  call(
    peer: string,
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown> {
    const terms = pinned(options, this.#endpoint.platform.ambient);
    return this.#promise(number, entry, (call) => {
      if (this.size >= this.#endpoint.limits.waiting) throw this.#tooMany(peer);
      if (entry.method.carries === null) this.#wait(peer, call, terms, order, this.#marshalled(peer, call, args), null);
      else
        this.#wait(peer, call, terms, order, nothing, (session, real, left) =>
          session.call(real, entry, args, left, order),
        );
    });
  }

  pipeline(
    peer: string,
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Pipelined {
    let made: Pipelined | null = null;
    let taken = false;
    const carry: Carry = (session, real, terms) => {
      made = session.pipeline(real, entry, args, terms, order);
      if (taken) made.taken();
      return made.result;
    };
    const terms = pinned(options, this.#endpoint.platform.ambient);
    const result = this.#promise(number, entry, (call) => this.#wait(peer, call, terms, order, nothing, carry));
    return {
      result,
      target: awaited(this.#endpoint, peer, this.#timeout, result),
      taken: () => {
        taken = true;
        made?.taken();
      },
    };
  }

  /** There is a connection: everything that waits goes to its session, in the order in which it was called. */
  release(session: SharedSession, numberOf: (number: number) => number): void {
    const { clock } = this.#endpoint.platform;
    for (const [call, waiting] of this.#waiting) {
      const { options, order, metadata, body, carry } = waiting;
      this.#remove(call);
      try {
        const number = numberOf(call.number);
        if (carry === null) {
          waiting.session = session;
          session.adopt(call, number, options, metadata, body, order);
        } else {
          unwatch(call);
          const terms = renewed(options, Math.max(1, call.deadline - clock.now()), options?.signal);
          carry(session, number, terms).then(call.resolve, call.reject);
        }
      } catch (error) {
        unwatch(call);
        call.fail(error as UpcallError);
      }
    }
  }

  /** Nothing that waits will be sent. */
  fail(error: UpcallError): void {
    for (const call of this.#waiting.keys()) {
      this.#settle(call);
      call.fail(error);
    }
  }

  #promise(number: number, entry: MethodEntry, begin: (call: PendingCall) => void): Promise<unknown> {
    const call = new PendingCall(entry, number, this.#expired);
    const promise = promiseOf(call);
    try {
      begin(call);
    } catch (error) {
      this.#settle(call);
      call.fail(error as UpcallError);
    }
    return promise;
  }

  #wait(
    peer: string,
    call: PendingCall,
    options: CallOptions | null,
    order: object | null,
    args: Uint8Array,
    carry: Carry | null,
  ): void {
    const { platform, limits, counters } = this.#endpoint;
    const most = timeoutOf(options, call.entry.method.timeout ?? this.#timeout, limits.timeoutMost);
    const { timeout, metadata } = conditionsOf(this.#endpoint, call, options, most, (reason) => {
      const error = cancelledError(call, reason);
      if (waiting.session !== null) return waiting.session.cancel(call, error);
      counters.cancelled++;
      this.#settle(call);
      call.fail(error);
    });
    call.deadline = Math.ceil(platform.clock.now() + timeout);
    const waiting: Waiting = { options, order, metadata, body: args, carry, session: null };
    const length = lengthOf(waiting);
    if (this.size >= limits.waiting || this.#bytes + length > limits.waitingBytes || !this.#account.admits(length))
      throw this.#tooMany(peer);
    this.#waiting.set(call, waiting);
    this.#change(length);
    platform.deadlines.add(call);
  }

  /**
   * One for all calls that are refused in a millisecond: a program that makes very many does not pay for a stack each
   * time.
   */
  #tooMany(peer: string): UpcallError {
    this.#endpoint.counters.refusedWaiting++;
    const now = Math.floor(this.#endpoint.platform.clock.now());
    if (this.#refusal === null || this.#refusedAt !== now) this.#refusal = waitingTooMany(this.size, peer);
    this.#refusedAt = now;
    return this.#refusal;
  }

  #marshalled(peer: string, call: PendingCall, args: readonly unknown[]): Uint8Array {
    const { limits, counters, observer } = this.#endpoint;
    counters.callsMade++;
    if (observer !== null) watchCall(this.#endpoint, "", "call", "proxy", call, 0);
    const body = this.#wire.marshal(this.#endpoint, call.entry, args);
    if (observer !== null) watchCall(this.#endpoint, "", "call", "encode", call, body.length);
    if (body.length <= limits.message) return body;
    counters.messagesTooLarge++;
    throw argumentsTooLong(call, body.length, limits.message, peer);
  }

  #expire(call: PendingCall): void {
    this.#settle(call);
    this.#endpoint.counters.deadlinesExceeded++;
    const why = this.#why();
    call.fail(
      notExecuted(
        "DEADLINE_EXCEEDED",
        "EXPIRED",
        `${call.entry.fullName} was never sent: there was no connection until its deadline: ${why.message}`,
        why,
      ),
    );
  }

  #settle(call: PendingCall): void {
    call.settled = true;
    unwatch(call);
    this.#remove(call);
  }

  /** Takes the call out of every table. */
  #remove(call: PendingCall): void {
    const waiting = this.#waiting.get(call);
    if (waiting !== undefined) this.#change(-lengthOf(waiting));
    this.#waiting.delete(call);
    this.#endpoint.platform.deadlines.remove(call);
  }

  #change(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.#account.hold(bytes);
  }
}

/** Bytes that are kept of a call. What is not marshalled yet is not counted. */
function lengthOf({ metadata, body, carry }: Waiting): number {
  return body.length + (metadata === null || carry !== null ? 0 : metadata.length);
}
