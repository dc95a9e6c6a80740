// The command: what a server says of itself, checked before it is used. A hostile server can send anything: other
// types, a million entries, names with control characters for a terminal. Pure.

import { codes, type ErrorDescription, type InterfaceDescription, type MethodDescription, UpcallError } from "upcall";
import { quoted } from "#internal/escape.js";

/** Interfaces, methods, arguments and errors together: far more than any server has. */
const maxEntries = 16_384;
/** The most characters of a name: as many as interfaces allow. */
const maxNameCharacters = 128;
/** The most characters of a type's description: the name of an interface or of a schema library, and a few words. */
const maxWordCharacters = 256;

/** The server's answer is malformed. It never leaves this file. */
class Unfit extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A server's answer, checked. Unknown fields are left out: a newer server may send more.
 *
 * @throws UpcallError INTERNAL (BAD_RESULT) with the place and what is wrong there
 */
export function descriptionsFrom(told: unknown): InterfaceDescription[] {
  try {
    const left = { entries: maxEntries };
    return listAt(told, "interfaces", left).map((each, index) => interfaceAt(each, `interfaces[${index}]`, left));
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const message = `the server does not describe what it serves as servers of upcall do: ${error.message}; is it one?`;
    throw new UpcallError("INTERNAL", message, { reason: "BAD_RESULT", outcome: "executed" });
  }
}

interface Left {
  entries: number;
}

function interfaceAt(told: unknown, place: string, left: Left): InterfaceDescription {
  const { name, fingerprint, methods } = fieldsAt(told, place);
  return {
    name: nameAt(name, `${place}.name`, /^[A-Za-z_][A-Za-z0-9_.-]*$/),
    fingerprint: nameAt(fingerprint, `${place}.fingerprint`, /^[0-9a-f]+$/),
    methods: listAt(methods, `${place}.methods`, left).map((each, index) =>
      methodAt(each, `${place}.methods[${index}]`, left),
    ),
  };
}

function methodAt(told: unknown, place: string, left: Left): MethodDescription {
  const { name, kind, plain, idempotent, timeout, args, returns, errors } = fieldsAt(told, place);
  if (typeof idempotent !== "boolean") throw unfit(`${place}.idempotent`, idempotent, "true or false");
  if (timeout !== null && !isTimeout(timeout))
    throw unfit(`${place}.timeout`, timeout, "milliseconds of at most a day, or null");
  return {
    name: nameAt(name, `${place}.name`, /^[A-Za-z_$][A-Za-z0-9_$]*$/),
    kind: oneOf(kind, `${place}.kind`, ["call", "oneway"] as const),
    plain: oneOf(plain, `${place}.plain`, ["text", "bytes", "value"] as const),
    idempotent,
    timeout,
    args:
      args === null
        ? null
        : listAt(args, `${place}.args`, left).map((each, index) => wordAt(each, `${place}.args[${index}]`)),
    returns: returns === null ? null : wordAt(returns, `${place}.returns`),
    ...(errors !== undefined && {
      errors: listAt(errors, `${place}.errors`, left).map((each, index) => errorAt(each, `${place}.errors[${index}]`)),
    }),
  };
}

function isTimeout(told: unknown): told is number {
  return typeof told === "number" && told > 0 && told <= 86_400_000;
}

function errorAt(told: unknown, place: string): ErrorDescription {
  const { name, code, data } = fieldsAt(told, place);
  return {
    name: nameAt(name, `${place}.name`, /^[A-Za-z_$][A-Za-z0-9_$]*$/),
    code: oneOf(code, `${place}.code`, codes),
    data: data === null ? null : wordAt(data, `${place}.data`),
  };
}

function fieldsAt(told: unknown, place: string): Fields {
  if (typeof told !== "object" || told === null || Object.getPrototypeOf(told) !== Object.prototype)
    throw unfit(place, told, "an object");
  return { ...told };
}

function listAt(told: unknown, place: string, left: Left): readonly unknown[] {
  if (!Array.isArray(told)) throw unfit(place, told, "an array");
  left.entries -= told.length;
  if (left.entries < 0)
    throw new Unfit(`${place} is one array too long: of all together ${maxEntries} entries are taken`);
  return Array.from<unknown>(told);
}

function nameAt(told: unknown, place: string, form: RegExp): string {
  if (typeof told !== "string" || told.length > maxNameCharacters || !form.test(told))
    throw unfit(place, told, "a name");
  return told;
}

/** These words come from a schema library, which may have any name; but no name has control characters. */
function wordAt(told: unknown, place: string): string {
  if (typeof told !== "string" || told.length > maxWordCharacters || /[\p{Cc}\p{Bidi_Control}]/u.test(told))
    throw unfit(place, told, "a few words");
  return told;
}

function oneOf<T extends string>(told: unknown, place: string, words: readonly T[]): T {
  const word = words.find((each) => each === told);
  if (word === undefined) throw unfit(place, told, `one of ${words.join(", ")}`);
  return word;
}

function unfit(place: string, told: unknown, wanted: string): Unfit {
  const what = typeof told === "string" ? quoted(told, 60) : kindOf(told);
  return new Unfit(`${place} must be ${wanted}, and is ${what}`);
}

function kindOf(told: unknown): string {
  if (told === null || typeof told === "number" || typeof told === "boolean") return String(told);
  if (Array.isArray(told)) return "an array";
  return typeof told === "object" ? "an object" : typeof told;
}
