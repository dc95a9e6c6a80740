// Failures: the body of a failure frame as an error. Only the codes and reasons of errors.ts, and the classes that the
// method declares, are made. Other names become UNKNOWN, or an error without a class.

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

/**
 * How many causes deep errors may be, how many errors an AggregateError may have, and how many there may be altogether.
 */
export const maxCauseDepth = 8;
export const maxErrorsInOne = 16;
export const maxErrors = 64;
/** The limit for each stack. */
export const maxStackCharacters: number = 16 * 1024;

/** For a method that is not known: it declares no errors. */
export const noErrors: readonly AnyDeclaredError[] = [];

type Fields = Readonly<Record<string, unknown>>;

interface Reading {
  readonly declared: readonly AnyDeclaredError[];
  /** How many more errors may be made. */
  left: number;
}

/**
 * The error in a failure frame, also where the frame is malformed.
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
    return errorFrom(isFields(body) ? body : {}, { declared, left: maxErrors }, 0);
  } catch (error) {
    return new UpcallError("INTERNAL", "the other side's error cannot be read", {
      reason: "BAD_MESSAGE",
      outcome: "unknown",
      cause: error,
    });
  }
}

/** A result that could not be read because there was no room for what it carries. */
export function isExhausted(error: unknown): error is UpcallError {
  return error instanceof UpcallError && error.code === "RESOURCE_EXHAUSTED" && error.outcome === "executed";
}

/** The word if the array has it, else `otherwise`. */
export function oneOf<T extends string>(list: readonly T[], value: unknown, otherwise: T): T {
  return list.find((item) => item === value) ?? otherwise;
}

/** Missing and unknown fields get the value that claims least. */
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

/** An error of the class that the method declares by that name, where its data fits. */
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
  if (!isFields(value) || depth > maxCauseDepth || reading.left <= 0) return undefined;
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
  const errors = value.slice(0, maxErrorsInOne).map((one) => nested(one, reading, depth));
  return errors.filter((one) => one !== undefined);
}

/** The stack that was sent. Where none was, the outermost error keeps the stack of this side. */
function withStack<E extends Error>(error: E, { stack }: Fields, depth: number): E {
  if (typeof stack === "string") error.stack = stack.slice(0, maxStackCharacters);
  else if (depth > 0) error.stack = `${error.name}: ${error.message}`;
  return error;
}

function incidentIn(value: unknown): string | null {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value) ? value : null;
}

/** A plain object: no class instance. */
function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
