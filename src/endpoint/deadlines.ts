// For all sessions: one coarse wheel of deadlines, above all of calls, so that each costs two pointer writes and no
// timer. Source of the idea: Varghese and Lauck, "Hashed and hierarchical timing wheels" (1987).
//
//   slot:  0    1    2   ...            one slot is 8 ms; 4,096 of them turn in 32 s, which is longer than the default
// | | deadline; a later deadline stays in its slot for another turn
//          v    v
//         call<->call                   calls hang in a ring, so taking one out needs no search

import type { Clock, Timer } from "../clock.ts";

const slotMs = 8;
const slotCount = 4096;

/** Something with a deadline. The links belong to the wheel. */
export abstract class Timed {
  /** Milliseconds on the clock. Use whole numbers where there are many: a fraction takes 16 bytes more. */
  deadline = 0;
  before: Timed | null = null;
  after: Timed | null = null;
  /** Its deadline has passed; it is out of the wheel already. It may have been settled a moment before. */
  abstract expired(): void;
}

class Head extends Timed {
  override expired(): void {}
}

/** Calls a function once. */
class Alarm extends Timed {
  readonly #wheel: Deadlines;
  readonly #fn: () => void;

  constructor(wheel: Deadlines, deadline: number, fn: () => void) {
    super();
    this.#wheel = wheel;
    this.deadline = deadline;
    this.#fn = fn;
  }

  override expired(): void {
    this.#fn();
  }

  /** The function will not be called. It does nothing when it already was. */
  cancel(): void {
    this.#wheel.remove(this);
  }
}

export type { Alarm };

export class Deadlines {
  readonly #clock: Clock;
  readonly #kept: boolean;
  readonly #slots: (Head | null)[] = [];
  #count = 0;
  /** The first slot (counted since the clock's zero) that was not checked yet. */
  #next = 0;
  #timer: Timer | null = null;
  #armedFor = Number.POSITIVE_INFINITY;

  /** @param kept whether a process with nothing else to do waits for what hangs here */
  constructor(clock: Clock, kept = true) {
    this.#clock = clock;
    this.#kept = kept;
  }

  /** How many wait; 0 when nothing is left. */
  get size(): number {
    return this.#count;
  }

  /** Calls `fn` once, no earlier than `ms` milliseconds from now and at most one slot later. */
  readonly after = (ms: number, fn: () => void): Alarm => {
    const alarm = new Alarm(this, Math.ceil(this.#clock.now() + ms), fn);
    this.add(alarm);
    return alarm;
  };

  /** Hangs `timed` in by its `deadline`; it must not hang anywhere. */
  add(timed: Timed): void {
    if (this.#slots.length === 0) this.#slots.push(...Array.from({ length: slotCount }, () => null));
    const slot = Math.ceil(timed.deadline / slotMs);
    if (this.#count === 0) this.#next = Math.min(slot, Math.floor(this.#clock.now() / slotMs));
    else if (slot < this.#next) this.#next = slot;
    const head = this.#head(slot & (slotCount - 1));
    const last = head.before as Timed;
    timed.before = last;
    timed.after = head;
    last.after = timed;
    head.before = timed;
    this.#count++;
    if (slot * slotMs < this.#armedFor) this.#arm(slot * slotMs);
    // A waiting call keeps the process alive, so that it settles; an empty wheel does not.
    else if (this.#count === 1 && this.#kept) this.#timer?.keepAlive(true);
  }

  /** Takes `timed` out. It does nothing when `timed` is out already. */
  remove(timed: Timed): void {
    if (timed.after === null || timed.before === null) return;
    timed.before.after = timed.after;
    timed.after.before = timed.before;
    timed.before = null;
    timed.after = null;
    if (--this.#count === 0 && this.#kept) this.#timer?.keepAlive(false);
  }

  #head(index: number): Head {
    const known = this.#slots[index] ?? ring();
    this.#slots[index] = known;
    return known;
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#armedFor = at;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#turn());
    if (this.#kept) this.#timer.keepAlive(this.#count > 0);
  }

  #turn(): void {
    this.#timer = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    // A timer may come a fraction early by the clock; the slot it came for is due all the same.
    const last = Math.floor((now + 1) / slotMs);
    const first = Math.max(this.#next, last - slotCount + 1);
    this.#next = last + 1;
    for (let slot = first; slot <= last; slot++) this.#expire(slot, now);
    if (this.#count > 0) this.#arm(this.#following());
  }

  #expire(slot: number, now: number): void {
    const head = this.#slots[slot & (slotCount - 1)];
    if (head === undefined || head === null) return;
    const due: Timed[] = [];
    let timed = head.after as Timed;
    while (timed !== head) {
      const next = timed.after as Timed;
      if (timed.deadline <= now + 1) {
        this.remove(timed);
        due.push(timed);
      }
      timed = next;
    }
    for (const one of due) one.expired();
  }

  /** When the next slot with something in it is due, at most one turn of the wheel ahead. */
  #following(): number {
    for (let slot = this.#next; slot < this.#next + slotCount; slot++) {
      const head = this.#slots[slot & (slotCount - 1)];
      if (head !== undefined && head !== null && head.after !== head) return slot * slotMs;
    }
    return (this.#next + slotCount) * slotMs;
  }
}

function ring(): Head {
  const head = new Head();
  head.before = head;
  head.after = head;
  return head;
}
