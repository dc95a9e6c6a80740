// The formal interface: a bare function as an object. On the wire it is an object of an interface `upcall.Function`
// with the one method `call`; the author of an interface sees functions on both sides.

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
} from "./method.ts";
import {
  brought,
  type CallbackSpec,
  type Feature,
  type KeptOption,
  keptShape,
  type ReferenceSpec,
  type Spec,
} from "./spec.ts";

/** The interface behind a function: `Shape` is what `method` made of its type or of its schemas. */
export type FunctionInterface<Shape = unknown> = Interface<"upcall.Function", { readonly call: Method<Shape, "call"> }>;

type CallbackOptions = Omit<MethodOptions, "plain"> & Partial<SchemaOptions> & KeptOption;

const { plain: _, ...shapes } = methodOptions;
export const callbackOptions: Shapes<CallbackOptions> = { ...shapes, ...keptShape };

/** The one interface of all functions whose types only the compiler knows: announced once on a connection. */
const unchecked = defineOwnInterface("upcall.Function", { call: method<AnyFunction>({ plain: "value" }) });

/** What stands for a function. @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) where an option makes no sense */
export function functionBy(options: unknown, feature: Feature): CallbackSpec {
  checkOptions("callback()", options, callbackOptions);
  const { kept = false, ...others } = (options ?? {}) as CallbackOptions;
  const brings = { kept, [brought]: feature };
  if (Object.keys(others).length === 0) return { spec: "callback", interface: () => unchecked, ...brings };
  const { args, returns, ...rest } = others;
  const call = method({ ...rest, plain: "value", args: args as readonly Spec[], ...(returns && { returns }) });
  const subject = defineOwnInterface("upcall.Function", { call });
  return { spec: "callback", interface: () => subject, ...brings };
}

/**
 * The interface behind a reference or a callback.
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) when there is none
 */
export function subjectOf(spec: ReferenceSpec | CallbackSpec): Interface {
  const subject: unknown = spec.interface();
  if (isInterface(subject)) return subject;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_INTERFACE",
    `${spec.spec}(() => ...) must give an interface made by defineInterface(); it gave something else`,
  );
}
