// The session, the caller's half: a promise of other code that is awaited no longer than a call may take. Used where
// something stands between the proxy and the session that could forget to answer.

import type { Platform } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";

/**
 * The same promise, but rejected after so many milliseconds with what `late` gives then.
 *
 * @param promise also when it settles later, nothing of it goes unhandled
 */
export function settledWithin(
  { deadlines }: Platform,
  ms: number,
  promise: Promise<unknown>,
  late: () => UpcallError,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const alarm = deadlines.after(ms, () => reject(late()));
    promise.then(
      (value) => {
        alarm.cancel();
        resolve(value);
      },
      (error: unknown) => {
        alarm.cancel();
        reject(error as UpcallError);
      },
    );
  });
}
