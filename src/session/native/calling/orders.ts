// The session, the caller's half: calls of one order are sent in the order in which they were made, though long ones go
// in pieces and others pass between these. What was made behind a long call waits here, marshalled, until the last
// piece of that has gone, or it was given up. Made with the first long call of a session; most never make one.
//
//   made on one proxy:   long   short   long   short          on another:   short
//                         |       |       |      |                            |
//                         v       +---+---+------+                            v
//                        ahead      behind, in this order                it is sent

import type { PendingCall } from "../../../call/pending/pending.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";

/** What it asks of the part that sends calls. */
export interface OrdersOwner {
  /** Nothing can be sent now, because a value is being written; or never again. */
  readonly busy: boolean;
  readonly stopped: boolean;
  /**
   * Sends a call that was held back, or lets it wait for room; true where it is long, and so holds back what follows.
   */
  go(call: PendingCall, body: Uint8Array | null): boolean;
  /** Calls `fn` when nothing is being written. */
  later(fn: () => void): void;
}

/** What holds back the calls of an order; of several, where it turned out that they call the same object. */
export class Barrier {
  /** Long calls that are not sent to their end: one, but where orders were joined. */
  readonly ahead: Set<PendingCall> = new Set();
  /** Each with its marshalled arguments; null where the call itself has them. */
  readonly behind: Map<PendingCall, Uint8Array | null> = new Map();
  readonly orders: object[] = [];
}

export class Orders {
  /** Calls that are held back, and their bytes. */
  size = 0;
  bytes = 0;
  readonly #barriers: Map<object, Barrier> = new Map();
  /** Where each call is that is ahead or behind. */
  readonly #calls: Map<object, Barrier> = new Map();
  /** Long calls whose pieces are under way, by their ids. */
  readonly #underWay: Map<number, PendingCall> = new Map();
  readonly #owner: OrdersOwner;
  readonly #account: Pick<Account, "hold">;

  constructor(owner: OrdersOwner, account: Pick<Account, "hold">) {
    this.#owner = owner;
    this.#account = account;
  }

  /**
   * What a call has to wait behind; null where nothing holds it back.
   *
   * @param order null for a call that has none
   */
  barrier(order: object | null, { extras }: PendingCall): Barrier | null {
    const barrier = order === null ? null : (this.#barriers.get(order) ?? null);
    if (barrier !== null) return barrier;
    // What it calls has no number before the call that returns it was sent to its end.
    const base = extras?.target?.base ?? null;
    const before = base === null ? null : (this.#calls.get(base) ?? null);
    if (before !== null && order !== null) this.#enter(order, before);
    return before;
  }

  /** A long call goes out, now or when there is room for it: what is made after it on its order is held back. */
  lead(call: PendingCall, order: object | null): void {
    if (this.#calls.has(call)) return;
    const barrier = (order === null ? null : this.#barriers.get(order)) ?? new Barrier();
    barrier.ahead.add(call);
    this.#calls.set(call, barrier);
    if (order !== null && barrier.orders.length === 0) this.#enter(order, barrier);
  }

  hold(barrier: Barrier, call: PendingCall, body: Uint8Array | null): void {
    barrier.behind.set(call, body);
    this.#calls.set(call, barrier);
    this.#count(1, body);
  }

  /** Whether a call is held back. */
  holds(call: PendingCall): boolean {
    return this.#calls.get(call)?.behind.has(call) === true;
  }

  /** Its pieces go out from now on. */
  begun(call: PendingCall): void {
    this.#underWay.set(call.id, call);
  }

  /** The last piece of a call has gone, or what was left of it was given up; gives the call. */
  ended(id: number): PendingCall | null {
    const call = this.#underWay.get(id) ?? null;
    this.#underWay.delete(id);
    return call;
  }

  /** A call holds nothing back any more, or is settled before it was sent. */
  remove(call: PendingCall): void {
    const barrier = this.#calls.get(call);
    if (barrier === undefined) return;
    this.#calls.delete(call);
    if (barrier.ahead.delete(call)) this.#release(barrier);
    else this.#take(barrier, call);
  }

  /** Two orders are one: what the first was promised to call is what the other one calls. */
  join(promised: object, order: object): void {
    const barrier = this.#barriers.get(promised);
    if (barrier === undefined) return;
    const other = this.#barriers.get(order);
    if (other === undefined) return this.#enter(order, barrier);
    if (other === barrier) return;
    for (const one of other.orders) this.#enter(one, barrier);
    for (const call of other.ahead) barrier.ahead.add(call);
    for (const [call, body] of other.behind) barrier.behind.set(call, body);
    for (const call of [...other.ahead, ...other.behind.keys()]) this.#calls.set(call, barrier);
  }

  /** Calls that are held back. */
  all(): PendingCall[] {
    return [...new Set(this.#calls.values())].flatMap(({ behind }) => [...behind.keys()]);
  }

  #enter(order: object, barrier: Barrier): void {
    this.#barriers.set(order, barrier);
    barrier.orders.push(order);
  }

  #take(barrier: Barrier, call: PendingCall): void {
    this.#count(-1, barrier.behind.get(call) ?? null);
    barrier.behind.delete(call);
  }

  #count(calls: 1 | -1, body: Uint8Array | null): void {
    const bytes = calls * (body?.length ?? 0);
    this.size += calls;
    this.bytes += bytes;
    this.#account.hold(bytes);
  }

  /** Sends what was held back, up to the next long call. */
  #release(barrier: Barrier): void {
    const owner = this.#owner;
    while (barrier.ahead.size === 0 && !owner.stopped) {
      if (owner.busy) return owner.later(() => this.#release(barrier));
      const next = barrier.behind.entries().next();
      if (next.done === true) return this.#leave(barrier);
      const [call, body] = next.value;
      this.#calls.delete(call);
      this.#take(barrier, call);
      if (!owner.go(call, body)) continue;
      barrier.ahead.add(call);
      this.#calls.set(call, barrier);
    }
  }

  #leave(barrier: Barrier): void {
    for (const order of barrier.orders) if (this.#barriers.get(order) === barrier) this.#barriers.delete(order);
  }
}
