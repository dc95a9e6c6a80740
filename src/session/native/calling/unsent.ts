// The session, the caller's half: calls that are not sent yet: those that wait for room, and those that wait for longer
// ones of their order. Both are marshalled, and bounded together.

import type { PendingCall } from "../../../call/pending/pending.ts";
import { WaitingCalls } from "../../../call/pending/waiting-calls.ts";
import type { CallOptions } from "../../../contract/caller.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { waitingTooMany } from "../../../failure/call-endings.ts";
import type { FrameOutput } from "../output/output.ts";
import { type Barrier, Orders, type OrdersOwner } from "./orders.ts";

export class UnsentCalls {
  /** Those that wait for room. */
  readonly waiting: WaitingCalls;
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #peer: string;
  /** Whether calls have an order where neither they nor their methods say anything. */
  readonly #ordered: boolean;
  readonly #owner: OrdersOwner;
  /** Made with the first long call. */
  #orders: Orders | null = null;
  #refusal: UpcallError | null = null;
  #refusedAt = 0;

  constructor(endpoint: Endpoint, output: FrameOutput, peer: string, ordered: boolean, owner: OrdersOwner) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.#peer = peer;
    this.#ordered = ordered;
    this.#owner = owner;
    this.waiting = new WaitingCalls(endpoint.limits, output.account);
  }

  get size(): number {
    return this.waiting.size + (this.#orders === null ? 0 : this.#orders.size);
  }

  all(): PendingCall[] {
    return [...this.waiting.all(), ...(this.#orders?.all() ?? [])];
  }

  /** A call is settled before it was sent. */
  remove(call: PendingCall): void {
    this.waiting.remove(call);
    this.#orders?.remove(call);
  }

  /**
   * One for all calls that are refused in a turn: a program that makes them by the hundred thousand gets an error each
   * time, and does not pay for an error with a stack each time.
   */
  get tooMany(): UpcallError {
    this.#endpoint.counters.refusedWaiting++;
    const { time } = this.#output;
    if (this.#refusal === null || this.#refusedAt !== time) {
      this.#refusal = waitingTooMany(this.size, this.#peer);
      this.#refusedAt = time;
    }
    return this.#refusal;
  }

  /** What a call has to wait behind; null where nothing holds it back. */
  barrier(call: PendingCall, options: CallOptions | null, order: object | null): Barrier | null {
    return this.#orders === null ? null : this.#orders.barrier(this.#orderOf(call, options, order), call);
  }

  /** Lets a call wait, for room or behind a barrier. @throws UpcallError RESOURCE_EXHAUSTED */
  add(
    call: PendingCall,
    body: Uint8Array,
    barrier: Barrier | null,
    options: CallOptions | null,
    order: object | null,
  ): void {
    const { waiting, waitingBytes, piece } = this.#endpoint.limits;
    const { length } = body;
    const bytes = this.waiting.bytes + (this.#orders === null ? 0 : this.#orders.bytes);
    if (this.size >= waiting || bytes + length > waitingBytes || !this.#output.account.admits(length))
      throw this.tooMany;
    if (barrier !== null) return this.hold(barrier, call, body);
    this.waiting.put(call, body);
    if (length > piece) this.lead(call, options, order);
  }

  /** @param body null where the call itself has it */
  hold(barrier: Barrier, call: PendingCall, body: Uint8Array | null): void {
    this.#made.hold(barrier, call, body);
  }

  /** A long call goes out, now or when there is room: what is made after it on its order waits for it. */
  lead(call: PendingCall, options: CallOptions | null, order: object | null): void {
    this.#made.lead(call, this.#orderOf(call, options, order));
  }

  /** Its pieces go out from now on. */
  begun(call: PendingCall): void {
    this.#made.begun(call);
  }

  /** The last piece of a call has gone, or the rest was given up; gives the call. */
  ended(id: number): PendingCall | null {
    return this.#orders?.ended(id) ?? null;
  }

  /** A long call holds nothing back any more. */
  past(call: PendingCall): void {
    this.#orders?.remove(call);
  }

  /** Whether a call waits for others of its order. */
  holds(call: PendingCall): boolean {
    return this.#orders?.holds(call) === true;
  }

  /** Calls of what was promised and of what came are of one order from now on. */
  join(promised: object, order: object): void {
    this.#orders?.join(promised, order);
  }

  get #made(): Orders {
    this.#orders ??= new Orders(this.#owner, this.#output.account);
    return this.#orders;
  }

  /** The order that a call has, if it has one. */
  #orderOf({ entry }: PendingCall, options: CallOptions | null, order: object | null): object | null {
    return (options?.ordered ?? entry.method.ordered ?? this.#ordered) ? order : null;
  }
}
