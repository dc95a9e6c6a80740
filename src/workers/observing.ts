// Workers, at their owner: what they report of calls and connections goes to the server's observers, and they are told whether
// any is there. It knows no kind of worker.

import type { SessionLook } from "../contract/state.ts";
import type { Household } from "../endpoint/platform.ts";
import type { ObservedEvent } from "../observer.ts";
import type { Observed, WorkerHandle } from "./contract.ts";
import { onThread } from "./marks.ts";

/** What an event of a worker is here: in a pool its call has another id, on another connection. */
export type Translate = (event: ObservedEvent) => ObservedEvent;

export class ObservedWorkers {
  readonly #home: Household;
  readonly #handles: Set<WorkerHandle> = new Set();

  constructor(home: Household) {
    this.#home = home;
    home.observed = (on) => {
      for (const handle of this.#handles) handle.say(on ? "observe" : "unobserve");
    };
  }

  /** @param look told how the worker's session is; null where it has none of its own */
  add(handle: WorkerHandle, translate: Translate, look: ((said: SessionLook) => void) | null): void {
    this.#handles.add(handle);
    if (this.#home.observer !== null) handle.say("observe");
    handle.listener.told = (report) => {
      if ("look" in report) look?.(report.look);
      else this.#told(handle, translate, report);
    };
    void handle.gone.then(() => this.#handles.delete(handle));
  }

  #told(handle: WorkerHandle, translate: Translate, { events, dropped }: Extract<Observed, { events: unknown }>): void {
    const { counters, platform } = this.#home;
    const worker = handle.name;
    for (const event of events) this.#home.observer?.({ ...translate(event), time: onThread(event.time), worker });
    counters.eventsDropped += dropped;
    if (dropped > 0) {
      const time = platform.clock.now();
      this.#home.observer?.({ event: "dropped", side: "callee", connection: "", count: dropped, time, worker });
    }
    handle.say("taken");
  }
}
