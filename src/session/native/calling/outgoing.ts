// The session, the caller's half: calls on their way out. A call is marshalled once and then sent with this turn, or
// waits until the other side takes more.

import type { MethodEntry } from "../../../interface/define.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import { copy } from "../../copy.ts";
import type { Household } from "../../platform.ts";
import type { Outbox } from "../outbox.ts";
import { argumentsTooLong, waitingTooMany } from "./endings.ts";
import { type PendingCall, PendingRing } from "./pending.ts";
import { WaitingCalls } from "./waiting.ts";
import { watchCall } from "./watch.ts";

export class Outgoing {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #peer: string;
  /** Called for a call without a reply, when it was sent. */
  readonly #sentOneway: (call: PendingCall) => void;
  readonly #ring: PendingRing = new PendingRing();
  readonly #waiting: WaitingCalls;
  #stopped = false;
  /** What the other side takes at once: little before its greeting's answer, then what that said. */
  #calls: number;
  #bytes: number;
  #message: number;

  constructor(home: Household, outbox: Outbox, peer: string, sentOneway: (call: PendingCall) => void) {
    this.#home = home;
    this.#outbox = outbox;
    this.#peer = peer;
    this.#sentOneway = sentOneway;
    this.#calls = home.limits.earlyCalls;
    this.#bytes = home.limits.earlyBytes;
    this.#message = home.limits.message;
    this.#waiting = new WaitingCalls(home.limits);
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

  find(id: number): PendingCall | null {
    return this.#ring.find(id);
  }

  get sent(): PendingCall[] {
    return this.#ring.all();
  }

  all(): PendingCall[] {
    return [...this.#ring.all(), ...this.#waiting.all()];
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

  /** Marshals a call and sends it, or lets it wait. Errors: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, all `not-executed`. */
  put(call: PendingCall, args: readonly unknown[]): void {
    const { counters, encoder } = this.#home;
    const outbox = this.#outbox;
    const room = this.#waiting.size === 0 && this.#room();
    const writer = outbox.begin();
    try {
      encoder.list(writer, args, "arguments");
    } catch (error) {
      outbox.drop();
      throw error;
    }
    // A getter of the arguments may have aborted the call.
    if (call.settled) return outbox.drop();
    const { length } = outbox;
    if (length > this.#message) {
      outbox.drop();
      counters.messagesTooLarge++;
      throw argumentsTooLong(call, length, this.#message, this.#peer);
    }
    if (this.#home.observer !== null) watchCall(this.#home, "call", "encode", call, length);
    if (room && length <= this.#bytes) this.#send(call, length);
    else {
      const body = writer.bytes.slice(writer.position - length, writer.position);
      outbox.drop();
      if (this.#waiting.add(call, body)) return;
      counters.refusedWaiting++;
      throw waitingTooMany(this.#waiting.size, this.#peer);
    }
  }

  /** Sends a call that is marshalled already, and was given its turn and its deadline elsewhere. */
  pass(call: PendingCall, bytes: Uint8Array, start: number, end: number): void {
    this.#write(bytes, start, end);
    this.#ring.add(call);
    this.#outbox.commit(kind.call, 0, call.number, call.id, 0);
  }

  /** Sends calls that waited, as far as the other side and the connection take them. */
  pump(): void {
    while (this.#waiting.size > 0 && !this.#stopped && !this.#outbox.busy && this.#room()) {
      const [call, body] = this.#waiting.first;
      if (body.length > this.#bytes) return;
      this.#waiting.remove(call);
      this.#write(body, 0, body.length);
      this.#send(call, body.length);
    }
  }

  #room(): boolean {
    return this.#ring.size < this.#calls && this.#outbox.unsent < this.#home.limits.unsentPause;
  }

  /** The body is in the outbox already: the call gets its id and goes out with this turn. */
  #send(call: PendingCall, length: number): void {
    this.#bytes -= length;
    const remaining = Math.max(1, Math.floor(call.deadline - this.#outbox.time));
    const oneway = isOneway(call.entry);
    if (oneway) this.#ring.pass(call);
    else this.#ring.add(call);
    this.#outbox.commit(kind.call, oneway ? flag.oneway : 0, call.number, call.id, remaining);
    if (this.#home.observer !== null) this.#watchSent(call, length);
    if (oneway) this.#sentOneway(call);
  }

  #watchSent(call: PendingCall, bytes: number): void {
    watchCall(this.#home, "call", "frame", call, bytes);
    const method = call.entry.fullName;
    this.#outbox.watchSend({ stage: "send", way: "call", side: "proxy", call: call.id, method, bytes });
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    const writer = this.#outbox.begin();
    writer.ensure(end - start);
    copy(writer, writer.position, bytes, start, end);
    writer.position += end - start;
  }
}

function isOneway(entry: MethodEntry): boolean {
  return entry.method.kind === "oneway";
}
