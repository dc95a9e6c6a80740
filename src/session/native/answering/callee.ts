// The session, the callee's half: a call frame becomes an upcall in the workplace, and what comes of it a reply or a
// failure frame. Knows neither skeletons nor workers.

import { UpcallError } from "../../../errors.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";
import type { Workplace } from "../../contract.ts";
import { copy } from "../../copy.ts";
import { failureOf } from "../../failure.ts";
import type { Household } from "../../platform.ts";
import { AnnouncedThere } from "../announced.ts";
import type { Outbox } from "../outbox.ts";
import { type HeldCall, HeldCalls } from "./held.ts";
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
import { RunningTable } from "./running-table.ts";
import { watchUpcall } from "./watch.ts";

/** What of a frame's header says whose call it is and where it goes. */
type CallHeader = Pick<HeldCall, "method" | "flags" | "call" | "remaining" | "owned">;

export class CalleeHalf implements RunningOwner {
  readonly peer: string;
  readonly watched: boolean;
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #workplace: Workplace;
  readonly #announced: AnnouncedThere;
  readonly #running: RunningTable = new RunningTable();
  readonly #held: HeldCalls;
  #count = 0;
  #gone = false;
  #draining = false;
  #releasing = false;
  #idle: (() => void) | null = null;

  constructor(home: Household, outbox: Outbox, peer: string, workplace: Workplace) {
    this.#home = home;
    this.#outbox = outbox;
    this.#workplace = workplace;
    this.peer = peer;
    this.watched = home.observer !== null;
    this.#held = new HeldCalls(home.limits);
    this.#announced = new AnnouncedThere(home.limits.announced, workplace);
  }

  /** Upcalls that have not settled. */
  get size(): number {
    return this.#count;
  }

  announce(interfaces: unknown): void {
    this.#announced.add(interfaces);
  }

