// Interceptors: those that a user gives, in options or as a module's export, checked once before any call.

import { notExecuted } from "../errors.ts";
import type { Interceptor } from "./interceptor.ts";

/**
 * @param name what they are called where they were given
 * Errors: INVALID_ARGUMENT (BAD_OPTION) for what is no list of functions.
 */
export function interceptorsIn(given: unknown, name: string): readonly Interceptor[] {
  if (Array.isArray(given) && given.every(isInterceptor)) return [...given];
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_OPTION",
    `${name} must be a list of functions, as in [retry(), (call, next) => next()]`,
  );
}

function isInterceptor(value: unknown): value is Interceptor {
  return typeof value === "function";
}
