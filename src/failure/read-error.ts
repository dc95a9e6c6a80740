// The session: the body of a failure frame as an error. Only the closed lists of errors.ts, and the classes that the
// method declares, come of it: what the other side names beyond them becomes UNKNOWN, or an error without a class.

import type { Decoder } from "../codec/decode.ts";
import { makeError } from "../codec/make-error.ts";
import {
  type Code,
  codes,
  type Outcome,
  ofCall,
  outcomes,
  type Reason,
  reasons,
  UpcallError,
  type UpcallErrorOptions,
} from "../errors.ts";
import { type AnyDeclaredError, declaredFrom } from "../interface/declared.ts";

/** How deep errors may hang together, how many one may consist of, and how many there may be altogether. */
export const deepestCause = 8;
export const mostOfOne = 16;
export const mostErrors = 64;
/** Characters of one. */
export const longestStack: number = 16 * 1024;

/** What a method declares that nobody knows. */
export const noErrors: readonly AnyDeclaredError[] = [];

type Fields = Readonly<Record<string, unknown>>;

interface Reading {
  readonly declared: readonly AnyDeclaredError[];
  /** Errors that may still be made. */
  left: number;
}

/**
 * The error in a failure frame, however badly it is written.
 *
 * @param declared what the method declares: no other class is ever made
 */
export function failureIn(
  decoder: Decoder,
  bytes: Uint8Array,
  start: number,
  end: number,
  declared: readonly AnyDeclaredError[] = noErrors,
): UpcallError {
  try {
    const body = decoder.value(bytes, start, end);
    return errorFrom(isFields(body) ? body : {}, { declared, left: mostErrors }, 0);
  } catch (error) {
    return new UpcallError("INTERNAL", "the other side's error cannot be read", {
      reason: "BAD_MESSAGE",
      outcome: "unknown",
      cause: error,
    });
  }
}

/** A result that could be sent and read, were there room for what it carries. */
export function isExhausted(error: unknown): error is UpcallError {
  return error instanceof UpcallError && error.code === "RESOURCE_EXHAUSTED" && error.outcome === "executed";
}

/** One of a list's words, or what counts where it is none. */
export function oneOf<T extends string>(list: readonly T[], value: unknown, otherwise: T): T {
  return list.find((item) => item === value) ?? otherwise;
}

/** Fields that are missing or not known get the least that is sure. */
function errorFrom(fields: Fields, reading: Reading, depth: number): UpcallError {
  const { name, data } = fields;
  const message = typeof fields["message"] === "string" ? fields["message"] : "the other side gave no message";
  const cause = nested(fields["cause"], reading, depth + 1);
  const terms = {
    reason: oneOf<Reason>(reasons, fields["reason"], "THROWN"),
    outcome: oneOf<Outcome>(outcomes, fields["outcome"], "unknown"),
    incident: incidentIn(fields["incident"]),
    cause,
  };
  const error = errorOf(fields, terms, typeof name === "string" ? name : null, data, message, reading.declared);
  if (error.outcome === "not-executed") ofCall(error);
  return withStack(error, fields, depth);
}

/** Of the class that the method declares by that name, where its data fits. */
function errorOf(
  fields: Fields,
  terms: UpcallErrorOptions,
  name: string | null,
  data: unknown,
  message: string,
  all: readonly AnyDeclaredError[],
): UpcallError {
  const declared = name === null ? null : declaredFrom(name, data, message, all, terms);
  if (declared instanceof UpcallError) return declared;
  const code = oneOf<Code>(codes, fields["code"], "UNKNOWN");
  if (declared === null) return new UpcallError(code, message, terms);
  const misfit = new UpcallError("INTERNAL", declared, { ...terms, reason: "BAD_RESULT" });
  return new UpcallError(code, message, { ...terms, cause: misfit });
}

/** An error within another: one of upcall's where it has a code. */
function nested(value: unknown, reading: Reading, depth: number): Error | undefined {
  if (!isFields(value) || depth > deepestCause || reading.left <= 0) return undefined;
  reading.left--;
  const { code, name, message } = value;
  if (typeof code === "string") return errorFrom(value, reading, depth);
  if (typeof name !== "string" || typeof message !== "string") return undefined;
  const cause = nested(value["cause"], reading, depth + 1);
  const errors = severalIn(value["errors"], reading, depth + 1);
  const fields = value["fields"];
  const made = makeError({
    name,
    message,
    ...(cause !== undefined && { cause }),
    ...(errors !== null && { errors }),
    ...(isFields(fields) && { fields }),
  });
  return withStack(made, value, depth);
}

function severalIn(value: unknown, reading: Reading, depth: number): Error[] | null {
  if (!Array.isArray(value)) return null;
  const errors = value.slice(0, mostOfOne).map((one) => nested(one, reading, depth));
  return errors.filter((one) => one !== undefined);
}

/** The stack that was sent; where none was, that of this side says something of the outermost error alone. */
function withStack<E extends Error>(error: E, { stack }: Fields, depth: number): E {
  if (typeof stack === "string") error.stack = stack.slice(0, longestStack);
  else if (depth > 0) error.stack = `${error.name}: ${error.message}`;
  return error;
}

function incidentIn(value: unknown): string | null {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value) ? value : null;
}

/** A map, as it was decoded: nothing that has a class. */
function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
