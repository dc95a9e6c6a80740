// The session, the callee's half: a call frame becomes an upcall in the workplace, and what comes of it a reply or a
// failure frame. Knows neither skeletons nor workers.

import { UpcallError } from "../../../errors.ts";
import { isStream } from "../../../interface/spec.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";
import type { Workplace } from "../../contract.ts";
import type { Doors } from "../../doors.ts";
import { Holder } from "../../holder.ts";
import { leave } from "../../iterables.ts";
import type { Household } from "../../platform.ts";
import { AnnouncedThere, type Names } from "../announced.ts";
import type { Carriage } from "../carrying/carriage.ts";
import type { Outbox } from "../outbox.ts";
import { letGo } from "../references/reference.ts";
import { Admission } from "./admission.ts";
import { AimedCalls, promisedBy } from "./aimed.ts";
import { aimLength, annotationIn, bodyStart, checkFront } from "./annotation.ts";
import type { CallHeader, HeldCall } from "./held.ts";
import { Holding, type HoldingOwner } from "./holding.ts";
import { Permission, type PermissionOwner } from "./permission.ts";
import {
  callerCancelled,
  callerGone,
  deadlinePassed,
  draining,
  idUsedTwice,
  neverBegun,
  notAnnounced,
} from "./refusals.ts";
import { Replies } from "./replies.ts";
import { RunningCall, type RunningOwner } from "./running.ts";
import { RunningTable } from "./running-table.ts";
import { watchFrame, watchUpcall } from "./watch.ts";

/** Of two ids, the one less than so many behind the other is the later one. */
const halfOfIds = 2 ** 31;

export class CalleeHalf implements RunningOwner, HoldingOwner, PermissionOwner {
  readonly peer: string;
  readonly watched: boolean;
  readonly home: Household;
  /** Who is at the other end, where that was found out; else null. */
  identity: unknown = null;
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #workplace: Workplace;
  readonly #announced: AnnouncedThere;
  readonly #running: RunningTable = new RunningTable();
  readonly #admission: Admission;
  readonly #holder: Holder;
  readonly #held: Holding;
  readonly #carriage: () => Carriage;
  readonly #replies: Replies;
  /** Null where the server has no doors. */
  readonly #permission: Permission | null;
  /** Made when it is first needed. */
  #aimed: AimedCalls | null = null;
  #count = 0;
  #gone = false;
  #lastTaken = 0;
  #idle: (() => void) | null = null;

  constructor(
    home: Household,
    outbox: Outbox,
    peer: string,
    workplace: Workplace,
    doors: Doors | null,
    carriage: () => Carriage,
  ) {
    this.home = this.#home = home;
    this.#outbox = outbox;
    this.#workplace = workplace;
    this.peer = peer;
    this.watched = home.observer !== null;
    this.#admission = new Admission(home, outbox);
    this.#carriage = carriage;
    this.#replies = new Replies(home, outbox, carriage);
    this.#holder = new Holder(peer);
    this.#held = new Holding(home, this.#admission, this);
    this.#permission = doors === null ? null : new Permission(home, doors.authorize, this);
    this.#announced = new AnnouncedThere(home.limits.announced, workplace, this.#holder);
  }

  /** Upcalls that have not settled. */
  get size(): number {
    return this.#count;
  }

  /** Results that the other side may still call. */
  get promised(): number {
    return this.#aimed?.results.size ?? 0;
  }

  /** The id of the last call that came; 0 for none. Ids count up and go round at 2^32; a long call is whole late. */
  get lastTaken(): number {
    return this.#lastTaken;
  }

  announce(names: Names): void {
    this.#announced.add(names);
  }

