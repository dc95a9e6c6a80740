// The session: an error as the body of a failure frame, and back. Only the closed lists of errors.ts cross the wire;
// what the other side names beyond them becomes UNKNOWN.

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
export function errorFrom(body: unknown): UpcallError {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const message = typeof fields["message"] === "string" ? fields["message"] : "the other side gave no message";
  return new UpcallError(oneOf<Code>(codes, fields["code"], "UNKNOWN"), message, {
    reason: oneOf<Reason>(reasons, fields["reason"], "THROWN"),
    outcome: oneOf<Outcome>(outcomes, fields["outcome"], "unknown"),
  });
}

/**
 * What the caller is told of whatever a method threw: an UpcallError's own code, or UNKNOWN; always `executed`,
 * because the method ran.
 */
export function thrownError(thrown: unknown, method: string): UpcallError {
  if (thrown instanceof UpcallError) {
    return new UpcallError(thrown.code, thrown.message, { reason: "THROWN", outcome: "executed", cause: thrown });
  }
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new UpcallError("UNKNOWN", `${method} threw ${name}: ${textOf(thrown)}`, {
    reason: "THROWN",
    outcome: "executed",
    cause: thrown,
  });
}

function oneOf<T extends string>(list: readonly T[], value: unknown, otherwise: T): T {
  return list.find((item) => item === value) ?? otherwise;
}
