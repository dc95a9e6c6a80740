// Interceptors: those that a user gives, in options or as a module's export, checked once before any call.

import { notExecuted } from "../errors.ts";
import type { Interceptor } from "./interceptor.ts";

/** Functions that make an interceptor, and how each is called. */
const makers: WeakMap<object, string> = new WeakMap();

/**
 * Marks a function that makes an interceptor, so that it is not taken for one where its parentheses were forgotten. What is
 * said with it has no side effect that a bundler could see, which leaves out what is not used.
 *
 * @param call how it is called, for the one who forgot
 */
export function maker<Make extends (...args: never[]) => Interceptor>(call: string, make: Make): Make {
  makers.set(make, call);
  return make;
}

/**
 * @param name what they are called where they were given
 * Errors: INVALID_ARGUMENT (BAD_OPTION) for what is no list of functions.
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
