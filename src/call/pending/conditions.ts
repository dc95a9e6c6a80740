// The session, the caller's half: what is said about one call beyond its method: its signal and its metadata, and what
// it has of the call that it is made in. Most calls have none of this.

import type { EnclosingCall } from "../../contract/callee.ts";
import type { CallOptions, Metadata } from "../../contract/caller.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { enclosingOf, isExpiry, timeWithin } from "../enclosing.ts";
import { metadataBytes, metadataOf, noMetadata } from "../metadata.ts";
import { traceIn } from "../trace.ts";
import type { PendingCall } from "./pending.ts";
import { signalOf } from "./signals.ts";

export interface Conditions {
  /** Milliseconds of the call. */
  readonly timeout: number;
  /** Marshalled; null where there is none. */
  readonly metadata: Uint8Array | null;
}

/**
 * What holds for a call, whose signals are listened to from now on.
 *
 * @param timeout milliseconds, by what was said of this call alone
 * @param cancel ends the call
 * @throws UpcallError, `not-executed`: DEADLINE_EXCEEDED (EXPIRED), CANCELLED (ABORTED), INVALID_ARGUMENT (BAD_METADATA),
 * RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY).
 */
export function conditionsOf(
  endpoint: Endpoint,
  call: PendingCall,
  options: CallOptions | null,
  timeout: number,
  cancel: (reason: unknown) => void,
): Conditions {
  const enclosing = enclosingOf(options, endpoint.platform.ambient);
  if (options?.signal !== undefined) signalOf(options.signal, call, cancel);
  const metadata = metadataFor(endpoint, options?.metadata ?? null, enclosing);
  if (enclosing === null) return { timeout, metadata };
  const within = timeWithin(enclosing, timeout, call.entry);
  signalOf(enclosing.signal, call, (reason) => (isExpiry(reason) ? call.expired() : cancel(reason)));
  return { timeout: within, metadata };
}

function metadataFor(endpoint: Endpoint, said: Metadata | null, enclosing: EnclosingCall | null): Uint8Array | null {
  const trace = enclosing === null ? null : traceIn(enclosing.metadata);
  if ((said === null || said === noMetadata) && trace === null) return null;
  const metadata = metadataOf(endpoint, trace, said);
  return Object.keys(metadata).length === 0 ? null : metadataBytes(endpoint, metadata);
}
