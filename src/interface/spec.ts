// The formal interface: what stands in `args` and `returns` of a method whose types must be known at run time: a
// schema for data, a reference for an object that stays where it is, a stream for many values one after the other.

import type { Schema } from "./schema.ts";

/** An object of interface `I` that travels by reference: the other side gets a proxy. */
export interface ReferenceSpec<I = unknown> {
  readonly spec: "reference";
  /** The interface, asked for late, so that two interfaces may name each other. */
  readonly interface: () => I;
}

/** Many values one after the other, as an async iterable. */
export interface StreamSpec<Input = unknown, Output = Input> {
  readonly spec: "stream";
  readonly items: Schema<Input, Output> | null;
}

export type Spec =
  | Schema<never, unknown>
  | Schema<unknown, unknown>
  | ReferenceSpec
  | StreamSpec<never, unknown>
  | StreamSpec;

/**
 * Declares that an object of an interface travels by reference at this place of `args` or `returns`.
 * Stored and described in this version; calling a method that has one says UNIMPLEMENTED.
 *
 * @param of gives the interface, late: `reference(() => Account)`
 */
export function reference<I>(of: () => I): ReferenceSpec<I> {
  return { spec: "reference", interface: of };
}

/**
 * Declares that an async iterable stands at this place of `args` or `returns`.
 * Stored and described in this version; calling a method that has one says UNIMPLEMENTED.
 *
 * @param items a schema for each item; `stream<T>()` where the items are plain data
 */
export function stream<T>(): StreamSpec<T, T>;
export function stream<Input, Output>(items: Schema<Input, Output>): StreamSpec<Input, Output>;
export function stream(items?: Schema): StreamSpec {
  return { spec: "stream", items: items ?? null };
}

export function isReference(spec: unknown): spec is ReferenceSpec {
  return typeof spec === "object" && spec !== null && (spec as { spec?: unknown }).spec === "reference";
}

export function isStream(spec: unknown): spec is StreamSpec {
  return typeof spec === "object" && spec !== null && (spec as { spec?: unknown }).spec === "stream";
}
