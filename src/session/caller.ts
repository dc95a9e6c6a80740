// The session, the caller's half: a call becomes a frame with an id and a deadline, or waits for its turn; a reply
// settles it. Whatever dies, every call settles, by its deadline at the latest.

import { notExecuted, UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import type { Stage } from "../observer.ts";
import { flag, kind } from "../wire/native/frame.ts";
import { Budget } from "./budget.ts";
import type { CallOptions } from "./contract.ts";
import { errorFrom } from "./failure.ts";
import type { Outbox } from "./outbox.ts";
import { PendingCall, PendingRing, type RawReply } from "./pending.ts";
import type { Household } from "./platform.ts";
import { cancelledError, expiredError, signalOf, timeoutOf } from "./terms.ts";
import { WaitingCalls } from "./waiting.ts";

// One executor for all promises of calls: a closure for each would be garbage on the hot path.
let resolveNew: (value: unknown) => void;
let rejectNew: (error: UpcallError) => void;
const executor = (resolve: (value: unknown) => void, reject: (error: UpcallError) => void): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

export class CallerHalf {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #peer: string;
  readonly #timeout: number;
  readonly #ring: PendingRing = new PendingRing();
  readonly #waiting: WaitingCalls;
  readonly #cancels: Budget;
  readonly #expired = (call: PendingCall): void => this.#expire(call);
  /** Why no call can be made any more; null while calls can. */
  #over: UpcallError | null = null;
  /** What the other side takes at once: little before its greeting's answer, then what that said. */
  #calls: number;
  #bytes: number;
  #message: number;
  #idle: (() => void) | null = null;

  constructor(home: Household, outbox: Outbox, peer: string, timeout: number) {
    this.#home = home;
    this.#outbox = outbox;
    this.#peer = peer;
    this.#timeout = timeout;
    this.#calls = home.limits.earlyCalls;
    this.#bytes = home.limits.earlyBytes;
    this.#message = home.limits.message;
    this.#waiting = new WaitingCalls(home.limits);
    // Fewer than the other side allows, so that it never closes the connection for our cancels.
    this.#cancels = new Budget(home.platform.clock, home.limits.cancels * 0.75, home.limits.cancelsPerSecond * 0.75);
  }

  /** Calls that are not settled. */
  get size(): number {
    return this.#ring.size + this.#waiting.size;
  }

  /** The other side answered the greeting and said what it takes. */
  welcome(calls: number, message: number): void {
    this.#calls = calls;
    this.#bytes = Number.POSITIVE_INFINITY;
    this.#message = Math.min(message, this.#home.limits.message);
    this.pump();
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    const call = new PendingCall(entry, number, this.#expired);
    const promise = new Promise<unknown>(executor);
    call.resolve = resolveNew;
    call.reject = rejectNew;
    try {
      this.#begin(call, args, options);
    } catch (error) {
      this.#settle(call);
      call.reject(error as UpcallError);
    }
    return promise;
  }

  /**
   * Passes on a call whose arguments are marshalled already: what a pool does. It is told to end in `remaining`
   * milliseconds; `raw` hears of it by `deadline` at the latest. An error thrown here means that `raw` hears nothing.
   */
  callRaw(
    number: number,
    entry: MethodEntry,
    body: Uint8Array,
    remaining: number,
    deadline: number,
    raw: RawReply,
  ): PendingCall {
    if (this.#over !== null) throw this.#over;
    const call = new PendingCall(entry, number, this.#expired);
    call.raw = raw;
    call.deadline = deadline;
    const writer = this.#outbox.begin();
    writer.ensure(body.length);
    writer.bytes.set(body, writer.position);
    writer.position += body.length;
    this.#ring.add(call);
    this.#outbox.commit(kind.call, 0, number, call.id, remaining);
    this.#home.platform.deadlines.add(call);
    return call;
  }

  /** A reply frame, whole. One for a call that is settled already is passed over. */
  reply(id: number, bytes: Uint8Array, start: number, end: number): void {
    const call = this.#ring.find(id);
    if (call === null) return;
    this.#settle(call);
    if (call.raw !== null) call.raw.returnedBody(bytes, start, end);
    else {
      let value: unknown;
      try {
        value = this.#home.decoder.value(bytes, start, end);
      } catch (error) {
        this.#home.counters.badArguments++;
        call.reject(
          new UpcallError(
            "INTERNAL",
            `the result of ${call.entry.fullName} cannot be read: ${(error as Error).message}`,
            { reason: "BAD_RESULT", outcome: "executed", cause: error },
          ),
        );
        return;
      }
      if (this.#home.observer !== null) this.#watch("reply", "decode", call, end - start);
      call.resolve(value);
    }
    if (this.#home.observer !== null) this.#watch("reply", "settle", call, 0);
  }

  failure(id: number, bytes: Uint8Array, start: number, end: number): void {
    const call = this.#ring.find(id);
    if (call === null) return;
    this.#settle(call);
    if (call.raw !== null) call.raw.failedBody(bytes, start, end);
    else call.reject(this.#errorIn(bytes, start, end));
    if (this.#home.observer !== null) this.#watch("reply", "settle", call, 0);
  }

  /** A reply that was longer than the limit here, and was not kept. */
  tooLarge(id: number): void {
    const call = this.#ring.find(id);
    if (call === null) return;
    this.#settle(call);
    const { message } = this.#home.limits;
    this.#reject(
      call,
      new UpcallError(
        "RESOURCE_EXHAUSTED",
        `the result of ${call.entry.fullName} is longer than the limit here, ${message} bytes: raise limits.message`,
        { reason: "TOO_LARGE", outcome: "executed" },
      ),
    );
  }

  /** A reply frame came in, while there is an observer. */
  watchFrame(id: number, frame: number, body: number): void {
    const call = this.#ring.find(id);
    if (call === null) return;
    this.#watch("reply", "receive", call, frame);
    this.#watch("reply", "unframe", call, body);
  }

  /** Ends the call for its caller: the signal aborted, or a pool's own caller is gone. */
  cancel(call: PendingCall, error: UpcallError): void {
    if (call.settled) return;
    const sent = call.id !== 0;
    this.#settle(call);
    this.#home.counters.cancelled++;
    if (sent && this.#over === null) this.tellCancelled(call);
    this.#reject(call, error);
  }

  /** The other side hears that a call is not wanted any more, unless it heard that too often of late. */
  tellCancelled(call: PendingCall): void {
    const cut = this.#outbox.forget(kind.call, call.id);
    if (cut || this.#cancels.take()) this.#outbox.put(kind.cancel, 0, 0, call.id, 0, null);
  }

  /** Every call fails with the same cause, and no more can be made. `error` is made for calls that were sent, or not. */
  fail(error: (sent: boolean) => UpcallError): void {
    this.#over ??= error(false);
    const calls = [...this.#ring.all(), ...this.#waiting.all()];
    for (const call of calls) {
      const sent = call.id !== 0;
      this.#settle(call);
      this.#reject(call, error(sent));
    }
    this.#idle?.();
  }

  /** No new calls; fulfilled when the last one is settled. */
  async drained(error: UpcallError): Promise<void> {
    this.#over ??= error;
    if (this.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Sends calls that waited, as far as the other side and the connection take them. */
  pump(): void {
    while (this.#waiting.size > 0 && this.#room()) {
      const call = this.#waiting.first;
      if (call === null || call.body === null || call.body.length > this.#bytes) return;
      this.#waiting.remove(call);
      const writer = this.#outbox.begin();
      writer.ensure(call.body.length);
      writer.bytes.set(call.body, writer.position);
      writer.position += call.body.length;
      call.body = null;
      this.#send(call);
    }
  }

  #begin(call: PendingCall, args: readonly unknown[], options: CallOptions | null): void {
    const { platform, counters, encoder } = this.#home;
    const { entry } = call;
    counters.callsMade++;
    if (this.#over !== null) throw this.#over;
    if (entry.method.missing !== null) {
      throw notExecuted(
        "UNIMPLEMENTED",
        "NOT_SUPPORTED",
        `${entry.fullName} declares ${entry.method.missing}, which this version of upcall cannot carry yet`,
      );
    }
    call.deadline = platform.clock.now() + timeoutOf(options, entry.method.timeout ?? this.#timeout);
    if (this.#home.observer !== null) this.#watch("call", "proxy", call, 0);
    if (options?.signal !== undefined)
      signalOf(options.signal, call, (reason) => this.cancel(call, cancelledError(call, reason)));
    const writer = this.#outbox.begin();
    try {
      encoder.list(writer, args, "arguments");
    } catch (error) {
      this.#outbox.drop();
      throw error;
    }
    const length = this.#outbox.length;
    if (length > this.#message) {
      this.#outbox.drop();
      counters.messagesTooLarge++;
      throw notExecuted(
        "RESOURCE_EXHAUSTED",
        "TOO_LARGE",
        `the arguments of ${entry.fullName} are ${length} bytes long; ${this.#peer} takes ${this.#message}: send less, or raise limits.message on both sides`,
      );
    }
    if (this.#home.observer !== null) this.#watch("call", "encode", call, length);
    if (entry.method.kind === "oneway") {
      this.#bytes -= length;
      this.#outbox.commit(kind.call, flag.oneway, call.number, 0, this.#remaining(call));
      this.#settle(call);
      call.resolve(undefined);
    } else if (this.#waiting.size === 0 && length <= this.#bytes && this.#room()) {
      this.#send(call);
      platform.deadlines.add(call);
    } else {
      call.body = writer.bytes.slice(writer.position - length, writer.position);
      this.#outbox.drop();
      if (!this.#waiting.add(call)) {
        counters.refusedWaiting++;
        throw notExecuted(
          "RESOURCE_EXHAUSTED",
          "BUSY",
          `${this.#waiting.size} calls to ${this.#peer} wait already: await some before making more, or raise limits.waiting`,
        );
      }
      platform.deadlines.add(call);
    }
  }

  #room(): boolean {
    return this.#ring.size < this.#calls && this.#outbox.unsent < this.#home.limits.unsentPause;
  }

  /** The body is in the outbox already; the call gets its id and goes out with this turn. */
  #send(call: PendingCall): void {
    this.#ring.add(call);
    const length = this.#outbox.length;
    this.#bytes -= length;
    this.#outbox.commit(kind.call, 0, call.number, call.id, this.#remaining(call));
    if (this.#home.observer !== null) {
      this.#watch("call", "frame", call, length);
      this.#outbox.watchSend({
        stage: "send",
        way: "call",
        side: "proxy",
        call: call.id,
        method: call.entry.fullName,
        bytes: length,
      });
    }
  }

  #remaining(call: PendingCall): number {
    return Math.max(1, Math.ceil(call.deadline - this.#home.platform.clock.now()));
  }

  #settle(call: PendingCall): void {
    call.settled = true;
    if (call.id !== 0) this.#ring.remove(call);
    else this.#waiting.remove(call);
    this.#home.platform.deadlines.remove(call);
    if (call.onAbort !== null) call.signal?.removeEventListener("abort", call.onAbort);
    if (this.#waiting.size > 0) this.pump();
    if (this.#idle !== null && this.size === 0) this.#idle();
  }

  #expire(call: PendingCall): void {
    const sent = call.id !== 0;
    this.#settle(call);
    this.#home.counters.deadlinesExceeded++;
    // The other side keeps the deadline itself; it only has to hear of a message that stays cut off.
    if (sent && this.#outbox.forget(kind.call, call.id)) this.#outbox.put(kind.cancel, 0, 0, call.id, 0, null);
    this.#reject(call, expiredError(call, sent, this.#peer));
  }

  #reject(call: PendingCall, error: UpcallError): void {
    if (call.raw !== null) call.raw.failed(error);
    else call.reject(error);
  }

  #errorIn(bytes: Uint8Array, start: number, end: number): UpcallError {
    try {
      return errorFrom(this.#home.decoder.value(bytes, start, end));
    } catch (error) {
      return new UpcallError("INTERNAL", "the other side's error cannot be read", {
        reason: "BAD_MESSAGE",
        outcome: "unknown",
        cause: error,
      });
    }
  }

  #watch(way: "call" | "reply", stage: Stage, call: PendingCall, bytes: number): void {
    this.#home.observer?.({
      stage,
      way,
      side: "proxy",
      call: call.id,
      method: call.entry.fullName,
      bytes,
      time: this.#home.platform.clock.now(),
    });
  }
}
