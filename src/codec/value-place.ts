// Codec, beside the way down: where in a value is the part that cannot be sent, and what to send instead. Runs only
// after the encoder failed, so that the encoder need not track a path; it walks the value again, getters too.

import { notExecuted, type Reason, textOf, UpcallError } from "../errors.ts";
import { excerpt, quoted } from "../escape.ts";
import type { Limits } from "../limits.ts";
import { adviceFor } from "./advice.ts";
import { isOver } from "./bigint.ts";
import {
  entriesOf,
  fieldsOfError,
  isAggregate,
  type Kind,
  kindOf,
  propertyBeside,
  timeOf,
  valuesOf,
  viewBytes,
} from "./classes.ts";
import { Handle } from "./handle.ts";
import { errorWithoutText, loneSurrogate, protoKey } from "./not-marshallable.ts";
import { hasLoneSurrogate } from "./utf8.ts";

type ValueLimits = Pick<Limits, "depth" | "nodes" | "bigintDigits">;

interface Fault {
  readonly place: string;
  readonly reason: Reason;
  /** What is wrong, as the end of a sentence about the place. */
  readonly text: string;
  readonly cause?: unknown;
}

/**
 * The error for a value that the encoder refused.
 * @param root   what the value is called, such as `arguments`
 * @param depth at which the value stands: arguments stand at -1, outside of the levels that are counted
 * @param thrown what the encoder met, told as it is when the second walk meets nothing (a getter that changes its mind)
 */
export function explain(value: unknown, root: string, limits: ValueLimits, thrown: unknown, depth = 0): UpcallError {
  let fault: Fault | undefined;
  try {
    fault = new Search(limits).find(value, root, depth);
  } catch {
    // The stack is almost used up: only what the encoder met can be told.
  }
  if (fault !== undefined) {
    return notExecuted("INVALID_ARGUMENT", fault.reason, `cannot send ${fault.place}: it ${fault.text}`, fault.cause);
  }
  if (thrown instanceof UpcallError) {
    return notExecuted("INVALID_ARGUMENT", thrown.reason, `cannot send ${root}: it ${thrown.message}`, thrown.cause);
  }
  const text = `cannot send ${root}: it could not be read: ${textOf(thrown)}`;
  return notExecuted("INVALID_ARGUMENT", "NOT_MARSHALLABLE", text, thrown);
}

function tooDeep(most: number): string {
  return `is nested more than ${most} levels deep (limits.depth): flatten it`;
}

