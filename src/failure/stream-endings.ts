// Failures: how streams end early. Each sentence says what happened, whose fault it is and what to do.

import { notExecuted, textOf, UpcallError } from "../errors.ts";
import type { AnyDeclaredError } from "../interface/declared.ts";

/** Where a stream belongs: for sentences, and because errors differ. */
export interface StreamPlace {
  /** `Interface.method` */
  readonly method: string;
  readonly of: "argument" | "result";
  /** What the method declares. */
  readonly errors: readonly AnyDeclaredError[];
  /** The peer of the call, and the call's id; 0 where it has none yet. */
  readonly peer: string;
  readonly call: number;
}

export const streamName = ({ method, of }: Pick<StreamPlace, "method" | "of">): string =>
  `the stream in ${of === "argument" ? "an argument" : "the result"} of ${method}`;

export function tooManyStreams(place: StreamPlace, most: number, peer: string): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `${streamName(place)} would be one more than the ${most} that may run at once each way on the connection to ${peer}: end some first, or raise limits.streams on both sides`,
    { reason: "TOO_MANY", outcome: place.of === "argument" ? "not-executed" : "executed" },
  );
}

export function namedTwice(place: StreamPlace, id: number): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `${streamName(place)} has the number ${id}, under which another one is being read: the fault is the other side's`,
  );
}

/** @param cause what the program's own code threw when it was asked for its items */
export function notAStream(place: StreamPlace, cause?: unknown): UpcallError {
  const text = `${place.method} declares a stream as ${place.of === "argument" ? "an argument" : "its result"}: give an async iterable, an iterable or a ReadableStream`;
  return place.of === "argument"
    ? notExecuted("INVALID_ARGUMENT", "NOT_MARSHALLABLE", text, cause)
    : new UpcallError("INTERNAL", text, { reason: "BAD_RESULT", outcome: "executed", cause });
}

/** An item that its producer could not send. `why` is the whole sentence. */
export function badItem(place: StreamPlace, why: string, incident: string | null): UpcallError {
  const reason = place.of === "argument" ? "BAD_ARGUMENT" : "BAD_RESULT";
  return new UpcallError("INTERNAL", why, { reason, outcome: "executed", incident });
}

export function itemTooLarge(place: StreamPlace, length: number, most: number): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `an item of ${streamName(place)} is ${length} bytes long; the limit is ${most}: send smaller ones, or raise limits.message on both sides`,
    { reason: "TOO_LARGE", outcome: "executed" },
  );
}

export function tooMuchInPieces(place: StreamPlace): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `${streamName(place)} brought an item longer than this side takes: send smaller ones, or raise limits.message or, where many come at once, limits.partialBytes`,
    { reason: "TOO_LARGE", outcome: "executed" },
  );
}

/** An item that its reader could not decode. */
export function unreadableItem(place: StreamPlace, error: unknown): UpcallError {
  return new UpcallError("INTERNAL", `an item of ${streamName(place)} cannot be read: ${textOf(error)}`, {
    reason: place.of === "argument" ? "BAD_ARGUMENT" : "BAD_RESULT",
    outcome: "executed",
    cause: error,
  });
}

export function noFirstItem(place: StreamPlace, peer: string): UpcallError {
  return new UpcallError(
    "DEADLINE_EXCEEDED",
    `no item of ${streamName(place)} came from ${peer} by the call's deadline: ask for more time with within(proxy, { timeout }), or look why the first one takes so long`,
    { reason: "TIMEOUT", outcome: "executed" },
  );
}

export function silentTooLong(place: StreamPlace, idle: number, peer: string): UpcallError {
  return new UpcallError(
    "DEADLINE_EXCEEDED",
    `no further item of ${streamName(place)} came from ${peer} within ${idle} ms: ask for more with within(proxy, { idleTimeout }), or look why it is silent`,
    { reason: "TIMEOUT", outcome: "executed" },
  );
}

/** For a reader that goes on after its call: it must not take the items that came for all of them. */
export function callIsOver(place: StreamPlace): UpcallError {
  return new UpcallError("CANCELLED", `${streamName(place)} ended with its call: read it before the method returns`, {
    reason: "CLOSED",
    outcome: "executed",
  });
}

/** The reader stopped reading. */
export function notWanted(place: StreamPlace): UpcallError {
  return new UpcallError("CANCELLED", `${streamName(place)} is not read any more`, {
    reason: "ABORTED",
    outcome: "executed",
  });
}

/** @param reason the abort's */
export function streamCancelled(place: StreamPlace, reason: unknown): UpcallError {
  // Without the abort reason: this sentence is sent to the producer too.
  return new UpcallError("CANCELLED", `${streamName(place)} was cancelled by its caller's signal`, {
    reason: "ABORTED",
    outcome: "executed",
    cause: reason,
  });
}

export function streamNotDrained(place: StreamPlace, drain: number): UpcallError {
  return new UpcallError(
    "CANCELLED",
    `the connection was closed, and ${drain} ms were not enough for ${streamName(place)} to end`,
    { reason: "CLOSED", outcome: "executed" },
  );
}
