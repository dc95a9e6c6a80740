// Interceptors: those that the program gives, in options or as a module's export. They are checked once, before any
// call.

import { notExecuted } from "../errors.ts";
import type { Interceptor } from "./interceptor.ts";

/** Functions that make an interceptor, and how each is called. */
const makers: WeakMap<object, string> = new WeakMap();

/**
 * Marks a function that makes an interceptor, so that it is refused where its parentheses were forgotten. The call has
 * no side effect for a bundler, so that an unused interceptor is left out.
 *
 * @param call how it is called, for the error message
 */
export function maker<Make extends (...args: never[]) => Interceptor>(call: string, make: Make): Make {
  makers.set(make, call);
  return make;
}

/**
 * @param name the option's name
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a value that is no array of functions
 */
export function interceptorsIn(given: unknown, name: string): readonly Interceptor[] {
  if (!Array.isArray(given) || !given.every(isInterceptor))
    throw bad(`${name} must be an array of functions, as in [retry(), (call, next) => next()]`);
  for (const one of given) {
    const call = makers.get(one);
    if (call !== undefined) throw bad(`${name} has a function that makes an interceptor and is none: write ${call}`);
  }
  return [...given];
}

function isInterceptor(value: unknown): value is Interceptor {
  return typeof value === "function";
}

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_OPTION", what);
}
