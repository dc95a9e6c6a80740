// Ground, known to every stage of the walk: the one error class. Its codes, reasons and outcomes are closed sets;
// docs/errors.md explains each. It knows no stage.

/** The code names of gRPC, with the same meaning. OK is no error and is left out. */
export const codes = [
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** All reasons. A reason says what exactly happened; a code only says what kind of failure it was. */
export const reasons = [
  "THROWN",
  "BUSY",
  "EXPIRED",
  "TIMEOUT",
  "ABORTED",
  "CLOSED",
  "CONNECTION_LOST",
  "CONNECTION_REFUSED",
  "NAME_NOT_RESOLVED",
  "ADDRESS_IN_USE",
  "ADDRESS_NOT_USABLE",
  "NOT_PERMITTED",
  "NOT_AUTHENTICATED",
  "NOT_ALLOWED",
  "TOO_LARGE",
  "TOO_DEEP",
  "TOO_MANY",
  "MEMORY_FULL",
  "NOT_MARSHALLABLE",
  "BAD_MESSAGE",
  "BAD_FRAME",
  "BAD_GREETING",
  "BAD_VERSION",
  "BAD_ARGUMENT",
  "BAD_RESULT",
  "BAD_REFERENCE",
  "BAD_METADATA",
  "BAD_INTERFACE",
  "BAD_URL",
  "BAD_OPTION",
  "BAD_STATE",
  "NO_INTERFACE",
  "NO_METHOD",
  "NO_REPLY",
  "NOT_SUPPORTED",
  "WORKER_LOST",
  "WORKER_STUCK",
  "MODULE_NOT_LOADED",
  "SYSTEM",
] as const;

/** Whether the method ran: a caller must know it before it tries again. */
export const outcomes = ["executed", "not-executed", "unknown"] as const;

export type Code = (typeof codes)[number];
export type Reason = (typeof reasons)[number];
export type Outcome = (typeof outcomes)[number];

export interface UpcallErrorOptions {
  /** What exactly happened. Default `THROWN`: an implementation's own error. */
  readonly reason?: Reason;
  /**
   * Whether the method ran. Default `executed`, which is what an error thrown by an implementation means. An
   * implementation that throws `not-executed` states that nothing was done, so that its caller may try again; this must
   * be true.
   */
  readonly outcome?: Outcome;
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** The id under which the log of the side that threw has the whole error. */
  readonly incident?: string | null;
}

/**
 * The only error class of upcall. An implementation may throw one to choose the code its caller sees:
 * `throw new UpcallError("NOT_FOUND", "there is no account 7")`. Errors with data of their own are classes made by
 * `DeclaredError`, which extend this one.
 *
 * @param code    one of {@link codes}: what kind of failure it is
 * @param message what happened, whose fault it is and what to do; it is sent to the caller unchanged
 * @param options `cause` travels too as far as its errors are UpcallErrors; see docs/errors.md
 */
export class UpcallError extends Error {
  readonly code: Code;
  readonly reason: Reason;
  readonly outcome: Outcome;
  /**
   * The id under which the other side's log has an error that its interface does not declare; else null.
   */
  readonly incident: string | null;

  constructor(code: Code, message: string, options: UpcallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason ?? "THROWN";
    this.outcome = options.outcome ?? "executed";
    this.incident = options.incident ?? null;
  }
}
Object.defineProperty(UpcallError.prototype, "name", { value: "UpcallError", configurable: true, writable: true });

/**
 * Errors that say how a call ended. When a method throws such an error of another call, its outcome says nothing about
 * the method.
 */
const ofCalls: WeakSet<UpcallError> = new WeakSet();

/** Marks an error as one that says how a call ended. */
export function ofCall<E extends UpcallError>(error: E): E {
  ofCalls.add(error);
  return error;
}

/** Whether user code threw an error to state that it did nothing: only the reasons of user code can state that. */
export function statesNothingDone(error: UpcallError): boolean {
  const { outcome, reason } = error;
  return outcome === "not-executed" && (reason === "THROWN" || reason === "BUSY") && !ofCalls.has(error);
}

/** Makes the commonest kind of error: of a call that did not run. */
export function notExecuted(code: Code, reason: Reason, message: string, cause?: unknown): UpcallError {
  const error = new UpcallError(code, message, { reason, outcome: "not-executed", cause });
  return reason === "THROWN" || reason === "BUSY" ? ofCall(error) : error;
}

/** Whether a thrown value is an UpcallError. Reading the class of a thrown value may throw. */
export function isUpcallError(thrown: unknown): thrown is UpcallError {
  try {
    return thrown instanceof UpcallError;
  } catch {
    return false;
  }
}

/**
 * Whether a value is an error, of this realm or of another one with its own `Error`, such as a context of Node's vm.
 */
export function isError(thrown: unknown): thrown is Error {
  try {
    if (thrown instanceof Error) return true;
    return typeof thrown === "object" && thrown !== null && errorKinds.includes(Object.prototype.toString.call(thrown));
  } catch {
    return false;
  }
}

const errorKinds: readonly string[] = ["[object Error]", "[object DOMException]"];

/**
 * A thrown value as a string. It can be any value, also one whose `toString` throws. An object with a `message` string
 * gives that.
 */
export function textOf(thrown: unknown): string {
  try {
    const { message } = Object(thrown) as { message?: unknown };
    return typeof message === "string" && typeof thrown === "object" ? message : String(thrown);
  } catch {
    return "something that cannot be shown";
  }
}
