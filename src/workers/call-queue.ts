// Workers: calls of a pool in the order they came, of which any may leave at any time. No Set, whose former tables
// would keep calls alive that are long over (see running-table.ts).

import type { PoolCall } from "./pool-call.ts";

const minSlots = 16;
/** With no more slots than this they are kept while nothing waits. */
const mostKept = 1024;

export class CallQueue {
  size = 0;
  #slots: (PoolCall | null)[] = [];
  #mask = -1;
  /** The place of the first call, or of one that was before it and left; and of the next that comes. */
  #head = 0;
  #tail = 0;

  /** The oldest call. */
  get first(): PoolCall | null {
    if (this.size === 0) return null;
    let call = this.#slots[this.#head & this.#mask] ?? null;
    while (call === null) call = this.#slots[++this.#head & this.#mask] ?? null;
    return call;
  }

  /** A call is in one queue at most. */
  add(call: PoolCall): void {
    if (this.#tail - this.#head > this.#mask) this.#resize();
    call.place = this.#tail++;
    this.#slots[call.place & this.#mask] = call;
    this.size++;
  }

  /** False when it is not here. */
  remove(call: PoolCall): boolean {
    if (this.size === 0) return false;
    const slot = call.place & this.#mask;
    if (this.#slots[slot] !== call) return false;
    this.#slots[slot] = null;
    if (--this.size === 0 && this.#slots.length > mostKept) this.#resize();
    return true;
  }

  /** At least half of the slots are free afterwards: those that calls left count for nothing. */
  #resize(): void {
    const calls: PoolCall[] = [];
    for (let place = this.#head; place < this.#tail; place++) {
      const call = this.#slots[place & this.#mask];
      if (call !== null && call !== undefined) calls.push(call);
    }
    let length = minSlots;
    while (length < calls.length * 2) length *= 2;
    this.#slots = Array.from<PoolCall | null>({ length }).fill(null);
    this.#mask = length - 1;
    this.#head = 0;
    this.#tail = 0;
    this.size = 0;
    for (const call of calls) this.add(call);
  }
}
