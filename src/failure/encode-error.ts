// The session: an error as the body of a failure frame. What is told of an error stands here: those of upcall's own class
// with their code and message, data where the method declares it; of all others nothing, unless this side exposes them.

import { fieldsOfError } from "../codec/classes.ts";
import type { Encoder } from "../codec/encode.ts";
import { Writer } from "../codec/writer.ts";
import { codes, isError, outcomes, reasons, UpcallError } from "../errors.ts";
import type { Expose } from "../incident.ts";
import { type AnyDeclaredError, declaredParts } from "../interface/declared.ts";
import { deepestCause, longestStack, mostErrors, mostOfOne, noErrors, oneOf } from "./read-error.ts";

const longestMessage = 4096;
/** Fields of one exposed error. */
const mostFields = 32;
/** Half a character, as a cut or a careless program leaves it; UTF-8 has no form for one. */
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

type Fields = Record<string, unknown>;

interface Telling {
  readonly expose: Expose;
  readonly declared: readonly AnyDeclaredError[];
  /** For the fields of errors that are exposed: each is tried alone, so that one which cannot be sent costs itself only. */
  readonly encoder: Encoder | null;
  /** Errors that may still be told of. */
  left: number;
}

/**
 * What a failure frame's body holds.
 *
 * @param expose   what is told of errors that are not upcall's
 * @param declared what the method declares
 * @param encoder  what tells whether a field of an exposed error can be sent; without it none is
 */
export function failureOf(
  error: UpcallError,
  expose: Expose = "nothing",
  declared: readonly AnyDeclaredError[] = noErrors,
  encoder: Encoder | null = null,
): Fields {
  return fieldsOf(error, { expose, declared, encoder, left: mostErrors }, 0);
}

function fieldsOf(error: UpcallError, telling: Telling, depth: number): Fields {
  const fields: Fields = {
    code: oneOf(codes, error.code, "UNKNOWN"),
    reason: oneOf(reasons, error.reason, "THROWN"),
    outcome: oneOf(outcomes, error.outcome, "unknown"),
    message: cut(error.message, longestMessage),
  };
  const parts = declaredParts(error, telling.declared);
  if (parts !== null) {
    fields["name"] = parts.name;
    if (parts.data !== undefined) fields["data"] = parts.data;
  }
  if (error.incident !== null) fields["incident"] = error.incident;
  addCause(fields, error, telling, depth);
  // The outermost one is often made here, when the object has thrown already: where that was is told by its cause.
  if (telling.expose === "everything" && depth > 0) fields["stack"] = cut(error.stack, longestStack);
  return fields;
}

function addCause(fields: Fields, error: Error, telling: Telling, depth: number): void {
  const cause = nestedFields(error.cause, telling, depth + 1);
  if (cause !== null) fields["cause"] = cause;
}

/** An error within another; null where it may not be told, or cannot. */
function nestedFields(thrown: unknown, telling: Telling, depth: number): Fields | null {
  if (thrown === undefined || depth > deepestCause || telling.left <= 0) return null;
  telling.left--;
  try {
    if (thrown instanceof UpcallError) return fieldsOf(thrown, telling, depth);
    return isError(thrown) ? foreignFields(thrown, telling, depth) : null;
  } catch {
    // Even asking a thrown thing for its class or its name may throw.
    return null;
  }
}

/** Several errors of upcall's stay together, and nothing else is told of an error that is not exposed. */
function foreignFields(error: Error, telling: Telling, depth: number): Fields | null {
  const all = telling.expose === "everything";
  const { errors } = error as { errors?: unknown };
  const several = Array.isArray(errors)
    ? errors
        .slice(0, mostOfOne)
        .map((one) => nestedFields(one, telling, depth + 1))
        .filter((one) => one !== null)
    : [];
  if (!all && several.length === 0) return null;
  const fields: Fields = {
    name: all ? cut(error.name, longestMessage) : "AggregateError",
    message: all ? cut(error.message, longestMessage) : "",
  };
  if (Array.isArray(errors)) fields["errors"] = several;
  if (all && telling.encoder !== null) addOwn(fields, error, telling.encoder, Array.isArray(errors) ? errors : null);
  addCause(fields, error, telling, depth);
  if (all) fields["stack"] = cut(error.stack, longestStack);
  return fields;
}

/** An exposed error's own fields, such as the code and the path of a system's error, as far as they can be sent. */
function addOwn(fields: Fields, error: Error, encoder: Encoder, errors: readonly unknown[] | null): void {
  const own: Fields = Object.create(null) as Fields;
  let left = mostFields;
  for (const key of fieldsOfError(error, { code: undefined, errors })) {
    if (left-- === 0) break;
    const value = sendable(encoder, error, key);
    if (value !== undefined) own[key] = value;
  }
  if (Object.keys(own).length > 0) fields["fields"] = own;
}

function sendable(encoder: Encoder, error: Error, key: string): unknown {
  if (key === "__proto__") return undefined;
  try {
    const value: unknown = Reflect.get(error, key);
    if (typeof value === "string") return cut(value, longestMessage);
    const writer = new Writer();
    encoder.value(writer, value, key);
    return writer.position <= longestStack ? value : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: unknown, longest: number): string {
  return String(text).slice(0, longest).replace(loneSurrogate, "\ufffd");
}
