// The session, the caller's half: tells the observer where a call is. Callers look first whether there is one.

import type { Endpoint } from "../../endpoint/platform.ts";
import { namesIn, type Stage } from "../../observer.ts";
import type { PendingCall } from "./pending.ts";

/** What sends frames in batches. */
interface Handing {
  /** The name of the connection. */
  readonly connection: string;
  /** Calls `fn` once all that was written so far was handed over. */
  whenHanded(fn: () => void): void;
}

/** @param connection its id; empty where the call has no connection yet */
export function watchCall(
  endpoint: Endpoint,
  connection: string,
  way: "call" | "reply",
  stage: Stage,
  { id, entry }: PendingCall,
  bytes: number,
): void {
  const time = endpoint.platform.clock.now();
  const names = namesIn(entry.fullName);
  endpoint.observer?.({
    event: "stage",
    stage,
    way,
    side: "caller",
    ...names,
    connection,
    id,
    bytes,
    time,
    worker: null,
  });
}

/** A call's frame was made, and will have gone when its turn's batch was handed over. */
export function watchSent(endpoint: Endpoint, output: Handing, call: PendingCall, bytes: number): void {
  const { connection } = output;
  watchCall(endpoint, connection, "call", "frame", call, bytes);
  output.whenHanded(() => watchCall(endpoint, connection, "call", "send", call, bytes));
}

/** A frame with an answer came in. @param call its call, if it is still pending */
export function watchAnswer(
  endpoint: Endpoint,
  connection: string,
  call: PendingCall | null,
  frame: number,
  body: number,
): void {
  if (call === null) return;
  watchCall(endpoint, connection, "reply", "receive", call, frame);
  watchCall(endpoint, connection, "reply", "unframe", call, body);
}
