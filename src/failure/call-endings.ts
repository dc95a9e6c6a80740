// Failures, the caller's side: how a call ends without a result. Each sentence says what happened, whose fault it is
// and what to do.

import { notExecuted, textOf, UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";

/** What these sentences need of a call. */
interface EndedCall {
  /** 0 while it was not sent. */
  readonly id: number;
  readonly entry: MethodEntry;
}

export function cancelledError(call: EndedCall, reason: unknown): UpcallError {
  const sent = call.id !== 0;
  return new UpcallError(
    "CANCELLED",
    `${call.entry.fullName} was cancelled by its caller's signal${sent ? "; whether it ran is not known" : " before it was sent"} (${textOf(reason)})`,
    {
      reason: "ABORTED",
      outcome: sent ? "unknown" : "not-executed",
      cause: reason,
    },
  );
}

export function expiredError(call: EndedCall, sent: boolean, peer: string): UpcallError {
  return sent
    ? new UpcallError(
        "DEADLINE_EXCEEDED",
        `${call.entry.fullName} got no reply from ${peer} by its deadline; whether it ran is not known: ask for more time with within(proxy, { timeout }), or look why the method takes so long`,
        { reason: "TIMEOUT", outcome: "unknown" },
      )
    : new UpcallError(
        "DEADLINE_EXCEEDED",
        `${call.entry.fullName} was never sent: ${peer} had no room for it before its deadline`,
        { reason: "EXPIRED", outcome: "not-executed" },
      );
}

export function heldBackError({ entry }: EndedCall, peer: string): UpcallError {
  return notExecuted(
    "DEADLINE_EXCEEDED",
    "EXPIRED",
    `${entry.fullName} was never sent: a long call that was made before it was still on its way to ${peer} at its deadline: make the short one on a second proxy, or by within(proxy, { ordered: false })`,
  );
}

export function argumentGone(call: EndedCall): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "NOT_MARSHALLABLE",
    `${call.entry.fullName} was given a long array whose memory was transferred away before it was sent: keep such an array as it is until the call is settled`,
  );
}

export function argumentsTooLong(call: EndedCall, length: number, most: number, peer: string): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_LARGE",
    `the arguments of ${call.entry.fullName} are ${length} bytes long; ${peer} takes ${most}: send less, or raise limits.message on both sides`,
  );
}

export function waitingTooMany(waiting: number, peer: string): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    `${waiting} calls to ${peer} wait already: await some before making more, or raise limits.waiting, and for long ones limits.waitingBytes and limits.memory`,
  );
}

export function resultTooLong(call: EndedCall, most: number): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `the result of ${call.entry.fullName} is longer than the limit here, ${most} bytes: raise limits.message`,
    { reason: "TOO_LARGE", outcome: "executed" },
  );
}

export function resultCrowded(call: EndedCall): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `the result of ${call.entry.fullName} was dropped before all of it had come: limits.memory is nearly used up here, and this connection holds the most of it: ask for less at a time, or raise limits.memory`,
    { reason: "BUSY", outcome: "executed" },
  );
}

export function resultUnreadable(call: EndedCall, error: unknown): UpcallError {
  if (error instanceof UpcallError && error.code === "RESOURCE_EXHAUSTED")
    return new UpcallError(error.code, error.message, { reason: error.reason, outcome: "executed", cause: error });
  return new UpcallError("INTERNAL", `the result of ${call.entry.fullName} cannot be read: ${textOf(error)}`, {
    reason: "BAD_RESULT",
    outcome: "executed",
    cause: error,
  });
}

export function tooManyAnnounced({ name }: Interface, most: number): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_MANY",
    `${name} would be more than the ${most} methods that one connection may announce: open another, or raise limits.announced on both sides`,
  );
}

/** Its connection was still being made. */
export function neverConnected(call: EndedCall, peer: string): UpcallError {
  return notExecuted(
    "DEADLINE_EXCEEDED",
    "EXPIRED",
    `${call.entry.fullName} was never sent: connecting to ${peer} took until its deadline`,
  );
}

/** Connecting failed with an error that no medium gives. */
export function notConnected(peer: string, error: unknown): UpcallError {
  return notExecuted("INTERNAL", "SYSTEM", `connecting to ${peer} failed: ${textOf(error)}`, error);
}
