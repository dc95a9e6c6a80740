// The session on the plain wire, the caller's half: how a call ends without a reply, each with what happened, whose
// fault it is and what to do. The wire itself can say nothing of it.

import type { PendingCall } from "../../call/pending/pending.ts";
import { UpcallError } from "../../errors.ts";
import type { CallerEnd } from "../../wire/plain/end.ts";

/** What to do where part of a reply is here and nothing says that it is all of it. */
const advice: Readonly<Partial<Record<CallerEnd, string>>> = {
  close:
    'and without the option end a reply ends there: where the server leaves it open, as one that forks does, say end: "chunk", by which one receive is the reply, or end: "newline" where both sides end lines',
  "half-close":
    'and with end: "half-close" a reply ends there: where the server forks, let it shut the connection down, since closing its copy does not end it',
  newline:
    'and with end: "newline" a reply ends at one: where the server sends none, say end: "chunk", or leave end out where it closes the connection',
};

export function unended(call: PendingCall, peer: string, end: CallerEnd, bytes: number): UpcallError {
  const missing = end === "newline" ? "no newline came" : "the connection did not end";
  return new UpcallError(
    "DEADLINE_EXCEEDED",
    `${bytes} bytes of a reply to ${call.entry.fullName} came from ${peer} by its deadline, but ${missing}, ${advice[end] ?? ""}; whether the call ran is not known`,
    { reason: "TIMEOUT", outcome: "unknown" },
  );
}

export function chunkTooLong(call: PendingCall, most: number): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `the reply to ${call.entry.fullName} is longer than what one receive gives, ${most} bytes, and with end: "chunk" that is a reply: leave end out where the server closes the connection, or say end: "newline" or end: "half-close" on both sides`,
    { reason: "TOO_LARGE", outcome: "executed" },
  );
}

export function noReply(call: PendingCall | null, peer: string): UpcallError {
  return new UpcallError(
    "UNAVAILABLE",
    `${peer} ended the connection without a reply to ${call?.entry.fullName ?? "anything"}: it refused the message, its method threw, or its reply was empty; whether the call ran is not known, and the plain wire cannot say more`,
    { reason: "NO_REPLY", outcome: "unknown" },
  );
}

export function lost(call: PendingCall | null, peer: string, cause: UpcallError): UpcallError {
  const clause = cause.outcome === "not-executed" ? "; the call did not run" : "; whether the call ran is not known";
  return new UpcallError(
    cause.code,
    `the connection to ${peer} is lost before a reply to ${call?.entry.fullName ?? "anything"}: ${cause.message}${clause}`,
    { reason: cause.reason, outcome: cause.outcome === "not-executed" ? "not-executed" : "unknown", cause },
  );
}
