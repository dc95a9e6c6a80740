// Interceptors: written for one interface, with the types of its methods.

import { notExecuted } from "../errors.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import type { Local } from "../interface/types.ts";
import { maker } from "./given.ts";
import type { CallChange, InterceptedCall, Interceptor } from "./interceptor.ts";

/** A call of one method, with the types of its arguments. */
export type CallOf<Args extends readonly unknown[]> = Omit<InterceptedCall, "args"> & { readonly args: Args };

type TypedNext<Args, Result> = (change?: Omit<CallChange, "args"> & { readonly args?: Args }) => Promise<Result>;

/** Interceptors for some methods of an interface, by name. Calls of the other methods pass. */
export type MethodInterceptors<I extends Interface> = {
  readonly [Name in keyof Local<I>]?: Local<I>[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (call: CallOf<Args>, next: TypedNext<Args, Result>) => Result | PromiseLike<Result>
    : never;
};

/**
 * An interceptor for one interface: `intercept(Bank, { open: (call, next) => next({ args: [call.args[0].trim()] }) })`.
 * Calls of other methods, and of other interfaces, pass it untouched. A whole object of functions that do not call
 * `next` stands in the real one's place, in a test for example.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) for a name that is no method of the interface
 */
export const intercept: <I extends Interface>(subject: I, methods: MethodInterceptors<I>) => Interceptor =
  /* @__PURE__ */ maker("intercept(Interface, { ... })", (subject, methods) => {
    if (!isInterface(subject)) throw bad("intercept() wants an interface made by defineInterface()");
    const known = new Map<string, Interceptor>();
    for (const [name, one] of Object.entries(Object(methods) as Readonly<Record<string, unknown>>)) {
      if (!subject.table.some((entry) => entry.name === name))
        throw bad(`intercept(): ${subject.name} has no method ${name}`);
      // Their types say more than an interceptor's own, about the same functions.
      if (typeof one === "function") known.set(name, one as Interceptor);
      else if (one !== undefined) throw bad(`intercept(): ${subject.name}.${name} must be a function`);
    }
    return (call, next) => {
      const one = call.interface === subject.name ? known.get(call.method) : undefined;
      return one === undefined ? next() : one(call, next);
    };
  });

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", what);
}
