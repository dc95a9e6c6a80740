// The session, the caller's half: calls on their way out. A call is marshalled once and then sent with this turn, or
// waits until the other side takes more.

import type { Writer } from "../../../codec/writer.ts";
import type { UpcallError } from "../../../errors.ts";
import type { MethodEntry } from "../../../interface/define.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { CallOptions } from "../../contract.ts";
import { copy } from "../../copy.ts";
import type { Household } from "../../platform.ts";
import type { Outbox } from "../outbox.ts";
import type { Cargo } from "./cargo.ts";
import { argumentsTooLong, waitingTooMany } from "./endings.ts";
import { type PendingCall, PendingRing } from "./pending.ts";
import { WaitingCalls } from "./waiting.ts";
import { watchCall } from "./watch.ts";

/** What a pool adds in front of the arguments of the calls that it passes on. */
export type NoteOf = (options: CallOptions | null) => Uint8Array;

export class Outgoing {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #peer: string;
  readonly #note: NoteOf | null;
  /** Called for a call without a reply, when it was sent. */
  readonly #sentOneway: (call: PendingCall) => void;
  readonly #torn: (id: number) => void;
  readonly #ring: PendingRing = new PendingRing();
  readonly #waiting: WaitingCalls;
  #stopped = false;
  #pumping = false;
  #refusal: UpcallError | null = null;
  #refusedAt = 0;
  /** What the other side takes at once: little before its greeting's answer, then what that said. */
  #calls: number;
  #bytes: number;
  #message: number;

