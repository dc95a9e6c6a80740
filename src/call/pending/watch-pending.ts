// The session, the caller's half: tells the observer where a call is. Callers look first whether there is one.

import type { Household } from "../../endpoint/platform.ts";
import type { SendEvents } from "../../endpoint/send-events.ts";
import type { Stage } from "../../observer.ts";
import type { PendingCall } from "./pending.ts";

export function watchCall(
  home: Household,
  way: "call" | "reply",
  stage: Stage,
  { id, entry }: PendingCall,
  bytes: number,
): void {
  const time = home.platform.clock.now();
  home.observer?.({ stage, way, side: "proxy", call: id, method: entry.fullName, bytes, time });
}

/** A call's frame was made, and will have gone when its turn's batch was written. */
export function watchSent(home: Household, events: SendEvents | null, call: PendingCall, bytes: number): void {
  watchCall(home, "call", "frame", call, bytes);
  events?.add({ stage: "send", way: "call", side: "proxy", call: call.id, method: call.entry.fullName, bytes });
}

/** A frame with an answer came in. @param call whose it is, if anybody still waits for it */
export function watchAnswer(home: Household, call: PendingCall | null, frame: number, body: number): void {
  if (call === null) return;
  watchCall(home, "reply", "receive", call, frame);
  watchCall(home, "reply", "unframe", call, body);
}
