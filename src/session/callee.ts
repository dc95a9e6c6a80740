// The session, the callee's half: a call frame becomes an upcall in the workplace, and what comes of it a reply or a
// failure frame. Knows neither skeletons nor workers.

import { UpcallError } from "../errors.ts";
import type { Stage } from "../observer.ts";
import { flag, kind } from "../wire/native/frame.ts";
import type { FrameReader } from "../wire/native/reader.ts";
import { AnnouncedThere } from "./announced.ts";
import type { Workplace } from "./contract.ts";
import { failureOf } from "./failure.ts";
import { type HeldCall, HeldCalls } from "./held.ts";
import type { Outbox } from "./outbox.ts";
import type { Household } from "./platform.ts";
import {
  argumentsTooLarge,
  badResult,
  busy,
  callerCancelled,
  callerGone,
  deadlinePassed,
  draining,
  heldTooLong,
  heldTooMany,
  idUsedTwice,
  notAnnounced,
  resultTooLarge,
} from "./refusals.ts";
import { RunningCall, type RunningOwner } from "./running.ts";

/** What of a frame's header says whose call it is and where it goes. */
type CallHeader = Pick<HeldCall, "method" | "flags" | "call" | "remaining">;

export class CalleeHalf implements RunningOwner {
  readonly peer: string;
  readonly watched: boolean;
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #workplace: Workplace;
  readonly #announced: AnnouncedThere;
  readonly #running: Map<number, RunningCall> = new Map();
  readonly #held: HeldCalls;
  readonly #oneways: Set<RunningCall> = new Set();
  #count = 0;
  #gone = false;
  #draining = false;
  #idle: (() => void) | null = null;

  constructor(home: Household, outbox: Outbox, peer: string, workplace: Workplace) {
    this.#home = home;
    this.#outbox = outbox;
    this.#workplace = workplace;
    this.peer = peer;
    this.watched = home.observer !== null;
    this.#held = new HeldCalls(home.limits);
    this.#announced = new AnnouncedThere(home.limits.announced);
  }

  get size(): number {
    return this.#count;
  }

  announce(interfaces: unknown): void {
    this.#announced.add(interfaces, this.#workplace);
  }

