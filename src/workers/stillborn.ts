// Workers: one that could not even be started, as its owner holds it: gone from the beginning. So a moment without
// descriptors or memory costs a worker, and not the server.

import type { Connection } from "../connection.ts";
import { textOf, UpcallError } from "../errors.ts";
import type { WorkerHandle } from "./contract.ts";
import { SharedMarks } from "./marks.ts";

export function stillborn(name: string, cause: unknown): WorkerHandle {
  const how = `${name} could not be started: ${textOf(cause)}`;
  const ready = Promise.reject(
    new UpcallError("UNAVAILABLE", how, { reason: "WORKER_LOST", outcome: "not-executed", cause }),
  );
  // Whoever waits sees it.
  ready.catch(() => {});
  return {
    name,
    connection: brokenConnection(name),
    marks: new SharedMarks(),
    ready,
    gone: Promise.resolve(how),
    give: null,
    counted: () => null,
    drain: () => {},
    end: async () => {},
  };
}

/** A connection that is closed as soon as it is started. */
export function brokenConnection(peer: string): Connection {
  const error = new UpcallError("UNAVAILABLE", `${peer} is gone`, { reason: "CONNECTION_LOST", outcome: "unknown" });
  return {
    peer,
    unsent: 0,
    burst: 0,
    start: (events) => queueMicrotask(() => events.closed(error)),
    write: () => true,
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {},
  };
}
