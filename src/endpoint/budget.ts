// For all sessions: a token bucket. It allows so many events at once, and then so many a second.

import type { Clock } from "../clock.ts";
import type { Endpoint } from "./platform.ts";

export class Budget {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #perSecond: number;
  #left: number;
  #since: number;

  constructor(clock: Clock, most: number, perSecond: number) {
    this.#clock = clock;
    this.#most = most;
    this.#perSecond = perSecond;
    this.#left = most;
    this.#since = clock.now();
  }

  /** Takes one; false when none is left now. */
  take(): boolean {
    const now = this.#clock.now();
    this.#left = Math.min(this.#most, this.#left + ((now - this.#since) / 1000) * this.#perSecond);
    this.#since = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** As many cancels as a connection may see, or a share of them. */
export function cancelsOf({ platform, limits }: Endpoint, share: number): Budget {
  return new Budget(platform.clock, limits.cancels * share, limits.cancelsPerSecond * share);
}
