// The session, beside the walk: which call the code that runs now is in, as far as that can be known: up to the
// method's first `await`, and behind it where calls are followed. Who closes what the call came on asks, so as not to
// wait for itself.

import type { AmbientCalls, IncomingCall } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { followedCall } from "./enclosing.ts";

let current: IncomingCall | null = null;
/** Finds the call after an `await` as well; null until a server asked for that. */
let ambient: AmbientCalls | null = null;

/** Milliseconds between two looks whether other upcalls still run. */
const interval = 5;

/** The call whose code runs now; null outside of upcalls, and where it is not known. */
export function callNow(): IncomingCall | null {
  return current ?? (ambient === null ? null : followedCall(ambient));
}

/** From now on calls are followed through promises. */
export function follow(calls: AmbientCalls): void {
  ambient = calls;
}

/** What follows calls; null where nothing does. */
export function following(): AmbientCalls | null {
  return ambient;
}

export function enter(call: IncomingCall): IncomingCall | null {
  const before = current;
  current = call;
  return before;
}

export function leave(before: IncomingCall | null): void {
  current = before;
}

/**
 * The end of a endpoint as the code that runs now may wait for it: in an upcall of that endpoint the end would wait
 * for the upcall and the upcall for the end, so there it is over when all other upcalls are.
 *
 * @param whole the end for all other code
 * @param begun when no new call is taken any more
 */
export function endFor(endpoint: Endpoint, whole: Promise<void>, begun: Promise<unknown>): Promise<void> {
  const call = callNow();
  if (call === null || !call.isOf(endpoint)) return whole;
  endpoint.closers.add(call);
  let over = false;
  const end = (): void => {
    over = true;
  };
  whole.then(end, end);
  return Promise.race([whole, begun.then(() => othersOver(endpoint, () => over))]);
}

/**
 * Fulfilled when no upcall runs but those that wait for this, or the whole is over: a method that never ends would be
 * looked at for ever, and keep the process.
 */
function othersOver(endpoint: Endpoint, over: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const waiting = [...endpoint.closers].filter(({ settled }) => !settled).length;
      if (over() || endpoint.counters.runningNow <= waiting) return resolve();
      endpoint.platform.clock.after(interval, look).keepAlive(true);
    };
    look();
  });
}
