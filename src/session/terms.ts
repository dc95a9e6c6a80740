// The session, the caller's half: the terms of one call, its timeout and its signal.

import { notExecuted, textOf } from "../errors.ts";
import { defaultLimits, isTimeout } from "../limits.ts";
import type { CallOptions } from "./contract.ts";
import type { PendingCall } from "./native/calling/pending.ts";

/** Milliseconds for a call. Errors: INVALID_ARGUMENT (BAD_OPTION). */
export function timeoutOf(options: CallOptions | null, otherwise: number): number {
  const timeout = options?.timeout ?? otherwise;
  if (isTimeout(timeout)) return timeout;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_OPTION",
    `timeout is ${String(timeout)}; it must be milliseconds, more than 0 and at most ${defaultLimits.timeoutMost} (24 h)`,
  );
}

/** Listens to the signal for one call. Errors: CANCELLED (ABORTED) when it has aborted already. */
export function signalOf(signal: AbortSignal, call: PendingCall, cancel: (reason: unknown) => void): void {
  if (signal.aborted) {
    throw notExecuted(
      "CANCELLED",
      "ABORTED",
      `${call.entry.fullName} was not sent: its signal had aborted before (${textOf(signal.reason)})`,
    );
  }
  const onAbort = (): void => cancel(signal.reason);
  call.watched = { signal, onAbort };
  signal.addEventListener("abort", onAbort, { once: true });
}
