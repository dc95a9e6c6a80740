// The session: a ping for whoever wants to know that the other end answers.

import { noSignOfLife } from "../losses.ts";
import type { Household } from "../platform.ts";
import type { Dispatch } from "./dispatch.ts";

/** Fulfilled when the other end has answered, or the connection is gone. Errors: DEADLINE_EXCEEDED. */
export function answered(home: Household, dispatch: Dispatch, peer: string, timeout: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const timer = home.platform.clock.after(timeout, () => reject(noSignOfLife(peer, timeout)));
    timer.keepAlive(true);
    dispatch.ping(() => {
      timer.cancel();
      resolve();
    });
  });
}
