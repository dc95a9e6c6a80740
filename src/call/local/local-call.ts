// The session, the caller's half: one call of an object of this side. It is made as any other: values are copied, its
// deadline and its signal end it, and what it throws is told as over a wire. What travels by reference stays what it
// is.

import { Writer } from "../../codec/writer.ts";
import type { Dispatcher, Target } from "../../contract/callee.ts";
import type { CallOptions } from "../../contract/caller.ts";
import type { Account } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { isUpcallError, notExecuted, UpcallError } from "../../errors.ts";
import { argumentsTooLong, cancelledError, expiredError } from "../../failure/call-endings.ts";
import { badResult, callerCancelled, deadlinePassed } from "../../failure/call-refusals.ts";
import { failureOf } from "../../failure/encode-error.ts";
import { failureIn } from "../../failure/read-error.ts";
import { whyNot } from "../../failure/thrown.ts";
import type { MethodEntry } from "../../interface/define.ts";
import { type CarriedSpec, isStream } from "../../interface/spec.ts";
import { localPeer, type Peer } from "../../peer.ts";
import { itemsOf } from "../iterables.ts";
import { metadataIn } from "../metadata.ts";
import { conditionsOf } from "../pending/conditions.ts";
import { PendingCall, promiseOf } from "../pending/pending.ts";
import { unwatch } from "../pending/signals.ts";
import { noAnnotation } from "../running/annotation.ts";
import { RunningCall, type RunningOwner } from "../running/running.ts";
import { timeoutOf } from "../terms.ts";

/** The callee of such calls. */
export const thisSide = "this side";
const here = localPeer(thisSide);

export class LocalCall implements RunningOwner {
  readonly peer: Peer = here;
  /** There is none. */
  readonly connection = "";
  readonly size = 1;
  readonly identity = null;
  readonly endpoint: Endpoint;
  readonly account: Account;
  readonly promise: Promise<unknown>;
  readonly #dispatcher: Dispatcher;
  readonly #options: CallOptions | null;
  readonly #pending: PendingCall;
  #running: RunningCall | null = null;
  /** What stands where the interface declares a reference, a callback or a stream. */
  #carried: readonly unknown[] = [];