  /** A call frame, whole. Throws only where the frame breaks the protocol; all else is told to its caller. */
  call(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    if (this.#held.size > 0 || this.#outbox.unsent >= this.#home.limits.unsentPause)
      this.#hold(header, bytes, start, end);
    else this.#begin(header, bytes, start, end);
  }

  /** The other side took what was unsent: calls that were held are begun. */
  release(): void {
    while (this.#held.size > 0 && this.#outbox.unsent < this.#home.limits.unsentPause) {
      const held = this.#held.next();
      if (held === undefined) return;
      const waited = this.#home.platform.clock.now() - held.since;
      if (held.remaining > 0 && waited >= held.remaining) {
        this.#home.counters.expired++;
        if ((held.flags & flag.oneway) === 0) this.#fail(held.call, heldTooLong());
      } else this.#begin(held, held.body, 0, held.body.length);
    }
  }

  #hold(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { method, flags, call, remaining } = header;
    const since = this.#home.platform.clock.now();
    if (this.#held.add({ method, flags, call, remaining, body: bytes.slice(start, end), since })) return;
    this.#home.counters.refusedRunning++;
    if ((flags & flag.oneway) === 0) this.#fail(call, heldTooMany());
  }

  #begin(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { limits, counters, platform } = this.#home;
    const id = header.call;
    const oneway = (header.flags & flag.oneway) !== 0;
    counters.callsReceived++;
    if (this.#running.size > 0 && !oneway && this.#running.has(id)) throw idUsedTwice(id);
    const target = this.#announced.find(header.method);
    const refusal = this.#refusal(header.method, target, end - start);
    if (refusal !== null || target === undefined || target instanceof UpcallError) {
      if (refusal !== null && !oneway) this.#fail(id, refusal);
      return;
    }
    const given = header.remaining === 0 ? limits.timeout : Math.min(header.remaining, limits.timeoutMost);
    const call = new RunningCall(this, id, target, oneway, platform.clock.now() + given);
    this.#count++;
    counters.runningNow++;
    this.#workplace.start(call, bytes, start, end);
    if (!call.settled) {
      if (!oneway) this.#running.set(id, call);
      else this.#oneways.add(call);
      platform.deadlines.add(call);
    }
  }

  /** Tells the caller of a call that never got this far. */
  refuse(id: number, error: UpcallError): void {
    this.#fail(id, error);
  }

  /** The caller does not want this call any more. */
  cancel(id: number): void {
    if (this.#held.remove(id)) return;
    const call = this.#running.get(id);
    if (call === undefined) return;
    this.#home.counters.cancelled++;
    this.#abort(call, callerCancelled(call.target.entry.fullName));
  }

  /** The connection is gone: what still runs is told, and nothing it gives is sent. */
  lost(): void {
    this.#gone = true;
    this.#held.clear();
    this.cancelAll(callerGone());
  }

  cancelAll(reason: UpcallError): void {
    for (const call of [...this.#running.values(), ...this.#oneways]) this.#abort(call, reason);
  }

  /** Takes no new calls; fulfilled when the last one is settled. */
  async drained(): Promise<void> {
    this.#draining = true;
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  watch(stage: "decode" | "upcall" | "return", call: RunningCall, bytes: number): void {
    this.#tell(stage, stage === "return" ? "reply" : "call", call.id, call.target.entry.fullName, bytes);
  }

  /** A call frame came in, while there is an observer. */
  watchFrame(header: FrameReader, frame: number, body: number): void {
    const target = this.#announced.find(header.method);
    const method = target === undefined || target instanceof UpcallError ? "" : target.entry.fullName;
    this.#tell("receive", "call", header.call, method, frame);
    this.#tell("unframe", "call", header.call, method, body);
  }

  /** The caller has settled the call by its own clock; the upcall is told, and its slot is free when it ends. */
  expired(call: RunningCall): void {
    this.#home.counters.deadlinesExceeded++;
    this.#abort(call, deadlinePassed(call.target.entry.fullName));
  }

  returned(call: RunningCall, value: unknown): void {
    if (this.#finish(call)) return;
    const { encoder, limits, counters } = this.#home;
    const { fullName } = call.target.entry;
    const writer = this.#outbox.begin();
    try {
      encoder.value(writer, value, "result");
    } catch (error) {
      this.#outbox.drop();
      this.#fail(call.id, badResult(fullName, error));
      return;
    }
    const length = this.#outbox.length;
    if (length > limits.message) {
      this.#outbox.drop();
      counters.messagesTooLarge++;
      this.#fail(call.id, resultTooLarge(fullName, length, limits.message));
      return;
    }
    this.#reply(call, length, kind.reply);
  }

  failed(call: RunningCall, error: UpcallError): void {
    if (!this.#finish(call)) this.#fail(call.id, error);
  }

  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (this.#finish(call)) return;
    const writer = this.#outbox.begin();
    writer.ensure(end - start);
    writer.bytes.set(bytes.subarray(start, end), writer.position);
    writer.position += end - start;
    this.#reply(call, end - start, failed ? kind.failure : kind.reply);
  }

  #reply(call: RunningCall, length: number, frameKind: number): void {
    this.#outbox.commit(frameKind, 0, 0, call.id, 0);
    if (!this.watched) return;
    const method = call.target.entry.fullName;
    this.#tell("encode", "reply", call.id, method, length);
    this.#tell("frame", "reply", call.id, method, length);
    this.#outbox.watchSend({ stage: "send", way: "reply", side: "skeleton", call: call.id, method, bytes: length });
  }

  /** Takes the call out of every table; true when nothing is to be sent for it. */
  #finish(call: RunningCall): boolean {
    call.settled = true;
    this.#count--;
    this.#home.counters.runningNow--;
    if (call.after !== null) this.#home.platform.deadlines.remove(call);
    if (call.oneway) this.#oneways.delete(call);
    else if (this.#running.size > 0) this.#running.delete(call.id);
    if (this.#count === 0) this.#idle?.();
    return call.oneway || this.#gone;
  }

  #abort(call: RunningCall, reason: UpcallError): void {
    call.abort(reason);
    this.#workplace.cancel(call);
  }

  #refusal(number: number, target: unknown, length: number): UpcallError | null {
    const { limits, counters } = this.#home;
    if (target === undefined || target instanceof UpcallError) {
      counters.unimplemented++;
      return target instanceof UpcallError ? target : notAnnounced(number);
    }
    if (this.#draining) return draining();
    if (length > limits.message) {
      counters.messagesTooLarge++;
      return argumentsTooLarge(length, limits.message);
    }
    if (this.#count >= limits.running || counters.runningNow >= limits.runningServer) {
      counters.refusedRunning++;
      return busy();
    }
    return null;
  }

  #fail(id: number, error: UpcallError): void {
    if (this.#gone) return;
    this.#outbox.value(this.#home.encoder, kind.failure, id, failureOf(error));
  }

  #tell(stage: Stage, way: "call" | "reply", call: number, method: string, bytes: number): void {
    this.#home.observer?.({ stage, way, side: "skeleton", call, method, bytes, time: this.#home.platform.clock.now() });
  }
}
