// Sockets, between a server and its workers: their messages, over a MessagePort to a thread or the pipe of a child
// process. It knows neither.
import { type Code, isError, type Outcome, type Reason, textOf, UpcallError } from "../errors.ts";
import type { Address } from "./address.ts";

/** What a fresh worker is told once: the module to run and what to run it on. */
export type Assignment =
  | { readonly kind: "connection"; readonly module: string; readonly own: Address; readonly other: Address }
  | { readonly kind: "datagram"; readonly module: string; readonly message: Uint8Array; readonly address: Address };

/**
 * From a worker. A thread that has no socket asks for everything: `want` one chunk (`received` or `broken` answers it),
 * `send` and `shutdown` (`sent` answers), `close`. One `want` and one `send` at most are open: that is the credit.
 */
export type FromWorker =
  | { readonly kind: "want" }
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  | { readonly kind: "shutdown" }
  | { readonly kind: "close" }
  | { readonly kind: "reply"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: CarriedError };

/** To a worker. Empty bytes are the end of the stream. */
export type ToWorker =
  | { readonly kind: "received"; readonly bytes: Uint8Array }
  | { readonly kind: "broken"; readonly error: CarriedError }
  | { readonly kind: "sent"; readonly error?: CarriedError | undefined }
  | { readonly kind: "replied"; readonly id: number; readonly error?: CarriedError | undefined };

/** An error's fields: a copy of an Error object would lose its class and its code on the way. */
export interface CarriedError {
  readonly code: Code;
  readonly reason: Reason;
  readonly outcome: Outcome;
  readonly message: string;
  readonly stack: string | undefined;
}

export function carry(error: unknown): CarriedError {
  const stack = isError(error) ? error.stack : undefined;
  if (error instanceof UpcallError) {
    const { code, reason, outcome, message } = error;
    return { code, reason, outcome, message, stack };
  }
  return { code: "UNKNOWN", reason: "THROWN", outcome: "executed", message: textOf(error), stack };
}

/** Makes the error again. Its cause is the stack, as a string, of the place where it was made. */
export function arrived({ code, reason, outcome, message, stack }: CarriedError): UpcallError {
  return new UpcallError(code, message, { reason, outcome, cause: stack });
}
