// The session, the callee's half: tells the observer where a call is. Callers look first whether there is one.

import type { Target } from "../../contract/callee.ts";
import type { Household } from "../../endpoint/platform.ts";
import { UpcallError } from "../../errors.ts";
import type { Stage } from "../../observer.ts";

export function watchUpcall(
  home: Household,
  way: "call" | "reply",
  stage: Stage,
  call: number,
  method: string,
  bytes: number,
): void {
  const time = home.platform.clock.now();
  home.observer?.({ stage, way, side: "skeleton", call, method, bytes, time });
}

/** A frame with a call came in. @param target what its number names, if anything */
export function watchFrame(
  home: Household,
  call: number,
  target: Target | UpcallError | undefined,
  frame: number,
  body: number,
): void {
  const method = target === undefined || target instanceof UpcallError ? "" : target.entry.fullName;
  watchUpcall(home, "call", "receive", call, method, frame);
  watchUpcall(home, "call", "unframe", call, method, body);
}
