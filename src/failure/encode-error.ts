// Failures: an error as the body of a failure frame. Of upcall's own errors the code and message are sent, and data
// where the method declares it. Of all other errors nothing is sent, unless this side exposes them.

import { fieldsOfError } from "../codec/classes.ts";
import type { Encoder } from "../codec/encode.ts";
import { Writer } from "../codec/writer.ts";
import { codes, isError, outcomes, reasons, UpcallError } from "../errors.ts";
import type { Expose } from "../incident.ts";
import { type AnyDeclaredError, declaredParts } from "../interface/declared.ts";
import { maxCauseDepth, maxErrors, maxErrorsInOne, maxStackCharacters, noErrors, oneOf } from "./read-error.ts";

const maxMessageCharacters = 4096;
/** Fields of one exposed error. */
const maxFields = 32;
/** Half of a surrogate pair, as a cut string may have it. UTF-8 has no form for it. */
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

type Fields = Record<string, unknown>;

interface Telling {
  readonly expose: Expose;
  readonly declared: readonly AnyDeclaredError[];
  /** For the fields of exposed errors. Each is tried alone, so that only a field that cannot be sent is left out. */
  readonly encoder: Encoder | null;
  /** How many more errors may be sent. */
  left: number;
}

/** The body of a failure frame.
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
  return fieldsOf(error, { expose, declared, encoder, left: maxErrors }, 0);
}

function fieldsOf(error: UpcallError, telling: Telling, depth: number): Fields {
  const fields: Fields = {
    code: oneOf(codes, error.code, "UNKNOWN"),
    reason: oneOf(reasons, error.reason, "THROWN"),
    outcome: oneOf(outcomes, error.outcome, "unknown"),
    message: cut(error.message, maxMessageCharacters),
  };
  const parts = declaredParts(error, telling.declared);
  if (parts !== null) {
    fields["name"] = parts.name;
    if (parts.data !== undefined) fields["data"] = parts.data;
  }
  if (error.incident !== null) fields["incident"] = error.incident;
  addCause(fields, error, telling, depth);
  // The outermost error is often made here, after the object has thrown: the stack of its cause says where.
  if (telling.expose === "everything" && depth > 0) fields["stack"] = cut(error.stack, maxStackCharacters);
  return fields;
}

function addCause(fields: Fields, error: Error, telling: Telling, depth: number): void {
  const cause = nestedFields(error.cause, telling, depth + 1);
  if (cause !== null) fields["cause"] = cause;
}

/** An error within another; null where it may not or cannot be sent. */
function nestedFields(thrown: unknown, telling: Telling, depth: number): Fields | null {
  if (thrown === undefined || depth > maxCauseDepth || telling.left <= 0) return null;
  telling.left--;
  try {
    if (thrown instanceof UpcallError) return fieldsOf(thrown, telling, depth);
    return isError(thrown) ? foreignFields(thrown, telling, depth) : null;
  } catch {
    // Reading the class or the name of a thrown value may throw.
    return null;
  }
}

/** An AggregateError of upcall's errors keeps them. Nothing else is sent of an error that is not exposed. */
function foreignFields(error: Error, telling: Telling, depth: number): Fields | null {
  const all = telling.expose === "everything";
  const { errors } = error as { errors?: unknown };
  const several = Array.isArray(errors)
    ? errors
        .slice(0, maxErrorsInOne)
        .map((one) => nestedFields(one, telling, depth + 1))
        .filter((one) => one !== null)
    : [];
  if (!all && several.length === 0) return null;
  const fields: Fields = {
    name: all ? cut(error.name, maxMessageCharacters) : "AggregateError",
    message: all ? cut(error.message, maxMessageCharacters) : "",
  };
  if (Array.isArray(errors)) fields["errors"] = several;
  if (all && telling.encoder !== null) addOwn(fields, error, telling.encoder, Array.isArray(errors) ? errors : null);
  addCause(fields, error, telling, depth);
  if (all) fields["stack"] = cut(error.stack, maxStackCharacters);
  return fields;
}

/** An exposed error's own fields, such as the code and the path of a system's error, as far as they can be sent. */
function addOwn(fields: Fields, error: Error, encoder: Encoder, errors: readonly unknown[] | null): void {
  const own: Fields = Object.create(null) as Fields;
  let left = maxFields;
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
    if (typeof value === "string") return cut(value, maxMessageCharacters);
    const writer = new Writer();
    encoder.value(writer, value, key);
    return writer.position <= maxStackCharacters ? value : undefined;
  } catch {
    return undefined;
  }
}

function cut(text: unknown, longest: number): string {
  return String(text).slice(0, longest).replace(loneSurrogate, "\ufffd");
}
