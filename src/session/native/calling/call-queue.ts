// The session, the caller's half: calls in the order they came, of which any may leave at any time. No Set, for the reason
// that running-table.ts gives.

import type { PendingCall } from "./pending.ts";

const fewest = 16;
/** With no more slots than this they are kept while nothing waits. */
const mostKept = 1024;

export class CallQueue<Call extends PendingCall> {
  size = 0;
  #slots: (Call | null)[] = [];
  #mask = -1;
  /** The place of the first call, or of one that was before it and left; and of the next that comes. */
  #head = 0;
  #tail = 0;

  /** The oldest call. */
  get first(): Call | null {
    if (this.size === 0) return null;
    let call = this.#slots[this.#head & this.#mask] ?? null;
    while (call === null) call = this.#slots[++this.#head & this.#mask] ?? null;
    return call;
  }

  /** A call is in one queue at most. */
  add(call: Call): void {
    if (this.#tail - this.#head > this.#mask) this.#resize();
    call.place = this.#tail++;
    this.#slots[call.place & this.#mask] = call;
    this.size++;
  }

  /** False when it is not here. */
  remove(call: Call): boolean {
    if (this.size === 0) return false;
    const slot = call.place & this.#mask;
    if (this.#slots[slot] !== call) return false;
    this.#slots[slot] = null;
    if (--this.size === 0 && this.#slots.length > mostKept) this.#resize();
    return true;
  }

  /** Every call, the oldest first; the queue may be changed meanwhile. */
  all(): Call[] {
    const calls: Call[] = [];
    for (let place = this.#head; place < this.#tail; place++) {
      const call = this.#slots[place & this.#mask];
      if (call !== null && call !== undefined) calls.push(call);
    }
    return calls;
  }

  /** At least half of the slots are free afterwards: those that calls left count for nothing. */
  #resize(): void {
    const calls = this.all();
    let length = fewest;
    while (length < calls.length * 2) length *= 2;
    this.#slots = Array.from<Call | null>({ length }).fill(null);
    this.#mask = length - 1;
    this.#head = 0;
    this.#tail = 0;
    this.size = 0;
    for (const call of calls) this.add(call);
  }
}