  constructor(endpoint: Endpoint, dispatcher: Dispatcher, entry: MethodEntry, options: CallOptions | null) {
    this.endpoint = endpoint;
    this.account = endpoint.memory.account(endpoint.counters, here);
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#pending = new PendingCall(entry, 0, () => this.#expire());
    this.promise = promiseOf(this.#pending);
  }

  /** @param timeout milliseconds when neither the call nor its method says anything */
  start(target: Target | UpcallError, args: readonly unknown[], timeout: number): void {
    try {
      this.#start(target, args, timeout);
    } catch (error) {
      if (this.#settle()) this.#pending.fail(error as UpcallError);
    }
  }

  #start(target: Target | UpcallError, args: readonly unknown[], otherwise: number): void {
    const { platform, limits, counters, encoder } = this.endpoint;
    const call = this.#pending;
    const { method } = call.entry;
    counters.callsMade++;
    if (target instanceof UpcallError) throw target;
    const most = timeoutOf(this.#options, method.timeout ?? otherwise, limits.timeoutMost);
    const { timeout, metadata } = conditionsOf(this.endpoint, call, this.#options, most, (reason) =>
      this.#cancel(reason),
    );
    const places = method.carries?.args ?? [];
    this.#carried = args.map((value, index) => this.#asIs(places[index] ?? null, value));
    const writer = new Writer();
    encoder.list(
      writer,
      args.map((value, index) => ((places[index] ?? null) === null ? value : null)),
      "arguments",
    );
    const bytes = writer.slice();
    if (bytes.length > limits.message) throw argumentsTooLong(call, bytes.length, limits.message, thisSide);
    const running = new RunningCall(this, 0, target, method.kind === "oneway", platform.clock.now() + timeout);
    if (metadata !== null)
      running.annotation = { ...noAnnotation, metadata: metadataIn(this.endpoint, metadata, 0, metadata.length) };
    call.deadline = running.deadline;
    // From now on it may have run.
    call.id = 1;
    this.#running = running;
    counters.runningNow++;
    platform.deadlines.add(call);
    this.#dispatcher.start(running, bytes, 0, bytes.length, true);
    if (running.oneway && this.#settle()) call.resolve(undefined);
  }

  receive(_call: RunningCall, args: unknown[]): unknown[] {
    const places = this.#pending.entry.method.carries?.args ?? [];
    return args.map((value, index) => ((places[index] ?? null) === null ? value : this.#carried[index]));
  }

  watch(): void {}

  /** Its caller looks after that. */
  expired(): void {}

  returned(call: RunningCall, value: unknown): void {
    this.#over(call);
    if (!this.#settle()) return;
    const { entry } = this.#pending;
    const { fullName: method } = entry;
    try {
      const returns = entry.method.carries?.returns ?? null;
      this.#pending.resolve(returns === null ? this.#copied(value, "result") : this.#asIs(returns, value));
    } catch (error) {
      const entered = { method, peer: thisSide, call: 0 };
      const { why, incident } = whyNot(this.endpoint, `${method} returned what cannot be sent`, error, entered);
      this.#pending.fail(badResult(why, incident));
    }
  }

  failed(call: RunningCall, error: UpcallError): void {
    this.#over(call);
    if (!this.#settle()) return;
    const { errors } = this.#pending.entry.method;
    const { expose, ownEncoder, ownDecoder } = this.endpoint;
    const writer = new Writer();
    try {
      ownEncoder.value(writer, failureOf(error, expose, errors, ownEncoder), "frame");
    } catch {
      writer.position = 0;
      ownEncoder.value(writer, failureOf(error), "frame");
    }
    const bytes = writer.slice();
    this.#pending.fail(failureIn(ownDecoder, bytes, 0, bytes.length, errors));
  }

  /** Objects of this side are in no worker. */
  body(call: RunningCall): void {
    this.failed(call, badResult(`${call.target.entry.fullName} was answered elsewhere`, null));
  }

  #over(call: RunningCall): void {
    call.settled = true;
    call.unhold();
    this.endpoint.counters.runningNow--;
    const { onMetadata } = this.#options ?? {};
    const { answer, bytes } = call.annotation;
    if (onMetadata !== undefined && bytes !== null && !this.#pending.settled)
      this.endpoint.platform.hooks.tell("onMetadata", onMetadata, answer);
  }

  /** False where it was settled before. */
  #settle(): boolean {
    const call = this.#pending;
    if (call.settled) return false;
    call.settled = true;
    this.endpoint.platform.deadlines.remove(call);
    if (call.watched !== null) unwatch(call);
    return true;
  }

  #expire(): void {
    if (!this.#settle()) return;
    const call = this.#pending;
    this.endpoint.counters.deadlinesExceeded++;
    this.#abort(deadlinePassed(call.entry.fullName));
    call.fail(expiredError(call, call.id !== 0, thisSide));
  }

  #cancel(reason: unknown): void {
    if (!this.#settle()) return;
    const call = this.#pending;
    this.endpoint.counters.cancelled++;
    this.#abort(callerCancelled(call.entry.fullName));
    call.fail(cancelledError(call, reason));
  }

  #abort(reason: UpcallError): void {
    const running = this.#running;
    if (running === null || running.settled) return;
    running.abort(reason);
    this.#dispatcher.cancel(running);
  }

  #copied(value: unknown, place: "result"): unknown {
    const { encoder, decoder } = this.endpoint;
    const writer = new Writer();
    encoder.value(writer, value, place);
    const bytes = writer.slice();
    return decoder.value(bytes, 0, bytes.length, true);
  }

  /** What is not copied: itself, where it can stand there. */
  #asIs(spec: CarriedSpec | null, value: unknown): unknown {
    if (spec === null) return value;
    if (isStream(spec)) {
      const items = itemsOf(value);
      if (items !== null) return items;
      throw notExecuted(
        "INVALID_ARGUMENT",
        "NOT_MARSHALLABLE",
        `${this.#pending.entry.fullName} declares a stream: give an async iterable, an iterable or a ReadableStream`,
      );
    }
    try {
      return this.endpoint.platform.references.objectOf(spec, value);
    } catch (error) {
      if (!isUpcallError(error)) throw error;
      throw notExecuted(
        error.code,
        error.reason,
        `${this.#pending.entry.fullName}: what stands for a ${spec.spec} ${error.message}`,
        error,
      );
    }
  }
}
