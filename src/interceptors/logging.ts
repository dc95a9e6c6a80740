// Interceptors, shipped: a line in a log for each call, with fields to search for.

import { notExecuted, UpcallError } from "../errors.ts";
import { maker } from "./given.ts";
import type { Interceptor } from "./interceptor.ts";
import { type CallTiming, type TimingOptions, timed } from "./timing.ts";

/** A logger, such as pino and bunyan make it. */
export interface Logger {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Writes a line for each call that is over: `info` for a result; `error` for a failure, with the error's code, reason
 * and outcome, and the error itself as `err`. Arguments and results are not written: they may be secret.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
 */
export const logging: (
  /** An error of the logger is written on standard error, once. */
  logger: Logger,
  options?: TimingOptions,
) => Interceptor = /* @__PURE__ */ maker("logging(logger)", (logger, options = {}) => {
  const { info, error: fails } = Object(logger) as Partial<Logger>;
  if (typeof info !== "function" || typeof fails !== "function")
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_OPTION",
      "logging() wants a logger: an object with info(fields, message) and error(fields, message)",
    );
  const told = (call: CallTiming): unknown => {
    const { error, side, method, milliseconds, peer, id } = call;
    const fields = { side, interface: call.interface, method, peer, ...(id !== 0 && { id }), milliseconds };
    const name = `${call.interface}.${method}`;
    // The logger may return a promise, which is not awaited.
    return error === null
      ? (logger.info(fields, `${name} done`) as unknown)
      : (logger.error({ ...fields, ...failure(call), err: error }, `${name} failed`) as unknown);
  };
  return timed("logging()", "the logger of logging()", told, options);
});

function failure({ error }: CallTiming): object {
  if (!(error instanceof UpcallError)) return { code: "UNKNOWN" };
  const { code, reason, outcome } = error;
  return { code, reason, outcome };
}
