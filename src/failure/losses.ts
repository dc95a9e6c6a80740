// Failures: how calls end when their connection is lost or closed. Each sentence says what happened, whose fault it is
// and what to do.

import { notExecuted, UpcallError } from "../errors.ts";

export function closedError(peer: string): UpcallError {
  return notExecuted("UNAVAILABLE", "CLOSED", `the connection to ${peer} is closed: connect again for more calls`);
}

/** For calls that the peer will not take, because it is closing. */
export function awayError(peer: string): UpcallError {
  return new UpcallError(
    "UNAVAILABLE",
    `${peer} is closing and takes no new calls: call another one, or this one later`,
    { reason: "CLOSED", outcome: "not-executed" },
  );
}

export function noSignOfLife(peer: string, timeout: number): UpcallError {
  return new UpcallError("DEADLINE_EXCEEDED", `${peer} gave no sign of life within ${timeout} ms`, {
    reason: "TIMEOUT",
    outcome: "not-executed",
  });
}

/** An error while frames were read: the connection cannot be used any more. */
export function breachOf(error: unknown): UpcallError {
  if (error instanceof UpcallError) return error;
  return new UpcallError("INTERNAL", "a frame could not be understood", {
    reason: "BAD_FRAME",
    outcome: "unknown",
    cause: error,
  });
}

export function notDrained(drain: number, sent: boolean): UpcallError {
  return new UpcallError(
    "CANCELLED",
    `the connection was closed, and ${drain} ms were not enough for the call to ${sent ? "finish: a method that awaits close() calls it before its first await" : "be sent"}`,
    { reason: "CLOSED", outcome: sent ? "unknown" : "not-executed" },
  );
}

/** @param ran whether a call may have run */
export function lostError(cause: UpcallError | null, ran: boolean, peer: string): UpcallError {
  const why = cause === null ? `${peer} ended the connection` : `the connection to ${peer} is lost: ${cause.message}`;
  const outcome = ran ? "unknown" : "not-executed";
  const clause = ran ? "; whether the call ran is not known" : "; the call did not run";
  return new UpcallError(cause?.code ?? "UNAVAILABLE", why + clause, {
    reason: cause?.reason ?? "CONNECTION_LOST",
    outcome,
    cause,
  });
}
