// The session, the callee's half: tells the observer where a call is. Callers look first whether there is one.

import type { Target } from "../../contract/callee.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import { namesIn, type Stage } from "../../observer.ts";

/** @param method `Interface.method`, or nothing where it is not known */
export function watchUpcall(
  endpoint: Endpoint,
  connection: string,
  way: "call" | "reply",
  stage: Stage,
  id: number,
  method: string,
  bytes: number,
): void {
  const time = endpoint.platform.clock.now();
  endpoint.observer?.({
    event: "stage",
    stage,
    way,
    side: "callee",
    ...namesIn(method),
    connection,
    id,
    bytes,
    time,
    worker: null,
  });
}

/** A frame with a call came in. @param target what its number names, if anything */
export function watchFrame(
  endpoint: Endpoint,
  connection: string,
  id: number,
  target: Target | UpcallError | undefined,
  frame: number,
  body: number,
): void {
  const method = target === undefined || target instanceof UpcallError ? "" : target.entry.fullName;
  watchUpcall(endpoint, connection, "call", "receive", id, method, frame);
  watchUpcall(endpoint, connection, "call", "unframe", id, method, body);
}
