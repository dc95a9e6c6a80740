// The session: an error as the body of a failure frame, and back. Only the closed lists of errors.ts cross the wire;
// what the other side names beyond them becomes UNKNOWN.

import type { Decoder } from "../codec/decode.ts";
import { type Code, codes, type Outcome, outcomes, type Reason, reasons, textOf, UpcallError } from "../errors.ts";

const longestMessage = 4096;
/** Half a character, as a cut or a careless program leaves it; UTF-8 has no form for one. */
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What a failure frame's body holds. */
export function failureOf(error: UpcallError): Record<string, unknown> {
  return {
    code: error.code,
    reason: error.reason,
    outcome: error.outcome,
    message: error.message.slice(0, longestMessage).replace(loneSurrogate, "\ufffd"),
  };
}

/** The error that a failure frame's body describes. Fields that are missing or not known get the least that is sure. */
function errorFrom(body: unknown): UpcallError {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const message = typeof fields["message"] === "string" ? fields["message"] : "the other side gave no message";
  return new UpcallError(oneOf<Code>(codes, fields["code"], "UNKNOWN"), message, {
    reason: oneOf<Reason>(reasons, fields["reason"], "THROWN"),
    outcome: oneOf<Outcome>(outcomes, fields["outcome"], "unknown"),
  });
}

/** The error in a failure frame, however badly it is written. */
export function failureIn(decoder: Decoder, bytes: Uint8Array, start: number, end: number): UpcallError {
  try {
    return errorFrom(decoder.value(bytes, start, end));
  } catch (error) {
    return new UpcallError("INTERNAL", "the other side's error cannot be read", {
      reason: "BAD_MESSAGE",
      outcome: "unknown",
      cause: error,
    });
  }
}

/**
 * What the caller is told of whatever a method threw: an UpcallError's own code, or UNKNOWN; always `executed`,
 * because the method ran.
 */
export function thrownError(thrown: unknown, method: string): UpcallError {
  const terms = { reason: "THROWN", outcome: "executed", cause: thrown } as const;
  try {
    if (thrown instanceof UpcallError) return new UpcallError(thrown.code, thrown.message, terms);
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    return new UpcallError("UNKNOWN", `${method} threw ${name}: ${textOf(thrown)}`, terms);
  } catch {
    // Even asking a thrown thing for its class or its name may throw.
    return new UpcallError("UNKNOWN", `${method} threw something that has no text`, terms);
  }
}

/** A result that could be sent and read, were there room for what it carries. */
export function isExhausted(error: unknown): error is UpcallError {
  return error instanceof UpcallError && error.code === "RESOURCE_EXHAUSTED" && error.outcome === "executed";
}

function oneOf<T extends string>(list: readonly T[], value: unknown, otherwise: T): T {
  return list.find((item) => item === value) ?? otherwise;
}