/** `.name` or `["any other name"]`. */
function member(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${excerpt(key)}` : `[${quoted(key)}]`;
}

function entry(key: unknown, index: number): string {
  if (typeof key === "string") return `.get(${quoted(key)})`;
  if (typeof key === "number" || typeof key === "boolean") return `.get(${key})`;
  return `.values()[${index}]`;
}

/** One search: depth first and in the encoder's order, so that it finds the thing that the encoder met. */
class Search {
  readonly #limits: ValueLimits;
  readonly #above = new Map<object, string>();
  #nodes: number;

  constructor(limits: ValueLimits) {
    this.#limits = limits;
    this.#nodes = limits.nodes - 1;
  }

  find(value: unknown, place: string, depth: number): Fault | undefined {
    const wrong = (reason: Reason, text: string, cause?: unknown): Fault => ({ place, reason, text, cause });
    switch (typeof value) {
      case "string":
        return hasLoneSurrogate(value) ? wrong("NOT_MARSHALLABLE", loneSurrogate) : undefined;
      case "bigint": {
        const digits = this.#limits.bigintDigits;
        const text = `is a bigint of more than ${digits} decimal digits (limits.bigintDigits): send it as a string or bytes`;
        return isOver(value, 10n ** BigInt(digits)) ? wrong("TOO_LARGE", text) : undefined;
      }
      case "function":
      case "symbol":
        return wrong("NOT_MARSHALLABLE", adviceFor(value));
      case "object":
        if (value === null) return undefined;
        break;
      default:
        return undefined;
    }
    const before = this.#above.get(value);
    if (before !== undefined) {
      const text = `contains itself (a cycle at ${place}): send a tree, with ids or references in place of the cycle`;
      return { place: before, reason: "NOT_MARSHALLABLE", text };
    }
    try {
      const kind = kindOf(value);
      if (kind === "class" && value instanceof Handle) return undefined;
      if (kind === "class") return wrong("NOT_MARSHALLABLE", adviceFor(value));
      if (kind !== "date" && kind !== "view" && kind !== "buffer" && depth >= this.#limits.depth) {
        return wrong("TOO_DEEP", tooDeep(this.#limits.depth));
      }
      this.#above.set(value, place);
      const fault = this.#inside(value, kind, place, depth + 1);
      this.#above.delete(value);
      if (fault !== undefined || this.#nodes >= 0) return fault;
      return wrong(
        "TOO_MANY",
        `has more than ${this.#limits.nodes} values in it, keys counted (limits.nodes): send it in parts`,
      );
    } catch (thrown) {
      return wrong("NOT_MARSHALLABLE", `could not be read: ${textOf(thrown)}`, thrown);
    }
  }

  #inside(value: object, kind: Kind, place: string, depth: number): Fault | undefined {
    const beside = kind === "object" || kind === "error" ? null : propertyBeside(value);
    if (beside !== null) {
      const text = `has a property ${JSON.stringify(beside)} beside what is sent of it: send an object with both`;
      return { place, reason: "NOT_MARSHALLABLE", text };
    }
    switch (kind) {
      case "array":
        return this.#items(value as readonly unknown[], place, depth);
      case "object":
        return this.#fields(value, place, depth);
      case "map":
        return this.#entries(value, place, depth);
      case "set":
        return this.#values(value, place, depth);
      case "error":
        return this.#error(value as Error, place, depth);
      case "date":
        timeOf(value);
        return undefined;
      case "view":
        viewBytes(value as ArrayBufferView);
        return undefined;
      default:
        new Uint8Array(value as ArrayBuffer);
        return undefined;
    }
  }

  #items(values: readonly unknown[], place: string, depth: number): Fault | undefined {
    this.#nodes -= values.length;
    for (let i = 0; i < values.length && this.#nodes >= 0; i++) {
      if (!(i in values)) {
        return { place, reason: "NOT_MARSHALLABLE", text: `has a hole at [${i}]: put undefined or null there` };
      }
      const fault = this.#member(values, i, `${place}[${i}]`, depth);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #fields(value: object, place: string, depth: number): Fault | undefined {
    return this.#members(value, Object.keys(value), place, depth);
  }

  #members(value: object, keys: readonly string[], place: string, depth: number): Fault | undefined {
    for (const key of keys) {
      this.#nodes -= 2;
      if (this.#nodes < 0) return undefined;
      if (key === "__proto__") return { place, reason: "NOT_MARSHALLABLE", text: protoKey };
      const fault = this.find(key, `a key of ${place}`, depth) ?? this.#member(value, key, place + member(key), depth);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #member(object: object, key: PropertyKey, place: string, depth: number): Fault | undefined {
    let item: unknown;
    try {
      item = Reflect.get(object, key);
    } catch (thrown) {
      const text = `could not be read, because its getter threw: ${textOf(thrown)}`;
      return { place, reason: "NOT_MARSHALLABLE", text, cause: thrown };
    }
    return this.find(item, place, depth);
  }

  #entries(value: object, place: string, depth: number): Fault | undefined {
    let index = 0;
    for (const [key, item] of entriesOf(value)) {
      this.#nodes -= 2;
      if (this.#nodes < 0) return undefined;
      const fault =
        this.find(key, `${place}.keys()[${index}]`, depth) ?? this.find(item, place + entry(key, index), depth);
      if (fault !== undefined) return fault;
      index++;
    }
    return undefined;
  }

  #values(value: object, place: string, depth: number): Fault | undefined {
    let index = 0;
    for (const item of valuesOf(value)) {
      this.#nodes -= 1;
      if (this.#nodes < 0) return undefined;
      const fault = this.find(item, `${place}.values()[${index++}]`, depth);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #error(error: Error, place: string, depth: number): Fault | undefined {
    const texts = [error.name, error.message];
    if (!texts.every((text) => typeof text === "string"))
      return { place, reason: "NOT_MARSHALLABLE", text: errorWithoutText };
    const code: unknown = "code" in error ? error.code : undefined;
    this.#nodes -= 4;
    for (const key of ["name", "message", ...(typeof code === "string" ? ["code"] : [])]) {
      const fault = this.#member(error, key, `${place}.${key}`, depth);
      if (fault !== undefined) return fault;
    }
    if (typeof code === "string") this.#nodes -= 2;
    const listed: unknown = isAggregate(error, error.name) ? error.errors : undefined;
    const errors = Array.isArray(listed) ? listed : undefined;
    const rest = [...(Object.hasOwn(error, "cause") ? ["cause"] : []), ...(errors === undefined ? [] : ["errors"])];
    for (const key of rest) {
      this.#nodes -= 2;
      const fault = this.#member(error, key, `${place}.${key}`, depth);
      if (fault !== undefined) return fault;
    }
    const fields = fieldsOfError(error, { code, errors });
    if (fields.length === 0) return undefined;
    this.#nodes -= 2;
    if (depth >= this.#limits.depth) return { place, reason: "TOO_DEEP", text: tooDeep(this.#limits.depth) };
    return this.#members(error, fields, place, depth + 1);
  }
}
