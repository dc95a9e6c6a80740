// Workers, at their owner: what they report of calls and connections goes to the server's observers, and they are told whether
// any is there. It knows no kind of worker.

import type { SessionLook } from "../contract/connection-state.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { ObservedEvent } from "../observer.ts";
import { onThread } from "./progress.ts";
import type { Observed, WorkerHandle } from "./worker-contract.ts";

/** What an event of a worker is here: in a pool its call has another id, on another connection. */
export type Translate = (event: ObservedEvent) => ObservedEvent;

export class ObservedWorkers {
  readonly #endpoint: Endpoint;
  readonly #handles: Set<WorkerHandle> = new Set();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    endpoint.observed = (on) => {
      for (const handle of this.#handles) handle.say(on ? "observe" : "unobserve");
    };
  }

  /** @param look told how the worker's session is; null where it has none of its own */
  add(handle: WorkerHandle, translate: Translate, look: ((said: SessionLook) => void) | null): void {
    this.#handles.add(handle);
    if (this.#endpoint.observer !== null) handle.say("observe");
    handle.listener.told = (report) => {
      if ("look" in report) look?.(report.look);
      else this.#told(handle, translate, report);
    };
    void handle.gone.then(() => this.#handles.delete(handle));
  }

  #told(handle: WorkerHandle, translate: Translate, { events, dropped }: Extract<Observed, { events: unknown }>): void {
    const { counters, platform } = this.#endpoint;
    const worker = handle.name;
    for (const event of events) this.#endpoint.observer?.({ ...translate(event), time: onThread(event.time), worker });
    counters.eventsDropped += dropped;
    if (dropped > 0) {
      const time = platform.clock.now();
      this.#endpoint.observer?.({ event: "dropped", side: "callee", connection: "", count: dropped, time, worker });
    }
    handle.say("taken");
  }
}
