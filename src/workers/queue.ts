// Workers: calls that wait for a worker of the pool: a bounded number, each a bounded time, then BUSY. Late is worse
// than never: its caller could have asked elsewhere.

import type { Timer } from "../clock.ts";
import type { IncomingCall } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { Backlog } from "./backlog.ts";
import { CallQueue } from "./call-queue.ts";
import type { PoolCall } from "./pool-call.ts";

/** The part of the time that a call has which it may wait for, by an estimate: it has to be worked on, too. */
const maxShareOfTimeLeft = 0.8;

/** What is asked of a worker. */
interface Worker {
  /** Calls that it has and has not begun. */
  readonly unbegun: number;
  /** Milliseconds that one of them has waited, at least. */
  waited(now: number): number;
}

export class PoolQueue {
  readonly #endpoint: Endpoint;
  readonly #none: () => UpcallError | null;
  readonly #calls: CallQueue = new CallQueue();
  /** Those that were with a worker before: they go first, as they came first. */
  readonly #moved: CallQueue = new CallQueue();
  #timer: Timer | null = null;
  readonly #backlog: Backlog = new Backlog();
  /** The clock, and how many calls no worker has begun; read once a turn, and 0 before. */
  #time = 0;
  #waiting = 0;

  /** @param none why no worker is there at all; null where one is */
  constructor(endpoint: Endpoint, none: () => UpcallError | null) {
    this.#endpoint = endpoint;
    this.#none = none;
  }

  get size(): number {
    return this.#calls.size + this.#moved.size;
  }

  /**
   * Why a call that comes now is refused at once, or null: it would wait too long for a worker. One whose caller has no
   * other here passes those that wait, and waits for no more than its own deadline allows.
   *
   * @param workers those that it might go to
   * @param ended   calls that workers have ended since the beginning
   */
  refusal(
    call: Pick<IncomingCall, "deadline" | "alone">,
    workers: readonly Worker[],
    ended: number,
  ): UpcallError | null {
    if (this.#time === 0) this.#look(workers, ended);
    const refusal = this.#backlog.slow ? this.#late(call) : null;
    if (refusal === null) this.#waiting++;
    return refusal;
  }

  #late({ deadline, alone }: Pick<IncomingCall, "deadline" | "alone">): UpcallError | null {
    const wait = this.#backlog.wait(alone ? this.#waiting - this.size : this.#waiting);
    const left = deadline - this.#time;
    if (wait <= maxShareOfTimeLeft * (alone ? left : Math.min(this.#endpoint.limits.queueTime, left))) return null;
    this.#endpoint.counters.refusedQueue++;
    return busy(`the call would wait about ${Math.round(wait)} ms for a worker, which is too long`);
  }

  /** What a call is told that `add` did not take. */
  full(): UpcallError {
    this.#endpoint.counters.refusedQueue++;
    return this.#none() ?? busy(`all workers are busy and ${this.size} calls wait for one`);
  }

  /** False when it would be one too many. */
  add(call: PoolCall): boolean {
    if (this.#calls.size >= this.#endpoint.limits.queue) return false;
    this.#put(call, this.#calls);
    return true;
  }

  /** For a call that was with a worker already: it is not refused for want of room. */
  putBack(call: PoolCall): void {
    this.#put(call, this.#moved);
  }

  /** The oldest, taken out. */
  next(): PoolCall | null {
    const calls = this.#moved.size > 0 ? this.#moved : this.#calls;
    const call = calls.first;
    if (call !== null) calls.remove(call);
    return call;
  }

  /** Whether its deadline had passed when this turn began: it may have before the wheel has turned. */
  isLate(call: PoolCall): boolean {
    return call.incoming.deadline - this.#now() <= 1;
  }

  remove(call: PoolCall): boolean {
    return this.#calls.remove(call) || this.#moved.remove(call);
  }

  #look(workers: readonly Worker[], ended: number): void {
    const now = this.#now();
    const first = this.#moved.first ?? this.#calls.first;
    let longest = first === null ? 0 : now - first.since;
    this.#waiting = this.size;
    for (const worker of workers) {
      this.#waiting += worker.unbegun;
      longest = Math.max(longest, worker.waited(now));
    }
    this.#backlog.look(now, this.#waiting, ended, longest);
  }

  #put(call: PoolCall, calls: CallQueue): void {
    call.since = this.#now();
    calls.add(call);
    if (this.#timer === null) this.#watch(this.#endpoint.limits.queueTime);
  }

  /** The clock, read once a turn. */
  #now(): number {
    const { clock } = this.#endpoint.platform;
    if (this.#time === 0) {
      this.#time = clock.now();
      clock.defer(() => {
        this.#time = 0;
      });
    }
    return this.#time;
  }

  #watch(ms: number): void {
    this.#timer = this.#endpoint.platform.clock.after(ms, () => {
      this.#timer = null;
      const late = this.#endpoint.platform.clock.now() - this.#endpoint.limits.queueTime;
      const next = Math.min(this.#turnAway(this.#moved, late), this.#turnAway(this.#calls, late));
      if (next < Number.POSITIVE_INFINITY) this.#watch(Math.max(1, next - late));
    });
  }

  /** Those that began to wait by then are refused; gives when the next of them began. */
  #turnAway(calls: CallQueue, late: number): number {
    for (let call = calls.first; call !== null; call = calls.first) {
      if (call.since > late) return call.since;
      calls.remove(call);
      this.#endpoint.counters.refusedQueue++;
      call.incoming.failed(this.#none() ?? busy(`no worker was free for ${this.#endpoint.limits.queueTime} ms`));
    }
    return Number.POSITIVE_INFINITY;
  }
}

function busy(what: string): UpcallError {
  return notExecuted("RESOURCE_EXHAUSTED", "BUSY", `${what}: try again later, or serve with more workers`);
}
