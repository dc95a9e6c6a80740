// The session, the callee's half: a call frame becomes an upcall in the dispatcher, and what comes of it a reply or a
// failure frame. Knows neither skeletons nor workers.

import type { AccessHooks } from "../../../call/access.ts";
import { ConnectionHolder } from "../../../call/holder.ts";
import { leave } from "../../../call/iterables.ts";
import { letGo } from "../../../call/pending/reference-caller.ts";
import { annotationIn } from "../../../call/running/annotation.ts";
import { RunningCall, type RunningOwner } from "../../../call/running/running.ts";
import { watchFrame, watchUpcall } from "../../../call/running/watch-running.ts";
import type { Dispatcher } from "../../../contract/callee.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import {
  callerCancelled,
  callerGone,
  deadlinePassed,
  idUsedTwice,
  neverBegun,
} from "../../../failure/call-refusals.ts";
import { isStream } from "../../../interface/spec.ts";
import type { Peer } from "../../../peer.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import type { Names } from "../handshake/announced.ts";
import { bodyStart, checkFront } from "../input/read-front.ts";
import type { FrameOutput } from "../output/output.ts";
import type { Reference } from "../references/reference.ts";
import { Admission } from "./admission.ts";
import type { CallHeader, HeldCall } from "./held.ts";
import { Holding, type HoldingOwner } from "./holding.ts";
import { promisedBy } from "./object-calls.ts";
import type { PermissionOwner } from "./permission.ts";
import { Replies } from "./replies.ts";
import { RunningTable } from "./running-table.ts";
import { fronted, Targets } from "./targets.ts";

export class CalleeHalf implements RunningOwner, HoldingOwner, PermissionOwner {
  readonly peer: Peer;
  readonly endpoint: Endpoint;
  readonly account: Account;
  /** Who is at the other end, where that was found out; else null. */
  identity: unknown = null;
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #dispatcher: Dispatcher;
  readonly #targets: Targets;
  readonly #running: RunningTable = new RunningTable();
  readonly #admission: Admission;
  readonly #holder: ConnectionHolder;
  readonly #held: Holding;
  readonly #transfer: () => ReferenceTransfer;
  readonly #replies: Replies;
  #count = 0;
  #gone = false;
  #lastTaken = 0;
  /** The largest id that ever came: one beyond it is new. */
  #largest = 0;
  #idle: (() => void) | null = null;

  constructor(
    endpoint: Endpoint,
    output: FrameOutput,
    peer: Peer,
    dispatcher: Dispatcher,
    accessHooks: AccessHooks | null,
    transfer: () => ReferenceTransfer,
  ) {
    this.endpoint = this.#endpoint = endpoint;
    this.#output = output;
    this.account = output.account;
    this.#dispatcher = dispatcher;
    this.peer = peer;
    this.#admission = new Admission(endpoint, output);
    this.#transfer = transfer;
    this.#replies = new Replies(endpoint, output, transfer);
    this.#holder = new ConnectionHolder(peer);
    this.#held = new Holding(endpoint, this.#admission, output.account, this);
    this.#targets = new Targets(endpoint, dispatcher, accessHooks, this.#holder, transfer, this);
  }

  get connection(): string {
    return this.#output.connection;
  }

  /** Upcalls that have not settled. */
  get size(): number {
    return this.#count;
  }

  /** Results that the other side may still call. */
  get promised(): number {
    return this.#targets.promised;
  }

  /** The id of the last call that came; 0 for none. Ids count up and go round at 2^32; a long call is whole late. */
  get lastTaken(): number {
    return this.#lastTaken;
  }

  announce(names: Names): void {
    this.#targets.announce(names);
  }

