// The session, the caller's half: the terms of one call, its timeout and its signal.

import type { CallOptions, Metadata } from "../contract/caller.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { defaultLimits, isTimeout } from "../limits.ts";
import { PassingOptions } from "./passing.ts";

/**
 * Milliseconds for a call.
 *
 * @param most what `limits.timeoutMost` says on this side
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
 */
export function timeoutOf(options: CallOptions | null, otherwise: number, most?: number): number {
  const timeout = options?.timeout ?? otherwise;
  if (isTimeout(timeout, most)) return timeout;
  throw badTime("timeout", timeout, most);
}

/**
 * Milliseconds that a stream of the call may be silent, or null for as long as it takes. A stream that is passed on is
 * not read here, so it has no limit here.
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
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

function badTime(option: string, given: unknown, most: number = defaultLimits.timeoutMost): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_OPTION",
    `${option} is ${String(given)}; it must be milliseconds, more than 0 and at most ${most} (limits.timeoutMost)`,
  );
}
