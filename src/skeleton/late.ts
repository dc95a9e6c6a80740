// The skeleton: a call that waited for its object.

import type { IncomingCall } from "../contract/callee.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import { notEntered } from "./maker.ts";
import type { SkeletonMethod } from "./skeleton-method.ts";
import { upcall } from "./upcall.ts";

/**
 * Enters the object, unless the call is over.
 * @throws UpcallError DEADLINE_EXCEEDED (EXPIRED), CANCELLED (ABORTED), both not-executed
 */
export function enterLate(method: SkeletonMethod, args: unknown[], call: IncomingCall): unknown {
  const late = lateError(method.entry, call);
  if (late === null) return upcall(method, args, call);
  throw notEntered(late, null);
}

/** Why a call that had to wait is not begun; null where it is begun. */
export function lateError({ fullName }: MethodEntry, { remaining, signal }: IncomingCall): UpcallError | null {
  // The signal may be late where the thread was busy.
  if (remaining === 0)
    return notExecuted("DEADLINE_EXCEEDED", "EXPIRED", `${fullName} was not called: its deadline passed before`);
  if (!signal.aborted) return null;
  return notExecuted("CANCELLED", "ABORTED", `${fullName} was not called: its caller cancelled it, or is gone`);
}

/**
 * Waits for a promised object, no longer than the call.
 * @throws UpcallError as {@link enterLate} does; what the promise is rejected with
 */
export function madeFor<Made>(made: Promise<Made>, { fullName }: MethodEntry, { signal }: IncomingCall): Promise<Made> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      const error = `${fullName} was not called: its object was not made while its caller waited for it`;
      reject(notEntered(notExecuted("DEADLINE_EXCEEDED", "EXPIRED", error), null));
    };
    signal.addEventListener("abort", over, { once: true });
    if (signal.aborted) over();
    void made.then(resolve, reject).finally(() => signal.removeEventListener("abort", over));
  });
}
