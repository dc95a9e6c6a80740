// The session, the caller's half: a call becomes a frame with an id and a deadline, or waits for its turn; a reply
// settles it. Whatever dies, every call settles, by its deadline at the latest.

import type { UpcallError } from "../../../errors.ts";
import type { MethodEntry } from "../../../interface/define.ts";
import { notCarried } from "../../../interface/missing.ts";
import { kind } from "../../../wire/native/frame.ts";
import { Budget } from "../../budget.ts";
import type { CallOptions } from "../../contract.ts";
import { failureIn } from "../../failure.ts";
import type { Household } from "../../platform.ts";
import { signalOf, timeoutOf } from "../../terms.ts";
import type { Outbox } from "../outbox.ts";
import { cancelledError, expiredError, resultTooLong, resultUnreadable } from "./endings.ts";
import { Outgoing } from "./outgoing.ts";
import { PendingCall, promiseOf } from "./pending.ts";
import { watchCall } from "./watch.ts";

export class CallerHalf {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #peer: string;
  readonly #timeout: number;
  readonly #outgoing: Outgoing;
  readonly #cancels: Budget;
  readonly #expired = (call: PendingCall): void => this.#expire(call);
  /** Why no call can be made any more; null while calls can. */
  #over: (() => UpcallError) | null = null;
  #idle: (() => void) | null = null;

  constructor(home: Household, outbox: Outbox, peer: string, timeout: number) {
    this.#home = home;
    this.#outbox = outbox;
    this.#peer = peer;
    this.#timeout = timeout;
    this.#outgoing = new Outgoing(home, outbox, peer, (call) => {
      this.#settle(call);
      call.resolve(undefined);
    });
    // Fewer than the other side allows, so that it never closes the connection for our cancels.
    this.#cancels = new Budget(home.platform.clock, home.limits.cancels * 0.75, home.limits.cancelsPerSecond * 0.75);
  }

  /** Calls that are not settled. */
  get size(): number {
    return this.#outgoing.size;
  }

  /** The other side answered the greeting and said what it takes. */
  welcome(calls: number, message: number): void {
    this.#outgoing.welcome(calls, message);
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    const call = new PendingCall(entry, number, this.#expired);
    const promise = promiseOf(call);
    try {
      this.#begin(call, args, options);
    } catch (error) {
      this.#settle(call);
      call.reject(error as UpcallError);
    }
    return promise;
  }

  /**
   * Passes on a call whose arguments are marshalled already: what a pool does. Its `raw` hears how it ends; of a deadline
   * only after `endBy`. An error thrown here means that `raw` hears nothing.
   */
  pass(call: PendingCall, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#over !== null) throw this.#over();
    call.number = number;
    call.onExpired = this.#expired;
    call.settled = false;
    this.#outgoing.pass(call, bytes, start, end);
  }

  /** Gives a call that was passed on a deadline, unless it has one. */
  endBy(call: PendingCall, deadline: number): void {
    if (call.settled || call.after !== null) return;
    call.deadline = deadline;
    this.#home.platform.deadlines.add(call);
  }

  /** Calls that were sent and not answered. */
  get sent(): PendingCall[] {
    return this.#outgoing.sent;
  }

  /** A reply frame, whole. One for a call that is settled already is passed over. */
  reply(id: number, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    if (end - start > this.#home.limits.message) return this.tooLarge(id);
    this.#settle(call);
    if (call.raw !== null) call.raw.returnedBody(bytes, start, end);
    else {
      let value: unknown;
      try {
        value = this.#home.decoder.value(bytes, start, end, owned);
      } catch (error) {
        this.#home.counters.badArguments++;
        call.reject(resultUnreadable(call, error));
        return;
      }
      if (this.#home.observer !== null) watchCall(this.#home, "reply", "decode", call, end - start);
      call.resolve(value);
    }
    if (this.#home.observer !== null) watchCall(this.#home, "reply", "settle", call, 0);
  }

  failure(id: number, bytes: Uint8Array, start: number, end: number): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    this.#settle(call);
    if (call.raw !== null) call.raw.failedBody(bytes, start, end);
    else call.reject(failureIn(this.#home.decoder, bytes, start, end));
    if (this.#home.observer !== null) watchCall(this.#home, "reply", "settle", call, 0);
  }

  /** A reply that is longer than the limit here. */
  tooLarge(id: number): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    this.#settle(call);
    this.#home.counters.messagesTooLarge++;
    call.fail(resultTooLong(call, this.#home.limits.message));
  }

  /** A reply frame came in, while there is an observer. */
  watchFrame(id: number, frame: number, body: number): void {
    const call = this.#outgoing.find(id);
    if (call === null) return;
    watchCall(this.#home, "reply", "receive", call, frame);
    watchCall(this.#home, "reply", "unframe", call, body);
  }

  /** Ends the call for its caller: the signal aborted, or a pool's own caller is gone. */
  cancel(call: PendingCall, error: UpcallError): void {
    if (call.settled) return;
    const sent = call.id !== 0;
    this.#settle(call);
    this.#home.counters.cancelled++;
    if (sent) this.tellCancelled(call);
    call.fail(error);
  }

  /** The other side hears that a call is not wanted any more, unless it heard that too often of late. */
  tellCancelled(call: PendingCall): void {
    if (this.#outgoing.stopped) return;
    // Aborted by a getter of a value that is being written: a frame here would stand in the middle of it.
    if (this.#outbox.busy) return this.#home.platform.clock.defer(() => this.tellCancelled(call));
    const cut = this.#outbox.forget(kind.call, call.id);
    if (cut || this.#cancels.take()) this.#outbox.put(kind.cancel, 0, 0, call.id, 0, null);
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
    this.#idle?.();
  }

  /** No new calls; fulfilled when the last one is settled. */
  async drained(error: () => UpcallError): Promise<void> {
    this.#over ??= error;
    if (this.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Sends calls that waited, as far as the other side and the connection take them. */
  pump(): void {
    this.#outgoing.pump();
  }

  #begin(call: PendingCall, args: readonly unknown[], options: CallOptions | null): void {
    const { platform, counters, observer } = this.#home;
    const { entry } = call;
    counters.callsMade++;
    if (this.#over !== null) throw this.#over();
    if (entry.method.carries !== null) throw notCarried(entry);
    call.deadline = Math.ceil(this.#outbox.time + timeoutOf(options, entry.method.timeout ?? this.#timeout));
    if (observer !== null) watchCall(this.#home, "call", "proxy", call, 0);
    if (options?.signal !== undefined)
      signalOf(options.signal, call, (reason) => this.cancel(call, cancelledError(call, reason)));
    this.#outgoing.put(call, args);
    if (!call.settled) platform.deadlines.add(call);
  }

  #settle(call: PendingCall): void {
    call.settled = true;
    this.#outgoing.remove(call);
    this.#home.platform.deadlines.remove(call);
    if (call.watched !== null) call.watched.signal.removeEventListener("abort", call.watched.onAbort);
    this.#outgoing.pump();
    if (this.#idle !== null && this.size === 0) this.#idle();
  }

  #expire(call: PendingCall): void {
    const sent = call.id !== 0;
    this.#settle(call);
    this.#home.counters.deadlinesExceeded++;
    // The other side keeps the deadline itself; it only has to hear of a message that stays cut off.
    if (sent && this.#outbox.forget(kind.call, call.id)) this.#outbox.put(kind.cancel, 0, 0, call.id, 0, null);
    call.fail(expiredError(call, sent, this.#peer));
  }
}