  constructor(
    home: Household,
    outbox: Outbox,
    peer: string,
    note: NoteOf | null,
    sentOneway: (call: PendingCall) => void,
    torn: (call: PendingCall) => void,
  ) {
    this.#home = home;
    this.#note = note;
    this.#outbox = outbox;
    this.#peer = peer;
    this.#sentOneway = sentOneway;
    this.#torn = (id) => {
      const call = this.#ring.find(id);
      if (call !== null) torn(call);
    };
    this.#calls = home.limits.earlyCalls;
    this.#bytes = home.limits.earlyBytes;
    this.#message = home.limits.message;
    this.#waiting = new WaitingCalls(home.limits, outbox.account);
  }

  get size(): number {
    return this.#ring.size + this.#waiting.size;
  }

  /** Nothing is sent any more, not even what waited. */
  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The other side takes no more; gives the calls that it has not taken: those behind `last`, and those that wait. */
  goneAway(last: number): PendingCall[] {
    this.#calls = 0;
    return [...this.#waiting.all(), ...this.#ring.behind(last)];
  }

  find(id: number): PendingCall | null {
    return this.#ring.find(id);
  }

  get sent(): PendingCall[] {
    return this.#ring.all();
  }

  all(): PendingCall[] {
    return this.size === 0 ? [] : [...this.#ring.all(), ...this.#waiting.all()];
  }

  remove(call: PendingCall): void {
    if (call.id !== 0) this.#ring.remove(call);
    else this.#waiting.remove(call);
  }

  /** The other side answered the greeting and said what it takes. */
  welcome(calls: number, message: number): void {
    this.#calls = calls;
    this.#bytes = Number.POSITIVE_INFINITY;
    this.#message = Math.min(message, this.#home.limits.message);
    this.pump();
  }

  /**
   * One for all calls that are refused in a turn: whoever makes them by the hundred thousand is told each time, and does not
   * pay for an error with a stack each time.
   */
  get #tooMany(): UpcallError {
    this.#home.counters.refusedWaiting++;
    const { time } = this.#outbox;
    if (this.#refusal === null || this.#refusedAt !== time) {
      this.#refusal = waitingTooMany(this.#waiting.size, this.#peer);
      this.#refusedAt = time;
    }
    return this.#refusal;
  }

  /** Marshals a call and sends it, or lets it wait. Errors: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, all `not-executed`. */
  put(call: PendingCall, args: readonly unknown[]): void {
    const outbox = this.#outbox;
    if (this.#waiting.full) throw this.#tooMany;
    const number = call.cargo === null ? 0 : numberFor(call.cargo);
    const room = this.#waiting.size === 0 && this.#room() && number !== null;
    const writer = outbox.begin();
    writer.takesBeside = true;
    try {
      if (call.cargo !== null) this.#front(writer, call.cargo, number ?? 0);
      this.#home.encoder.list(writer, args, "arguments");
    } catch (error) {
      writer.takesBeside = false;
      outbox.drop();
      throw error;
    }
    writer.takesBeside = false;
    // A getter of the arguments may have aborted the call.
    if (call.settled) return outbox.drop();
    const { length } = outbox;
    if (length > this.#message) {
      outbox.drop();
      throw this.#tooLong(call, length);
    }
    if (this.#home.observer !== null) watchCall(this.#home, "call", "encode", call, length);
    if (room && length <= this.#bytes && this.#fits(length)) this.#send(call, length, null);
    else this.#wait(call, length);
  }

  #tooLong(call: PendingCall, length: number): UpcallError {
    this.#home.counters.messagesTooLarge++;
    return argumentsTooLong(call, length, this.#message, this.#peer);
  }

  /** The call that was just marshalled goes out later. */
  #wait(call: PendingCall, length: number): void {
    const body = this.#outbox.copied;
    this.#outbox.drop();
    if (!this.#fits(length) || !this.#waiting.add(call, body)) throw this.#tooMany;
  }

  /** The same for a call that was marshalled before there was a connection. Errors: RESOURCE_EXHAUSTED, `not-executed`. */
  take(call: PendingCall, body: Uint8Array): void {
    if (body.length > this.#message) throw this.#tooLong(call, body.length);
    if (!this.#waiting.add(call, body)) throw this.#tooMany;
    this.pump();
  }

  /**
   * Sends a call that is marshalled already, and was given its turn and its deadline elsewhere.
   *
   * @param tail what follows, where the body is long: it is not copied
   */
  pass(call: PendingCall, bytes: Uint8Array, start: number, end: number, tail: Uint8Array | null): void {
    const { cargo } = call;
    const number = cargo === null || cargo.aim === null ? 0 : cargo.aim.number();
    const writer = this.#outbox.begin();
    if (cargo !== null) address(writer, cargo, number);
    writer.ensure(end - start);
    copy(writer, writer.position, bytes, start, end);
    writer.position += end - start;
    this.#ring.add(call);
    const flags = call.cargo === null ? 0 : call.cargo.flags;
    if (tail === null) return this.#outbox.commit(kind.call, flags, call.number, call.id, 0);
    const head = this.#outbox.copied;
    this.#outbox.drop();
    this.#outbox.putLong(kind.call, flags, call.number, call.id, 0, [head, tail]);
  }

  /** Sends calls that waited, as far as the other side and the connection take them. */
  pump(): void {
    // A call that settles here comes here again: the loop below goes on with the next, not the stack.
    if (this.#pumping || this.#waiting.size === 0) return;
    this.#pumping = true;
    try {
      this.#pump();
    } finally {
      this.#pumping = false;
    }
  }

  #pump(): void {
    while (this.#waiting.size > 0 && !this.#stopped && !this.#outbox.busy && this.#room()) {
      const [call, body] = this.#waiting.first;
      if (body.length > this.#bytes || !this.#fits(body.length)) return;
      // It may be late by the clock before the wheel has turned.
      if (call.deadline <= this.#home.platform.clock.now()) call.expired();
      else if (call.cargo !== null && !this.#aimed(call.cargo, body)) return;
      // Its object was closed, or never returned.
      if (call.settled) continue;
      this.#waiting.remove(call);
      const long = body.length > this.#home.limits.piece;
      if (!long) this.#write(body, 0, body.length);
      this.#send(call, body.length, long ? body : null);
    }
  }

  /** What goes in front of the arguments. */
  #front(writer: Writer, cargo: Cargo, number: number): void {
    address(writer, cargo, number);
    if (this.#note === null) return;
    const note = this.#note(cargo.options);
    writer.ensure(note.length);
    writer.copy(note);
  }

  /** Writes the number of the object that is called, which was not known before; false while it still is not. */
  #aimed(cargo: Cargo, body: Uint8Array): boolean {
    let number: number | null;
    try {
      number = numberFor(cargo);
    } catch (error) {
      cargo.abandon(error as UpcallError);
      return true;
    }
    if (number === null) return false;
    if (cargo.aim !== null) new DataView(body.buffer, body.byteOffset).setUint32(cargo.metadata?.length ?? 0, number);
    return true;
  }

  #room(): boolean {
    return this.#ring.size < this.#calls && this.#outbox.unsent < this.#home.limits.unsentPause;
  }

  /** Whether long messages leave room for one more of this length; short ones pass between them. */
  #fits(length: number): boolean {
    const { piece, waitingBytes } = this.#home.limits;
    if (length <= piece) return true;
    const waiting = this.#outbox.long.bytes;
    return (waiting === 0 || waiting + length <= waitingBytes) && this.#outbox.account.admits(length);
  }

  /** The body is in the outbox already, unless it is given: the call gets its id and goes out with this turn. */
  #send(call: PendingCall, length: number, body: Uint8Array | null): void {
    this.#bytes -= length;
    const remaining = Math.max(1, Math.floor(call.deadline - this.#outbox.time));
    const oneway = isOneway(call.entry);
    if (oneway) this.#ring.pass(call);
    else this.#ring.add(call);
    const flags = (oneway ? flag.oneway : 0) | (call.cargo === null ? 0 : call.cargo.flags);
    if (length > this.#home.limits.piece) this.#outbox.long.torn ??= this.#torn;
    if (body === null) this.#outbox.commit(kind.call, flags, call.number, call.id, remaining);
    else this.#outbox.putLong(kind.call, flags, call.number, call.id, remaining, [body]);
    if (this.#home.observer !== null) this.#watchSent(call, length);
    if (oneway) this.#sentOneway(call);
  }

  #watchSent(call: PendingCall, bytes: number): void {
    watchCall(this.#home, "call", "frame", call, bytes);
    const method = call.entry.fullName;
    this.#outbox.watched?.add({ stage: "send", way: "call", side: "proxy", call: call.id, method, bytes });
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    const writer = this.#outbox.begin();
    writer.ensure(end - start);
    copy(writer, writer.position, bytes, start, end);
    writer.position += end - start;
  }
}

/** Metadata, then the number of the object that is called. */
function address(writer: Writer, { metadata, aim }: Cargo, number: number): void {
  writer.ensure(4 + (metadata === null ? 0 : metadata.length));
  if (metadata !== null) writer.copy(metadata);
  if (aim !== null) writer.u32(number);
}

/** The number of the object that is called; null while it is not known. */
function numberFor({ aim }: Cargo): number | null {
  return aim === null ? 0 : aim.number() || null;
}

function isOneway(entry: MethodEntry): boolean {
  return entry.method.kind === "oneway";
}
