// The formal interface: a bare function as an object. On the wire it is an object of an interface `upcall.Function` with
// the one method `call`; whoever writes an interface sees functions on both sides.

import { notExecuted } from "../errors.ts";
import { checkOptions, type Shapes } from "../options.ts";
import { defineOwnInterface, type Interface, isInterface } from "./define.ts";
import {
  type AnyFunction,
  type Method,
  type MethodOptions,
  method,
  methodShapes,
  type Simple,
  type SpecShape,
} from "./method.ts";
import type { CallbackSpec, ReferenceSpec, Spec } from "./spec.ts";

/** The interface behind a function: `Shape` is what `method` made of its type or of its schemas. */
export type FunctionInterface<Shape = unknown> = Interface<"upcall.Function", { readonly call: Method<Shape, "call"> }>;

type CallbackOptions = Omit<MethodOptions, "plain"> & Partial<SpecShape>;

const { plain: _, ...shapes } = methodShapes;
const callbackOptions: Shapes<CallbackOptions> = shapes;

type NoOptions<F extends AnyFunction> = [Simple<F>] extends [never]
  ? [refused: "a generic or overloaded function cannot be a callback: give each signature a callback of its own"]
  : [];

/** The one interface of all functions whose types only the compiler knows: announced once on a connection. */
const unchecked = defineOwnInterface("upcall.Function", { call: method<AnyFunction>({ plain: "value" }) });

/**
 * Declares that a function travels by reference at this place of `args` or `returns`: it stays where it is, and the
 * other side gets an async function that calls it, and gives it back with `close` or at the end of `await using`.
 *
 * - `callback<(done: number) => void>()`: plain data, known to the compiler only.
 * - `callback({ args: [schema, ...], returns: schema })`: checked at run time too, and it may carry what a method may.
 *
 * Errors: INVALID_ARGUMENT (BAD_INTERFACE) where an option makes no sense.
 */
// Overloads in the order of those of `method`, for the same reasons.
export function callback<const Args extends readonly Spec[], Returns extends Spec | undefined = undefined>(
  options: Omit<MethodOptions, "plain"> & { readonly args: Args; readonly returns?: Returns },
): CallbackSpec<FunctionInterface<SpecShape<Args, Returns>>>;
export function callback<F extends AnyFunction>(...refused: NoOptions<F>): CallbackSpec<FunctionInterface<F>>;
export function callback<const Args extends readonly Spec[], Returns extends Spec | undefined = undefined>(
  options: Omit<MethodOptions, "plain"> & { readonly args: Args; readonly returns?: Returns },
): CallbackSpec<FunctionInterface<SpecShape<Args, Returns>>>;
export function callback(options?: unknown): CallbackSpec {
  if (options === undefined) return { spec: "callback", interface: () => unchecked };
  checkOptions("callback()", options, callbackOptions);
  const { args, returns, ...rest } = options as CallbackOptions;
  const call = method({ ...rest, plain: "value", args: args as readonly Spec[], ...(returns && { returns }) });
  const subject = defineOwnInterface("upcall.Function", { call });
  return { spec: "callback", interface: () => subject };
}

/** The interface behind a reference or a callback. Errors: INVALID_ARGUMENT (BAD_INTERFACE) when there is none. */
export function subjectOf(spec: ReferenceSpec | CallbackSpec): Interface {
  const subject: unknown = spec.interface();
  if (isInterface(subject)) return subject;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_INTERFACE",
    `${spec.spec}(() => ...) must give an interface made by defineInterface(); it gave something else`,
  );
}
