// Failures, the callee's side: why a call is refused. Each sentence says what happened, whose fault it is and what to
// do.

import { notExecuted, UpcallError } from "../errors.ts";
import { excerpt } from "../escape.ts";

/** The answer of a side that serves no interface, and has objects that can be called. */
export const nothingHere = (interfaceName: string): UpcallError =>
  notExecuted("UNIMPLEMENTED", "NO_INTERFACE", `this end serves nothing, so there is no ${excerpt(interfaceName)}`);

/** A frame about a reference or a stream came, and no interface here declares one: the conversation cannot go on. */
export const nothingCarried = (): UpcallError =>
  new UpcallError("INVALID_ARGUMENT", "a frame is about a reference or a stream, and none was ever sent here", {
    reason: "BAD_FRAME",
    outcome: "unknown",
  });

/** The answer of a side that has nothing to be called. */
export const nothingCallable = (): UpcallError =>
  notExecuted(
    "UNIMPLEMENTED",
    "NO_INTERFACE",
    "this end answers no calls: none of its interfaces declares an object or a function that could be called here",
  );

export const heldTooLong = (): UpcallError =>
  notExecuted("DEADLINE_EXCEEDED", "EXPIRED", "the call's deadline passed before there was room to start it");

export const heldTooMany = (): UpcallError =>
  notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    "too many calls wait because their caller does not take its replies: read them first",
  );

export const idUsedTwice = (id: number): UpcallError =>
  new UpcallError("INVALID_ARGUMENT", `call id ${id} is used again while its call runs`, {
    reason: "BAD_FRAME",
    outcome: "unknown",
  });

export const notAnnounced = (number: number): UpcallError =>
  notExecuted("UNIMPLEMENTED", "NO_METHOD", `method number ${number} was not announced on this connection`);

/** @param tag of an entry in front of its arguments */
export const notUnderstood = (tag: number): UpcallError =>
  notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `the call says something that must be understood (tag ${tag}) and that this server does not know: a caller of a later version may say it only where the server named the feature`,
  );

/**
 * The same answer for what is not allowed and what does not exist: a caller without permission must not learn what
 * exists.
 */
export const notAllowed = (): UpcallError =>
  notExecuted(
    "PERMISSION_DENIED",
    "NOT_ALLOWED",
    "the call is not allowed, or there is nothing of this name: ask the operator of the server",
  );

/** It does not say how the check failed, so that an attacker learns nothing. */
export const notAuthenticated = (): UpcallError =>
  notExecuted(
    "UNAUTHENTICATED",
    "NOT_AUTHENTICATED",
    "the server does not know the caller: connect with the token that it wants, as in connect(Subject, url, { token })",
  );

export const draining = (): UpcallError =>
  notExecuted(
    "UNAVAILABLE",
    "CLOSED",
    "the server is closing and takes no new calls: call another one, or this one later",
  );

/** The caller has cancelled already. This error says only that the call was not begun. */
export const neverBegun = (): UpcallError =>
  notExecuted("CANCELLED", "ABORTED", "the call was cancelled before there was room to start it");

/** @param length bytes, or null where not all of them were kept */
export const argumentsTooLarge = (length: number | null, most: number): UpcallError =>
  notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_LARGE",
    `the arguments have ${length ?? "too many"} bytes; the server's limit is ${most}: send less, or raise limits.message on both sides`,
  );

export const busy = (): UpcallError =>
  notExecuted("RESOURCE_EXHAUSTED", "BUSY", "the server runs as many calls as it may: try again later");

export const badResult = (why: string, incident: string | null): UpcallError =>
  new UpcallError("INTERNAL", why, { reason: "BAD_RESULT", outcome: "executed", incident });

/** There was no room for what the result carries. */
export const resultOverLimit = (method: string, { code, reason, message }: UpcallError): UpcallError =>
  new UpcallError(code, `the result of ${method} cannot be sent: ${message}`, { reason, outcome: "executed" });

export const resultTooLarge = (method: string, length: number, most: number): UpcallError =>
  new UpcallError(
    "RESOURCE_EXHAUSTED",
    `the result of ${method} is ${length} bytes long; the server's limit is ${most}`,
    { reason: "TOO_LARGE", outcome: "executed" },
  );

/** Why a running upcall's signal aborts. */
export const callerCancelled = (method: string): UpcallError =>
  new UpcallError("CANCELLED", `the caller cancelled ${method}`, { reason: "ABORTED", outcome: "unknown" });

export const callerGone = (): UpcallError =>
  new UpcallError("CANCELLED", "the caller's connection is gone", { reason: "CONNECTION_LOST", outcome: "unknown" });

export const deadlinePassed = (method: string): UpcallError =>
  new UpcallError("DEADLINE_EXCEEDED", `the deadline of ${method} has passed`, {
    reason: "TIMEOUT",
    outcome: "unknown",
  });
