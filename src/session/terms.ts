// The session, the caller's half: the terms of one call, its timeout and its signal.

import { listen, unlisten } from "../aborts.ts";
import { notExecuted, textOf, type UpcallError } from "../errors.ts";
import { defaultLimits, isTimeout } from "../limits.ts";
import { type CallOptions, type Metadata, PassingOptions } from "./contract.ts";
import type { PendingCall } from "./native/calling/pending.ts";

/**
 * Milliseconds for a call.
 *
 * @param most what `limits.timeoutMost` says on this side
 * Errors: INVALID_ARGUMENT (BAD_OPTION).
 */
export function timeoutOf(options: CallOptions | null, otherwise: number, most?: number): number {
  const timeout = options?.timeout ?? otherwise;
  if (isTimeout(timeout, most)) return timeout;
  throw badTime("timeout", timeout, most);
}

/**
 * Milliseconds that a stream of the call may be silent, or null for as long as it takes. What is passed on is nobody's to
 * wait for here. Errors: INVALID_ARGUMENT (BAD_OPTION).
 */
export function idleTimeoutOf(options: CallOptions | null, otherwise: number | null, most: number): number | null {
  if (options instanceof PassingOptions) return null;
  const idle = options?.idleTimeout ?? otherwise;
  if (idle === null || isTimeout(idle, most)) return idle;
  throw badTime("idleTimeout", idle, most);
}

/** The same terms with less time, and perhaps with another signal and other metadata. */
export function renewed(
  options: CallOptions | null,
  timeout: number,
  signal: AbortSignal | undefined,
  metadata: Metadata | undefined = options?.metadata,
): CallOptions {
  if (options instanceof PassingOptions) return options.renewed(timeout, signal, metadata);
  return { ...options, timeout, signal, metadata };
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
  call.watched = { signal, onAbort, other: call.watched };
  listen(signal, onAbort);
}

/** The call is settled: nobody listens for it any more. */
export function unwatch(call: PendingCall): void {
  for (let watched = call.watched; watched !== null; watched = watched.other) unlisten(watched.signal, watched.onAbort);
}

function badTime(option: string, given: unknown, most: number = defaultLimits.timeoutMost): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_OPTION",
    `${option} is ${String(given)}; it must be milliseconds, more than 0 and at most ${most} (limits.timeoutMost)`,
  );
}
