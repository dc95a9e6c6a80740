// The formal interface: what stands in `args` and `returns` of a method whose types must be known at run time: a
// schema for data, a reference for an object that stays where it is, a callback for a function that does, a stream for
// many values one after the other.

import { notExecuted } from "../errors.ts";
import { aBoolean, checkOptions, type Shapes } from "../options.ts";
import { isSchema, type Schema } from "./schema.ts";

/** Machinery that only some interfaces need, as a value: what declares that an interface needs it brings it along. */
export interface Feature {
  readonly name: string;
}

/** A symbol: what a declaration brings is no part of what it says. */
export const brought: unique symbol = Symbol("upcall.brought");

/**
 * An object that travels by reference: the other side gets a proxy. `Of` is a function that gives the interface; its
 * result is `void` here, because of all types only that one is never compared with what the function gives: so an
 * interface may name itself.
 */
export interface ReferenceSpec<Of extends () => void = () => void> {
  readonly spec: "reference";
  /** The interface, asked for late, so that two interfaces may name each other. */
  readonly interface: Of;
  /** In arguments: the side that gets it has it until it closes it, and not only until the call is over. */
  readonly kept: boolean;
  readonly [brought]: Feature;
}

/** A function that travels by reference: `I` is an interface with the one method `call`. */
export interface CallbackSpec<I = unknown> {
  readonly spec: "callback";
  readonly interface: () => I;
  /** As of {@link ReferenceSpec}. */
  readonly kept: boolean;
  readonly [brought]: Feature;
}

/** Many values one after the other, as an async iterable. */
export interface StreamSpec<Input = unknown, Output = Input> {
  readonly spec: "stream";
  readonly items: Schema<Input, Output> | null;
  readonly [brought]: Feature;
}

/** What stands for data: it is copied. */
export type DataSpec = Schema<never, unknown> | Schema<unknown, unknown>;
/** What stands for something that is not copied. */
export type CarriedSpec = ReferenceSpec | CallbackSpec | StreamSpec<never, unknown> | StreamSpec;
export type Spec = DataSpec | CarriedSpec;

/** Where a method carries what is not copied: null at every place of plain data. */
export interface Carries {
  readonly args: readonly (CarriedSpec | null)[];
  readonly returns: CarriedSpec | null;
}

/** What may be said of a reference or a callback. */
export interface KeptOption {
  /**
   * Danger: with it the method must close what it got, or the caller's object is held until the connection ends. In
   * `args`: the method has it until it closes it, as for a subscription. Without it, what stands in arguments is lent
   * until the call is over, and `keep()` keeps one. Results are always the caller's until it closes them. Default
   * false.
   */
  readonly kept?: boolean | undefined;
}

export const keptShape: Shapes<KeptOption> = { kept: aBoolean };

/**
 * What stands for an object of an interface.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) for the interface itself in place of a function,
 *   INVALID_ARGUMENT (BAD_OPTION)
 */
export function referenceTo<Of extends () => void>(
  of: Of,
  options: KeptOption | undefined,
  feature: Feature,
): ReferenceSpec<Of> {
  if (typeof of !== "function")
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      "reference() wants a function that gives the interface, as in reference(() => Account), because the interface may not be there yet",
    );
  checkOptions("reference()", options, keptShape);
  return { spec: "reference", interface: of, kept: options?.kept ?? false, [brought]: feature };
}

/** What stands for many values. @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) for items that have no schema */
export function streamOf(items: unknown, feature: Feature): StreamSpec {
  if (items !== undefined && !isSchema(items))
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      "stream() wants a Standard Schema for its items, or nothing, as in stream<number>(); something else was given",
    );
  return { spec: "stream", items: items ?? null, [brought]: feature };
}

/** Whether it is one of the specs for what is not copied. */
export function isCarried(spec: unknown): spec is CarriedSpec {
  return isReference(spec) || isCallback(spec) || isStream(spec);
}

export function isReference(spec: unknown): spec is ReferenceSpec {
  return is(spec, "reference");
}

export function isCallback(spec: unknown): spec is CallbackSpec {
  return is(spec, "callback");
}

export function isStream(spec: unknown): spec is StreamSpec {
  return is(spec, "stream");
}

/** What a method carries that is not copied; null when everything is data, so that a call costs one question. */
export function carriesOf(args: readonly Spec[], returns: Spec | null): Carries | null {
  if (![...args, returns].some(isCarried)) return null;
  const carried = (spec: Spec | null): CarriedSpec | null => (isCarried(spec) ? spec : null);
  return Object.freeze({ args: Object.freeze(args.map(carried)), returns: carried(returns) });
}

function is(spec: unknown, name: CarriedSpec["spec"]): boolean {
  return typeof spec === "object" && spec !== null && (spec as { spec?: unknown }).spec === name;
}
