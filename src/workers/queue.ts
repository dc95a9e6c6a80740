// Workers: calls that wait for a worker of the pool: a bounded number, each a bounded time, then BUSY. Late is worse
// than never: its caller could have asked elsewhere.

import type { Timer } from "../clock.ts";
import { notExecuted } from "../errors.ts";
import type { Household } from "../session/platform.ts";
import type { PoolCall } from "./pool-call.ts";

export class PoolQueue {
  readonly #home: Household;
  readonly #calls: Set<PoolCall> = new Set();
  /** Those that were with a worker before: they go first, as they came first. */
  readonly #moved: Set<PoolCall> = new Set();
  #timer: Timer | null = null;

  constructor(home: Household) {
    this.#home = home;
  }

  get size(): number {
    return this.#calls.size + this.#moved.size;
  }

  /** False when it would be one too many. */
  add(call: PoolCall): boolean {
    if (this.#calls.size >= this.#home.limits.queue) return false;
    this.#put(call, this.#calls);
    return true;
  }

  /** For a call that was with a worker already: it is not refused for want of room. */
  putBack(call: PoolCall): void {
    this.#put(call, this.#moved);
  }

  /** The oldest, taken out. */
  next(): PoolCall | undefined {
    const calls = this.#moved.size > 0 ? this.#moved : this.#calls;
    const call = calls.values().next().value;
    if (call !== undefined) calls.delete(call);
    return call;
  }

  remove(call: PoolCall): boolean {
    return this.#calls.delete(call) || this.#moved.delete(call);
  }

  #put(call: PoolCall, calls: Set<PoolCall>): void {
    call.since = this.#home.platform.clock.now();
    calls.add(call);
    if (this.#timer === null) this.#watch(this.#home.limits.queueTime);
  }

  #watch(ms: number): void {
    this.#timer = this.#home.platform.clock.after(ms, () => {
      this.#timer = null;
      const late = this.#home.platform.clock.now() - this.#home.limits.queueTime;
      const next = Math.min(this.#turnAway(this.#moved, late), this.#turnAway(this.#calls, late));
      if (next < Number.POSITIVE_INFINITY) this.#watch(Math.max(1, next - late));
    });
  }

  /** Those that began to wait by then are refused; gives when the next of them began. */
  #turnAway(calls: Set<PoolCall>, late: number): number {
    for (const call of calls) {
      if (call.since > late) return call.since;
      calls.delete(call);
      this.#home.counters.refusedQueue++;
      call.incoming.failed(
        notExecuted(
          "RESOURCE_EXHAUSTED",
          "BUSY",
          `no worker was free for ${this.#home.limits.queueTime} ms: try again later, or serve with more workers`,
        ),
      );
    }
    return Number.POSITIVE_INFINITY;
  }
}
