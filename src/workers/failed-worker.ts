// Workers: one that could not even be started, as its owner holds it: gone from the beginning. So a moment without
// descriptors or memory costs a worker, and not the server.

import type { Connection } from "../connection.ts";
import { UpcallError } from "../errors.ts";
import { localPeer, type Peer } from "../peer.ts";
import { endedEarly } from "./lost-workers.ts";
import { SharedProgress } from "./progress.ts";
import type { Ending, WorkerHandle } from "./worker-contract.ts";

export function failedWorker(name: string, cause: unknown): WorkerHandle {
  const ending: Ending = { name, how: "could not be started", thrown: { error: cause } };
  const ready = Promise.reject(endedEarly(ending));
  // Those who wait see it.
  ready.catch(() => {});
  return {
    name,
    connection: brokenConnection(localPeer(name)),
    progress: new SharedProgress(),
    ready,
    gone: Promise.resolve(ending),
    give: null,
    counted: () => null,
    listener: { told: null },
    say: () => {},
    drain: () => {},
    end: async () => {},
  };
}

/** A connection that is closed as soon as it is started. */
export function brokenConnection(peer: Peer): Connection {
  const error = new UpcallError("UNAVAILABLE", `${peer} is gone`, { reason: "CONNECTION_LOST", outcome: "unknown" });
  return {
    peer,
    unsent: 0,
    start: (events) => queueMicrotask(() => events.closed(error)),
    write: () => true,
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {},
  };
}
