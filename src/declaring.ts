// The entry points: what an interface declares that is not copied. Each of these brings along what a session needs for
// it, so that a program whose interfaces declare none of it has none of it from a bundler. The declarations themselves
// know no machinery.

import { type FunctionInterface, functionBy } from "./interface/callback.ts";
import type { AnyFunction, MethodOptions, SchemaOptions, Simple, SpecShape } from "./interface/method.ts";
import type { Schema } from "./interface/schema.ts";
import {
  type CallbackSpec,
  type KeptOption,
  type ReferenceSpec,
  referenceTo,
  type Spec,
  type StreamSpec,
  streamOf,
} from "./interface/spec.ts";
import { objects, streams } from "./workers/brought-along.ts";

type Options<F extends AnyFunction> = [Simple<F>] extends [never]
  ? [refused: "a generic or overloaded function cannot be a callback: give each signature a callback of its own"]
  : [options?: KeptOption];

type Checked<Args, Returns> = Omit<MethodOptions, "plain"> & KeptOption & SchemaOptions<Args, Returns>;

/**
 * Declares that a function travels by reference at this place of `args` or `returns`: it stays where it is, and the
 * other side gets an async function that calls it. One in arguments is lent until the call is over, unless it is
 * `kept`; a result is the caller's until it gives it back, with `close` or at the end of `await using`.
 *
 * - `callback<(done: number) => void>()`: plain data, known to the compiler only; `callback<F>({ kept: true })` for one
 *   that the method has until it closes it.
 * - `callback({ args: [schema, ...], returns: schema })`: checked at run time too, and it may carry what a method may.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) for an option that has no use there
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
  return functionBy(options, objects);
}

/**
 * Declares that an object of an interface travels by reference at this place of `args` or `returns`: it stays where it
 * is, and the other side gets a proxy. A result is the caller's until it gives it back, with `close` or at the end of
 * `await using`; what stands in arguments is lent until the call is over, unless it is `kept`.
 *
 * @param of gives the interface, late: `reference(() => Account)`.
 *   Account)` => Interfaces may name themselves and each other. With `declaration:
 *   true` such an interface needs the type: `reference((): typeof Account => Account)` => Account)`
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) for the interface itself in place of a function;
 *   INVALID_ARGUMENT (BAD_OPTION)
 */
export function reference<Of extends () => void>(of: Of, options?: KeptOption): ReferenceSpec<Of> {
  return referenceTo(of, options, objects);
}

/**
 * Declares that many values, one after the other, stand at this place of `args` or `returns`. The producer gives an
 * async iterable, an iterable or a ReadableStream, and is asked for an item only while the reader has room for it. The
 * other side gets an async iterable for one reader. Leaving its loop early ends the producer's.
 *
 * @param items a schema for each item, held to on the server's side; `stream<T>()` where the items are plain data
 */
export function stream<T>(): StreamSpec<T, T>;
export function stream<Input, Output>(items: Schema<Input, Output>): StreamSpec<Input, Output>;
export function stream(items?: Schema): StreamSpec {
  return streamOf(items, streams);
}
