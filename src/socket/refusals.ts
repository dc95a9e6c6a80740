// Sockets: the errors that this folder raises by itself, before or without the operating system. It knows no socket.
import { notExecuted, type UpcallError } from "../errors.ts";

/** A call that does not fit the socket's state. The message says what to call first. */
export function wrongState(message: string): UpcallError {
  return notExecuted("FAILED_PRECONDITION", "BAD_STATE", message);
}

/** An argument that no socket could use. */
export function badArgument(message: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_OPTION", message);
}

/** The waiting call's signal was aborted. */
export function aborted(what: string, signal: AbortSignal): UpcallError {
  return notExecuted("CANCELLED", "ABORTED", `${what} was given up: its signal was aborted`, signal.reason);
}

/** This side closed the socket while, or before, the call waited. */
export function closed(what: string): UpcallError {
  return notExecuted("CANCELLED", "CLOSED", `${what} ended without a result: this side closed the socket`);
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for a byte count that is no positive whole number */
export function checkSize(bufsize: number, what: string): void {
  if (!Number.isSafeInteger(bufsize) || bufsize < 1) {
    throw badArgument(`${what} was asked for ${bufsize} bytes; ask for a whole number of at least 1`);
  }
}
