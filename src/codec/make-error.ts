// Codec, on the way up: an error made again from what was sent of it. Strangers may send thousands in one message, so
// it has to be cheap: no stack is taken here. It knows no bytes.
import { errorClasses } from "./extensions.ts";

/** What travels of an error; absent is not undefined where it makes a difference. */
export interface ErrorParts {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** V8's own switch, absent elsewhere. Zero for the moment of making is 8 times faster than a stack that nobody wants. */
interface StackLimit {
  stackTraceLimit?: unknown;
}

/**
 * An error of the class of that name if it is one of the language's, an Error of that name if not. Its stack is only
 * its first line: where the decoder stood is nobody's concern, and where the error was made stays with the sender.
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

function dressed(error: Error, { name, message, code }: ErrorParts): Error {
  if (error.name !== name) {
    Object.defineProperty(error, "name", { value: name, writable: true, enumerable: false, configurable: true });
  }
  if (code !== undefined) {
    Object.defineProperty(error, "code", { value: code, writable: true, enumerable: true, configurable: true });
  }
  // Assigned, because defining it makes V8 format the old one first, by the program's Error.prepareStackTrace.
  error.stack = message === "" ? name : `${name}: ${message}`;
  return error;
}