  /** A call frame, whole. Throws only where the frame breaks the protocol; all else is told to its caller. */
  call(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const { call: id } = header;
    this.#home.counters.callsReceived++;
    if ((header.flags & flag.oneway) === 0) {
      if (this.#running.find(id) !== null) throw idUsedTwice(id);
      if (this.#held.size > 0 && this.#held.has(id)) throw idUsedTwice(id);
    }
    if (this.#held.size > 0 || !this.#room()) this.#hold(header, bytes, start, end);
    else this.#begin(header, bytes, start, end);
  }

  /** There may be room again: calls that were held are begun. */
  release(): void {
    // A call that settles at once comes here again: the loop below goes on with the next, not the stack.
    if (this.#releasing) return;
    this.#releasing = true;
    while (this.#held.size > 0 && this.#room()) {
      const held = this.#held.next();
      if (held === undefined) break;
      const waited = this.#home.platform.clock.now() - held.since;
      if (held.remaining > 0 && waited >= held.remaining) {
        this.#home.counters.expired++;
        this.#refuse(held, heldTooLong());
      } else {
        const left = held.remaining === 0 ? 0 : Math.ceil(held.remaining - waited);
        this.#begin({ ...held, remaining: left }, held.body, 0, held.body.length);
      }
    }
    this.#releasing = false;
  }

  #room(): boolean {
    const { limits } = this.#home;
    return this.#count < limits.running && this.#outbox.unsent < limits.unsentPause;
  }

  #hold(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { method, flags, call, remaining } = header;
    const { limits, counters, platform } = this.#home;
    const unread = this.#outbox.unsent >= limits.unsentPause;
    // Whoever has not heard our limit yet may send some calls more than may run; whoever has, knows better.
    if (this.#held.size < (unread ? limits.running : limits.earlyCalls)) {
      const since = platform.clock.now();
      if (this.#held.add({ method, flags, call, remaining, body: bytes.slice(start, end), owned: true, since })) return;
    }
    counters.refusedRunning++;
    this.#refuse(header, unread ? heldTooMany() : busy());
  }

  #begin(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { limits, counters, platform } = this.#home;
    const id = header.call;
    const oneway = (header.flags & flag.oneway) !== 0;
    const target = this.#announced.find(header.method);
    if (target === undefined || target instanceof UpcallError) {
      counters.unimplemented++;
      return this.#refuse(header, target ?? notAnnounced(header.method));
    }
    const refusal = this.#refusal(end - start);
    if (refusal !== null) return this.#refuse(header, refusal);
    const given = header.remaining === 0 ? limits.timeout : Math.min(header.remaining, limits.timeoutMost);
    const call = new RunningCall(this, id, target, oneway, this.#outbox.time + given);
    this.#count++;
    counters.runningNow++;
    this.#workplace.start(call, bytes, start, end, header.owned);
    if (!call.settled) {
      this.#running.add(call);
      platform.deadlines.add(call);
    }
  }

  /** A call whose arguments were longer than the limit, and were not kept. */
  tooLong(header: CallHeader): void {
    this.#refuse(header, argumentsTooLarge(null, this.#home.limits.message));
  }

  /** The caller does not want this call any more. */
  cancel(id: number): void {
    if (this.#held.remove(id)) return;
    const call = this.#running.find(id);
    if (call === null) return;
    this.#home.counters.cancelled++;
    this.#abort(call, callerCancelled(call.target.entry.fullName));
  }

  /** The connection is gone: what still runs is told, and nothing it gives is sent. */
  lost(): void {
    this.#gone = true;
    this.#held.clear();
    // Nobody waits for them any more, so their deadlines keep no process alive.
    for (const call of this.#running.all()) this.#home.platform.deadlines.remove(call);
    if (this.#count > 0) this.cancelAll(callerGone());
  }

  cancelAll(reason: UpcallError): void {
    for (const call of this.#running.all()) this.#abort(call, reason);
  }

  /** Takes no new calls; fulfilled when the last one is settled. */
  async drained(): Promise<void> {
    this.#draining = true;
    for (let held = this.#held.next(); held !== undefined; held = this.#held.next()) this.#refuse(held, draining());
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  watch(stage: "decode" | "upcall" | "return", call: RunningCall, bytes: number): void {
    const way = stage === "return" ? "reply" : "call";
    watchUpcall(this.#home, way, stage, call.id, call.target.entry.fullName, bytes);
  }

  /** A call frame came in, while there is an observer. */
  watchFrame(header: FrameReader, frame: number, body: number): void {
    const target = this.#announced.find(header.method);
    const method = target === undefined || target instanceof UpcallError ? "" : target.entry.fullName;
    watchUpcall(this.#home, "call", "receive", header.call, method, frame);
    watchUpcall(this.#home, "call", "unframe", header.call, method, body);
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
      return this.#fail(call.id, badResult(fullName, error));
    }
    const length = this.#outbox.length;
    if (length > limits.message) {
      this.#outbox.drop();
      counters.messagesTooLarge++;
      return this.#fail(call.id, resultTooLarge(fullName, length, limits.message));
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
    copy(writer, writer.position, bytes, start, end);
    writer.position += end - start;
    this.#reply(call, end - start, failed ? kind.failure : kind.reply);
  }

  #reply(call: RunningCall, length: number, frameKind: number): void {
    this.#outbox.commit(frameKind, 0, 0, call.id, 0);
    if (this.watched) this.#watchReply(call, length);
    if (this.#held.size > 0) this.release();
  }

  #watchReply({ id, target }: RunningCall, bytes: number): void {
    const method = target.entry.fullName;
    watchUpcall(this.#home, "reply", "encode", id, method, bytes);
    watchUpcall(this.#home, "reply", "frame", id, method, bytes);
    this.#outbox.watchSend({ stage: "send", way: "reply", side: "skeleton", call: id, method, bytes });
  }

  /** Takes the call out of every table; true when nothing is to be sent for it. */
  #finish(call: RunningCall): boolean {
    call.settled = true;
    this.#count--;
    this.#home.counters.runningNow--;
    if (call.after !== null) this.#home.platform.deadlines.remove(call);
    this.#running.remove(call);
    if (this.#count === 0) this.#idle?.();
    if (call.oneway && this.#held.size > 0) this.release();
    return call.oneway || this.#gone;
  }

  #abort(call: RunningCall, reason: UpcallError): void {
    call.abort(reason);
    this.#workplace.cancel(call);
  }

  #refusal(length: number): UpcallError | null {
    const { limits, counters } = this.#home;
    if (this.#draining) return draining();
    if (length > limits.message) {
      counters.messagesTooLarge++;
      return argumentsTooLarge(length, limits.message);
    }
    if (counters.runningNow >= limits.runningServer) {
      counters.refusedRunning++;
      return busy();
    }
    return null;
  }

  /** Tells the caller of a call that did not run; nobody waits for the answer of a oneway. */
  #refuse(header: CallHeader, error: UpcallError): void {
    if ((header.flags & flag.oneway) === 0) this.#fail(header.call, error);
  }

  #fail(id: number, error: UpcallError): void {
    if (this.#gone) return;
    this.#outbox.value(this.#home.encoder, kind.failure, id, failureOf(error));
    if (this.#held.size > 0) this.release();
  }
}
