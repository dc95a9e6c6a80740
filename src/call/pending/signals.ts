// A call, the caller's half: the signals that end it, and what listens to them for it.

import { listen, unlisten } from "../../aborts.ts";
import { notExecuted, textOf } from "../../errors.ts";
import type { PendingCall } from "./pending.ts";

/** Listens to the signal for one call. @throws UpcallError CANCELLED (ABORTED) when it has aborted already */
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

/** The call is settled: its signal is not listened to any more. */
export function unwatch(call: PendingCall): void {
  for (let watched = call.watched; watched !== null; watched = watched.other) unlisten(watched.signal, watched.onAbort);
}
