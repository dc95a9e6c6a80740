// Workers: calls that wait for a worker of the pool: a bounded number, each a bounded time, then BUSY. Late is worse
// than never: its caller could have asked elsewhere.

import type { Timer } from "../clock.ts";
import { notExecuted } from "../errors.ts";
import type { Household } from "../session/platform.ts";
import type { PoolCall } from "./pool-call.ts";

export class PoolQueue {
  readonly #home: Household;
  readonly #calls: Set<PoolCall> = new Set();
  #timer: Timer | null = null;

  constructor(home: Household) {
    this.#home = home;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** False when it would be one too many. */
  add(call: PoolCall): boolean {
    if (this.#calls.size >= this.#home.limits.queue) return false;
    this.#put(call);
    return true;
  }

  /** For a call that was with a worker already: it is not refused for want of room. */
  putBack(call: PoolCall): void {
    this.#put(call);
  }

  /** The oldest, taken out. */
  next(): PoolCall | undefined {
    const call = this.#calls.values().next().value;
    if (call !== undefined) this.#calls.delete(call);
    return call;
  }

  remove(call: PoolCall): boolean {
    return this.#calls.delete(call);
  }

  #put(call: PoolCall): void {
    call.since = this.#home.platform.clock.now();
    this.#calls.add(call);
    if (this.#timer === null) this.#watch(this.#home.limits.queueTime);
  }

  #watch(ms: number): void {
    this.#timer = this.#home.platform.clock.after(ms, () => {
      this.#timer = null;
      const late = this.#home.platform.clock.now() - this.#home.limits.queueTime;
      for (const call of this.#calls) {
        if (call.since > late) return this.#watch(Math.max(1, call.since - late));
        this.#calls.delete(call);
        this.#home.counters.refusedQueue++;
        call.incoming.failed(
          notExecuted(
            "RESOURCE_EXHAUSTED",
            "BUSY",
            `no worker was free for ${this.#home.limits.queueTime} ms: try again later, or serve with more workers`,
          ),
        );
      }
    });
  }
}
