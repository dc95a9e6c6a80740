// The session, going out: what an observer is told once a turn's frames were written.

import type { StageEvent } from "../observer.ts";
import type { Household } from "./platform.ts";

type Sent = Omit<StageEvent, "event" | "stage" | "time" | "worker">;

export class SendEvents {
  readonly #home: Household;
  #events: Sent[] = [];

  constructor(home: Household) {
    this.#home = home;
  }

  add(event: Sent): void {
    this.#events.push(event);
  }

  /** They have happened now. */
  tell(): void {
    const { observer, platform } = this.#home;
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    for (const event of events)
      observer?.({ event: "stage", stage: "send", ...event, time: platform.clock.now(), worker: null });
  }
}
