// Time for tests: it stands still until a test moves it, so that a session's deadlines are exact and no test sleeps.

import type { Clock, Timer } from "#internal/clock.js";

class VirtualTimer implements Timer {
  readonly at: number;
  readonly fn: () => void;
  kept = false;
  readonly #timers: Set<VirtualTimer>;

  constructor(at: number, fn: () => void, timers: Set<VirtualTimer>) {
    this.at = at;
    this.fn = fn;
    this.#timers = timers;
    timers.add(this);
  }

  cancel(): void {
    this.#timers.delete(this);
  }

  keepAlive(yes: boolean): void {
    this.kept = yes;
  }
}

export class VirtualClock implements Clock {
  #now = 0;
  readonly #timers: Set<VirtualTimer> = new Set();
  #deferred: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): Timer {
    return new VirtualTimer(this.#now + ms, fn, this.#timers);
  }

  defer(fn: () => void): void {
    this.#deferred.push(fn);
  }

  /** Turns follow each other at once here. */
  nextTurn(fn: () => void): void {
    this.#deferred.push(fn);
  }

  /** Timers that have not fired and were not cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Those of them that a process with nothing else to do would wait for. */
  get kept(): number {
    return [...this.#timers].filter(({ kept }) => kept).length;
  }

  /** The thread is busy for so long: no timer fires meanwhile, however late it is. */
  busy(ms: number): void {
    this.#now += ms;
  }

  /** Ends the turn: runs what was deferred to its end. */
  turn(): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const fn of deferred) fn();
  }

  /** Ends turns, letting promises go on in between, until nothing happens any more. Time stands still. */
  async settle(): Promise<void> {
    do {
      this.turn();
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#deferred.length > 0);
  }

  /** Lets so many milliseconds pass: every timer that is due fires at its own time. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const end = this.#now + ms;
    for (;;) {
      let next: VirtualTimer | null = null;
      for (const timer of this.#timers) {
        if (timer.at <= end && (next === null || timer.at < next.at)) next = timer;
      }
      if (next === null) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
      await this.settle();
    }
    this.#now = end;
    await this.settle();
  }
}
