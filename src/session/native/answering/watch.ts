// The session, the callee's half: tells the observer where a call is. Callers look first whether there is one.

import type { Stage } from "../../../observer.ts";
import type { Household } from "../../platform.ts";

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
