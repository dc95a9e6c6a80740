// Codec, on the way up: an error made again from what was sent of it. A peer may send thousands in one message, so no
// stack is taken: it must be cheap. It knows no bytes.
import { isReserved } from "./classes.ts";
import { indexOf } from "./collisions.ts";
import { errorClasses } from "./extensions.ts";
import { define, type Fields, isFar, makeTable, spread } from "./plain-objects.ts";

/** What travels of an error. A field that is absent differs from one that is undefined. */
export interface ErrorParts {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  /** Its other properties. Those with one of the names above are skipped. */
  readonly fields?: Readonly<Fields>;
  /** The names of these are so many that it shares no shape with others. */
  readonly strange?: boolean;
}

/** V8's own switch, absent elsewhere. An error is made 8 times faster while it is 0. */
interface StackLimit {
  stackTraceLimit?: unknown;
}

/**
 * An error of the class of that name if it is one of the language's, an Error of that name if not. Its stack is only
 * its first line: the decoder's place helps no reader, and the place where the error was made stays with the sender.
 */
export function makeError(parts: ErrorParts): Error {
  const limit = (Error as StackLimit).stackTraceLimit;
  const limited = typeof limit === "number" && Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return dressed(bare(parts), parts);
  } finally {
    if (limited) Reflect.set(Error, "stackTraceLimit", limit);
  }
}

function bare({ name, message, ...rest }: ErrorParts): Error {
  const options = "cause" in rest ? { cause: rest.cause } : undefined;
  if (name === "AggregateError" || rest.errors !== undefined) {
    return new AggregateError(rest.errors ?? [], message, options);
  }
  const made = errorClasses.get(name) ?? Error;
  return new made(message, options);
}

function dressed(error: Error, parts: ErrorParts): Error {
  const { name, message, code, fields } = parts;
  if (error.name !== name) {
    Object.defineProperty(error, "name", { value: name, writable: true, enumerable: false, configurable: true });
  }
  if (code !== undefined) {
    Object.defineProperty(error, "code", { value: code, writable: true, enumerable: true, configurable: true });
  }
  // Assigned, because defining it makes V8 format the old one first, by the program's Error.prepareStackTrace.
  error.stack = message === "" ? name : `${name}: ${message}`;
  if (fields !== undefined) addFields(error, fields, parts);
  return error;
}

/** Defined, and never assigned: a name off the wire must meet nothing that errors inherit. */
function addFields(error: Error, fields: Readonly<Fields>, { code, errors, strange = false }: ErrorParts): void {
  const bare: object = error;
  if (strange) makeTable(bare);
  let count = 0;
  let top = -1;
  for (const key of Object.keys(fields)) {
    if (isReserved(key) || (key === "code" && code !== undefined) || (key === "errors" && errors !== undefined))
      continue;
    const index = indexOf(key);
    if (isFar(index, count++, top)) spread(bare as Fields);
    top = Math.max(top, index);
    define(bare, key, fields[key]);
  }
}