  /** A call frame, whole. Throws only where the frame breaks the protocol; all else is told to its caller. */
  call(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    const { call: id } = header;
    this.#endpoint.counters.callsReceived++;
    if ((header.flags & fronted) !== 0) checkFront(header, bytes, start, end);
    if (id > this.#largest) this.#lastTaken = this.#largest = id;
    else this.#late(header);
    if (this.#held.size > 0 || !this.#admission.room(this.#count)) this.#held.hold(header, bytes, start, end);
    else this.begin(header, bytes, start, end);
  }

  /** A long message that was whole after later ones, or ids have gone round; or an id is used twice. */
  #late({ call: id, flags }: FrameReader): void {
    // Of two ids, the one less than half of all behind the other is the later one.
    if (((id - this.#lastTaken) | 0) > 0) this.#lastTaken = id;
    if ((flags & flag.oneway) !== 0) return;
    const used = this.#running.find(id) !== null || this.#targets.has(id);
    if (used || (this.#held.size > 0 && this.#held.has(id))) throw idUsedTwice(id);
  }

  /** There may be room again: calls that were held are begun. */
  release(): void {
    this.#held.release();
  }

  /** What a call waited for has happened. */
  resume(call: HeldCall): void {
    this.#held.resume(call);
  }

  /** A call for which there is room. */
  begin(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { limits, counters } = this.#endpoint;
    const { call: id, flags } = header;
    const target = this.#targets.find(header, bytes, start, end);
    if (target === null) return;
    if (target.entry.method.carries !== null && (flags & flag.oneway) === 0) this.#targets.promise(id, target);
    const given = header.remaining === 0 ? limits.timeout : Math.min(header.remaining, limits.timeoutMost);
    const { time } = this.#output;
    const refusal = this.#admission.refusal(end - start, this.#count, time, given);
    if (refusal !== null) return this.refuse(header, refusal);
    const call = new RunningCall(this, id, target, (flags & flag.oneway) !== 0, time + given);
    if ((flags & flag.annotated) !== 0 && !this.#annotate(call, header, bytes, start, end)) return;
    this.#count++;
    counters.runningNow++;
    const first = (flags & fronted) === 0 ? start : this.#targets.start(header, bytes, start, end);
    this.#dispatcher.start(call, bytes, first, end, header.owned);
    if (!call.settled) this.#list(call);
  }

  /** It goes on: from now on it is found by its id, and by its deadline. */
  #list(call: RunningCall): void {
    call.listed = true;
    this.#running.add(call);
    this.#endpoint.platform.deadlines.add(call);
  }

  /** Reads the metadata that came with it; false where the call was refused. */
  #annotate(call: RunningCall, header: CallHeader, bytes: Uint8Array, start: number, end: number): boolean {
    const annotation = annotationIn(this.#endpoint, bytes, start, bodyStart(header, bytes, start, end));
    if (annotation instanceof UpcallError) this.refuse(header, annotation);
    else call.annotation = annotation;
    return call.annotation === annotation;
  }

  /** The caller does not want this call any more. */
  cancel(id: number): void {
    const held = this.#held.remove(id);
    if (held !== undefined) return this.refuse(held, neverBegun());
    if (this.#targets.cancel(id)) return this.#fail(id, neverBegun(), true);
    const call = this.#running.find(id);
    if (call === null) return;
    this.#endpoint.counters.cancelled++;
    this.#abort(call, callerCancelled(call.target.entry.fullName));
  }

  /** The connection is gone: what still runs is told, and nothing it gives is sent. */
  lost(): void {
    this.#gone = true;
    this.#held.clear();
    this.#targets.clear();
    // No caller waits for them any more, so their deadlines keep no process alive.
    for (const call of this.#running.all()) this.#endpoint.platform.deadlines.remove(call);
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
    this.#targets.drain();
    if (this.#count === 0) return null;
    return new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  watch(stage: "decode" | "upcall" | "return", call: RunningCall, bytes: number): void {
    const way = stage === "return" ? "reply" : "call";
    watchUpcall(this.#endpoint, this.connection, way, stage, call.id, call.target.entry.fullName, bytes);
  }

  /** A call frame came in, while there is an observer. */
  watchFrame(header: FrameReader, frame: number, body: number): void {
    watchFrame(this.#endpoint, this.connection, header.call, this.#targets.named(header.method), frame, body);
  }

  /** The caller has settled the call by its own clock; the upcall is told, and its slot is free when it ends. */
  expired(call: RunningCall): void {
    this.#endpoint.counters.deadlinesExceeded++;
    this.#abort(call, deadlinePassed(call.target.entry.fullName));
  }

  receive(call: RunningCall, args: unknown[], passing: boolean, lent: Reference[]): unknown[] {
    return this.#transfer().receiveArguments(call.target.entry, args, passing, lent, () => call.streams);
  }

  /** The caller does not need the promised result of this call any more. */
  released(id: number): void {
    this.#targets.release(id);
  }

  returned(call: RunningCall, value: unknown): void {
    if (this.#finish(call)) return this.#unheard(call, value);
    if (call.target.entry.method.carries === null) this.#replies.value(call, value);
    else this.#carried(call, value);
    if (this.#held.size > 0) this.release();
  }

  /** No caller is told of this result. */
  #unheard(call: RunningCall, value: unknown): void {
    const { carries } = call.target.entry.method;
    if (carries === null) return;
    call.load?.streams?.settled();
    if (isStream(carries.returns)) leave(value);
  }

  failed(call: RunningCall, error: UpcallError): void {
    const over = this.#finish(call);
    call.load?.streams?.settled();
    if (over) return;
    const { carries } = call.target.entry.method;
    this.#fail(call.id, error, carries !== null && call.load?.read !== true, call);
  }

  body(call: RunningCall, failed: boolean, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const over = this.#finish(call);
    // It is over for what it carried as well, as with a value or an error of this thread.
    call.load?.streams?.settled();
    if (over) return;
    this.#replies.body(call, failed, bytes, start, end, owned);
    if (failed) this.#targets.broken(call, bytes, start, end);
    if (this.#held.size > 0) this.release();
  }

  #carried(call: RunningCall, value: unknown): void {
    const promised = promisedBy(call.target);
    const error = this.#replies.carried(call, value);
    call.load?.streams?.settled();
    if (promised === null) return;
    if (error === null) this.#targets.returned(call.id, promised, value);
    else this.#targets.failed(call.id, error);
  }

  /** Takes the call out of every table; true when nothing is to be sent for it. */
  #finish(call: RunningCall): boolean {
    call.settled = true;
    this.#count--;
    this.#endpoint.counters.runningNow--;
    if (call.listed) {
      this.#endpoint.platform.deadlines.remove(call);
      this.#running.remove(call);
    }
    if (call.load !== null) this.#letGo(call, call.load.passed);
    if (this.#count === 0 && this.#idle !== null) this.#idle();
    if (call.oneway && this.#held.size > 0) this.release();
    return call.oneway || this.#gone;
  }

  /** It is settled: what it was passed on with is not needed any more, and neither is the memory of what waited. */
  #letGo(call: RunningCall, passed: readonly unknown[]): void {
    call.unhold();
    for (const value of passed) letGo(this.#endpoint.platform.references, value);
  }

  #abort(call: RunningCall, reason: UpcallError): void {
    call.abort(reason);
    this.#dispatcher.cancel(call);
  }

  /** Tells the caller of a call that did not run; no caller waits for the answer of a oneway. */
  refuse(header: CallHeader, error: UpcallError): void {
    if ((header.flags & flag.oneway) !== 0) return;
    this.#targets.refused(header);
    this.#fail(header.call, error, true);
  }

  #fail(id: number, error: UpcallError, unread: boolean, call: RunningCall | null = null): void {
    if (this.#gone) return;
    this.#replies.error(id, error, unread, call?.target.entry.method.errors, call?.annotation.bytes);
    this.#targets.failed(id, error);
    if (this.#held.size > 0) this.release();
  }
}
