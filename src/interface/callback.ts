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
  methodOptions,
  type SchemaOptions,
  type Simple,
  type SpecShape,
} from "./method.ts";
import { type CallbackSpec, type KeptOption, keptShape, type ReferenceSpec, type Spec } from "./spec.ts";

/** The interface behind a function: `Shape` is what `method` made of its type or of its schemas. */
export type FunctionInterface<Shape = unknown> = Interface<"upcall.Function", { readonly call: Method<Shape, "call"> }>;

type CallbackOptions = Omit<MethodOptions, "plain"> & Partial<SchemaOptions> & KeptOption;

const { plain: _, ...shapes } = methodOptions;
export const callbackOptions: Shapes<CallbackOptions> = { ...shapes, ...keptShape };

type Options<F extends AnyFunction> = [Simple<F>] extends [never]
  ? [refused: "a generic or overloaded function cannot be a callback: give each signature a callback of its own"]
  : [options?: KeptOption];

type Checked<Args, Returns> = Omit<MethodOptions, "plain"> & KeptOption & SchemaOptions<Args, Returns>;

/** The one interface of all functions whose types only the compiler knows: announced once on a connection. */
const unchecked = defineOwnInterface("upcall.Function", { call: method<AnyFunction>({ plain: "value" }) });

/**
 * Declares that a function travels by reference at this place of `args` or `returns`: it stays where it is, and the
 * other side gets an async function that calls it. One in arguments is lent until the call is over, unless it is `kept`; a
 * result is the caller's until it gives it back, with `close` or at the end of `await using`.
 *
 * - `callback<(done: number) => void>()`: plain data, known to the compiler only; `callback<F>({ kept: true })` for one that
 *   the method has until it closes it.
 * - `callback({ args: [schema, ...], returns: schema })`: checked at run time too, and it may carry what a method may.
 *
 * Errors: INVALID_ARGUMENT (BAD_INTERFACE) where an option makes no sense.
 */
// Overloads in the order of those of `method`, for the same reasons.
export function callback<const Args extends readonly Spec[], Returns extends Spec | undefined = undefined>(
  options: Checked<Args, Returns>,
): CallbackSpec<FunctionInterface<SpecShape<Args, Returns>>>;
export function callback<F extends AnyFunction>(...options: Options<F>): CallbackSpec<FunctionInterface<F>>;
export function callback<const Args extends readonly Spec[], Returns extends Spec | undefined = undefined>(
  options: Checked<Args, Returns>,
): CallbackSpec<FunctionInterface<SpecShape<Args, Returns>>>;
export function callback(options?: unknown): CallbackSpec {
  checkOptions("callback()", options, callbackOptions);
  const { kept = false, ...others } = (options ?? {}) as CallbackOptions;
  if (Object.keys(others).length === 0) return { spec: "callback", interface: () => unchecked, kept };
  const { args, returns, ...rest } = others;
  const call = method({ ...rest, plain: "value", args: args as readonly Spec[], ...(returns && { returns }) });
  const subject = defineOwnInterface("upcall.Function", { call });
  return { spec: "callback", interface: () => subject, kept };
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
