// Workers: how long modules may take to load. One that awaits at its top what never comes, or loops there, would hold
// serve() and every replacement of a worker for ever.

import { systemClock } from "../clock.ts";
import { notExecuted, type UpcallError } from "../errors.ts";

/** Milliseconds of the longest timer there is: more is for ever. */
const maxTimerMs = 2 ** 31 - 1;

/** Calls `late` after so many milliseconds; gives what prevents it. The process waits for it. */
export function afterStart(ms: number, late: () => void): () => void {
  if (ms > maxTimerMs) return () => {};
  const timer = systemClock.after(ms, late);
  timer.keepAlive(true);
  return () => timer.cancel();
}

/** What loads, or the error that it was not there in time. In this thread, which a loop would stop as well. */
export async function inStartTime<T>(modules: readonly string[], ms: number, loading: Promise<T>): Promise<T> {
  let stop = (): void => {};
  const late = new Promise<never>((_, reject) => {
    stop = afterStart(ms, () => reject(notLoadedInTime(modules, ms, "")));
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    stop();
  }
}

/** Nothing goes on in a worker, and its modules are not loaded. */
export function cannotLoad(modules: readonly string[]): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "MODULE_NOT_LOADED",
    `${modules.join(", ")} cannot finish loading: look there for an await outside of functions, of what nothing can settle any more`,
  );
}

/** @param then what was done about it, as the end of a sentence */
export function notLoadedInTime(modules: readonly string[], ms: number, then: string): UpcallError {
  return notExecuted(
    "DEADLINE_EXCEEDED",
    "MODULE_NOT_LOADED",
    `${modules.join(", ")} did not finish loading in ${ms} ms${then}: look there for an await outside of functions that is never settled, or a loop; where it only takes long, raise limits.workerStart`,
  );
}