  /** A call frame, whole. Throws only where the frame breaks the protocol; all else is told to its caller. */
  call(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const { call: id } = header;
    this.#home.counters.callsReceived++;
    if ((header.flags & (flag.annotated | flag.target)) !== 0) checkFront(header, bytes, start, end);
    if ((id - this.#lastTaken) >>> 0 < halfOfIds || this.#lastTaken === 0) this.#lastTaken = id;
    if ((header.flags & flag.oneway) === 0) {
      if (this.#running.find(id) !== null) throw idUsedTwice(id);
      if (this.#held.size > 0 && this.#held.has(id)) throw idUsedTwice(id);
      if (this.#aimed?.results.has(id) || this.#permission?.has(id)) throw idUsedTwice(id);
    }
    if (this.#held.size > 0 || !this.#admission.room(this.#count)) this.#held.hold(header, bytes, start, end);
    else this.begin(header, bytes, start, end);
  }

  /** There may be room again: calls that were held are begun. */
  release(): void {
    this.#held.release();
  }

  get #calls(): AimedCalls {
    this.#aimed ??= new AimedCalls(this.#home, this.#announced, this.#carriage, (call) => this.resume(call));
    return this.#aimed;
  }

  /** What a call waited for has happened. */
  resume(call: HeldCall): void {
    this.#held.resume(call);
  }

  /** A call for which there is room. */
  begin(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { limits, counters, platform } = this.#home;
    const { call: id, flags } = header;
    const aimed = (flags & flag.target) !== 0;
    const first = bodyStart(header, bytes, start, end);
    const permission = this.#permission;
    if (permission !== null) {
      const names = this.#announced.namesOf(header.method);
      if (names !== undefined && !permission.admits(header, names, bytes, start, end)) return;
    }
    const target = aimed ? this.#calls.find(header, bytes, start, first, end) : this.#announced.find(header.method);
    if (target === null) return;
    if (target === undefined || target instanceof UpcallError) {
      if (target === undefined || target.code === "UNIMPLEMENTED") counters.unimplemented++;
      if (permission !== null && target?.code === "UNIMPLEMENTED") return permission.refuse(header);
      return this.refuse(header, target ?? notAnnounced(header.method));
    }
    const promised = target.entry.method.carries === null ? null : promisedBy(target);
    if (promised !== null) this.#calls.results.open(id, promised);
    const given = header.remaining === 0 ? limits.timeout : Math.min(header.remaining, limits.timeoutMost);
    const { time } = this.#outbox;
    const refusal = this.#admission.refusal(end - start, this.#count, time, given);
    if (refusal !== null) return this.refuse(header, refusal);
    const call = new RunningCall(this, id, target, (flags & flag.oneway) !== 0, time + given);
    if (first > start) {
      const annotation = annotationIn(this.#home, bytes, start, first);
      if (annotation instanceof UpcallError) return this.refuse(header, annotation);
      call.annotation = annotation;
    }
    this.#count++;
    counters.runningNow++;
    this.#workplace.start(call, bytes, aimed ? first + aimLength : first, end, header.owned);
    if (!call.settled) {
      this.#running.add(call);
      platform.deadlines.add(call);
    }
  }

  /** The caller does not want this call any more. */
  cancel(id: number): void {
    if (this.#held.remove(id) || this.#aimed?.results.cancel(id) || this.#permission?.cancel(id))
      return this.#fail(id, neverBegun(), true);
    const call = this.#running.find(id);
    if (call === null) return;
    this.#home.counters.cancelled++;
    this.#abort(call, callerCancelled(call.target.entry.fullName));
  }

  /** The connection is gone: what still runs is told, and nothing it gives is sent. */
  lost(): void {
    this.#gone = true;
    this.#held.clear();
    this.#aimed?.results.clear();
    this.#permission?.clear();
    // Nobody waits for them any more, so their deadlines keep no process alive.
    for (const call of this.#running.all()) this.#home.platform.deadlines.remove(call);
    if (this.#count > 0) this.cancelAll(callerGone());
    this.#holder.end();
  }

  cancelAll(reason: UpcallError): void {
    for (const call of this.#running.all()) this.#abort(call, reason);
  }

  /** Takes no new calls; fulfilled when the last one is settled, or null where none runs. */
  drained(): Promise<void> | null {
    this.#admission.draining = true;
    this.#held.refuseAll();
    this.#permission?.refuseAll(draining);
    if (this.#count === 0) return null;
    return new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  watch(stage: "decode" | "upcall" | "return", call: RunningCall, bytes: number): void {
    const way = stage === "return" ? "reply" : "call";
    watchUpcall(this.#home, way, stage, call.id, call.target.entry.fullName, bytes);
  }

  /** A call frame came in, while there is an observer. */
  watchFrame(header: FrameReader, frame: number, body: number): void {
    watchFrame(this.#home, header.call, this.#announced.find(header.method), frame, body);
  }

  /** The caller has settled the call by its own clock; the upcall is told, and its slot is free when it ends. */
  expired(call: RunningCall): void {
    this.#home.counters.deadlinesExceeded++;
    this.#abort(call, deadlinePassed(call.target.entry.fullName));
  }

  receive(call: RunningCall, args: unknown[], passing: boolean): unknown[] {
    return this.#carriage().receiveArguments(call.target.entry, args, passing, () => call.streams);
  }

  /** The caller does not need the promised result of this call any more. */
  released(id: number): void {
    this.#aimed?.results.release(id);
  }

  returned(call: RunningCall, value: unknown): void {
    const { carries } = call.target.entry.method;
    if (this.#finish(call)) {
      if (carries !== null) call.load?.streams?.settled();
      if (isStream(carries?.returns)) leave(value);
      return;
    }
    if (carries === null) this.#replies.value(call, value);
    else this.#carried(call, value);
    if (this.#held.size > 0) this.release();
  }

  failed(call: RunningCall, error: UpcallError): void {
    const over = this.#finish(call);
    call.load?.streams?.settled();
    if (over) return;
    const { carries } = call.target.entry.method;
    this.#fail(call.id, error, carries !== null && call.load?.read !== true, call);
  }

  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (this.#finish(call)) return;
    this.#replies.body(call, failed, bytes, start, end);
    if (this.#held.size > 0) this.release();
  }

  #carried(call: RunningCall, value: unknown): void {
    const promised = promisedBy(call.target);
    const error = this.#replies.carried(call, value);
    call.load?.streams?.settled();
    if (promised === null) return;
    this.#aimed?.results.settle(call.id, error === null ? this.#carriage().row(promised, value) : null, error);
  }

  /** Takes the call out of every table; true when nothing is to be sent for it. */
  #finish(call: RunningCall): boolean {
    call.settled = true;
    this.#count--;
    this.#home.counters.runningNow--;
    if (call.after !== null) this.#home.platform.deadlines.remove(call);
    this.#running.remove(call);
    if (call.load !== null) for (const value of call.load.passed) letGo(this.#home.platform.references, value);
    if (this.#count === 0) this.#idle?.();
    if (call.oneway && this.#held.size > 0) this.release();
    return call.oneway || this.#gone;
  }

  #abort(call: RunningCall, reason: UpcallError): void {
    call.abort(reason);
    this.#workplace.cancel(call);
  }

  /** Tells the caller of a call that did not run; nobody waits for the answer of a oneway. */
  refuse(header: CallHeader, error: UpcallError): void {
    if ((header.flags & flag.oneway) === 0) this.#fail(header.call, error, true);
  }

  #fail(id: number, error: UpcallError, unread: boolean, call: RunningCall | null = null): void {
    if (this.#gone) return;
    this.#replies.error(id, error, unread, call?.target.entry.method.errors, call?.annotation.bytes);
    this.#aimed?.results.settle(id, null, error);
    if (this.#held.size > 0) this.release();
  }
}
