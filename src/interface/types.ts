// The formal interface as a type: what the caller holds, what the object must be, and what a local object with the
// same methods looks like. Nothing here exists at run time.

import type { Interface } from "./define.ts";
import type { AnyFunction, Method, SpecShape } from "./method.ts";
import type { SkeletonOf } from "./object.ts";
import type { InputOf, OutputOf } from "./schema.ts";
import type { StreamSpec } from "./spec.ts";

type MethodsOf<I> = I extends Interface<string, infer M> ? M : never;
type MethodCall<I> = MethodsOf<I>["call" & keyof MethodsOf<I>];

// By their fields, because `ReferenceSpec<infer Of>` would look at what `Of` gives, and an interface that names itself
// is not there yet when its own type is asked for.
type ReferenceTo<I> = { readonly spec: "reference"; readonly interface: () => I };
type FunctionBehind<I> = { readonly spec: "callback"; readonly interface: () => I };

type Awaitable<T> = T | PromiseLike<T>;
type Closed = { [Symbol.asyncDispose](): Promise<void> };

/** A ReadableStream, by what is used of it: the platforms' own types differ. */
export interface ReadableLike<T> {
  getReader(): {
    read(): Promise<{ done: boolean; value?: T | undefined }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}

/**
 * What may be given where a stream is declared. A string is iterable as well, and refused: its letters are not meant.
 */
export type Streamable<T> = AsyncIterable<T> | (Iterable<T> & object) | ReadableLike<T>;

// Three views of one spec. The holder of a proxy gives what is `Given` and gets what is `Received`; for the object
// behind it the two change places. In between stands what a local object is used with, `Plain`: every `Received` fits
// it, and it fits every `Given`, and so a proxy may stand where a local object does.

type Given<S> =
  S extends ReferenceTo<infer I>
    ? (Implementation<I> & { readonly then?: never }) | SkeletonOf<I>
    : S extends FunctionBehind<infer I>
      ? Body<MethodCall<I>>
      : S extends StreamSpec<infer Input, unknown>
        ? Streamable<Input>
        : InputOf<S>;

type Received<S> =
  S extends ReferenceTo<infer I>
    ? ProxyOf<I>
    : S extends FunctionBehind<infer I>
      ? Call<MethodCall<I>> & Closed
      : S extends StreamSpec<infer _, infer Output>
        ? AsyncIterable<Output>
        : OutputOf<S>;

type PlainGiven<S> =
  S extends ReferenceTo<infer I>
    ? Local<I>
    : S extends FunctionBehind<infer I>
      ? PlainBody<MethodCall<I>>
      : S extends StreamSpec<infer Input, unknown>
        ? AsyncIterable<Input>
        : InputOf<S>;

type PlainReceived<S> =
  S extends ReferenceTo<infer I>
    ? Local<I>
    : S extends FunctionBehind<infer I>
      ? PlainCall<MethodCall<I>>
      : S extends StreamSpec<infer _, infer Output>
        ? AsyncIterable<Output>
        : OutputOf<S>;

type GivenAll<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: Given<Args[K]> };
type ReceivedAll<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: Received<Args[K]> };
type PlainGivenAll<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: PlainGiven<Args[K]> };
type PlainReceivedAll<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: PlainReceived<Args[K]> };

/** What a proxy's method gives: a promise, on which a caller may call or read without awaiting it. */
type Result<S> = S extends undefined
  ? Promise<void>
  : S extends ReferenceTo<infer I>
    ? Promise<ProxyOf<I>> & Calls<I>
    : S extends StreamSpec<infer _, infer Output>
      ? Promise<AsyncIterable<Output>> & AsyncIterable<Output>
      : Promise<Received<S>>;

/** A method whose types only the compiler knows, as it is called. */
type Copied<S, Kind> = S extends AnyFunction
  ? (...args: Parameters<S>) => Promise<Kind extends "oneway" ? void : Awaited<ReturnType<S>>>
  : never;

type CopiedBody<S, Kind> = S extends AnyFunction
  ? (...args: Parameters<S>) => Awaitable<Kind extends "oneway" ? void : Awaited<ReturnType<S>>>
  : never;

type Call<M> =
  M extends Method<infer S, infer Kind>
    ? S extends SpecShape<infer Args, infer Returns>
      ? (...args: GivenAll<Args>) => Result<Returns>
      : Copied<S, Kind>
    : never;

type Body<M> =
  M extends Method<infer S, infer Kind>
    ? S extends SpecShape<infer Args, infer Returns>
      ? (...args: ReceivedAll<Args>) => Awaitable<Returns extends undefined ? void : Given<Returns>>
      : CopiedBody<S, Kind>
    : never;

type PlainCall<M> =
  M extends Method<infer S, infer Kind>
    ? S extends SpecShape<infer Args, infer Returns>
      ? (...args: PlainGivenAll<Args>) => Promise<Returns extends undefined ? void : PlainReceived<Returns>>
      : Copied<S, Kind>
    : never;

type PlainBody<M> =
  M extends Method<infer S, infer Kind>
    ? S extends SpecShape<infer Args, infer Returns>
      ? (...args: PlainReceivedAll<Args>) => Awaitable<Returns extends undefined ? void : PlainGiven<Returns>>
      : CopiedBody<S, Kind>
    : never;

type Calls<I> = { readonly [K in keyof MethodsOf<I>]: Call<MethodsOf<I>[K]> };

/** An interface's methods returning plain promises: fits a proxy, and any object with async methods of these names. */
export type Local<I> = { readonly [K in keyof MethodsOf<I>]: PlainCall<MethodsOf<I>[K]> };

/**
 * What `connect` gives: the interface's methods returning promises, and disposal; no member with a name of its own. The
 * promise of a method that returns a reference has that interface's methods as well, and one of a stream is iterable:
 * `bank.open("x").deposit(5)` and `for await (const tick of clock.ticks())` wait for one answer and not for two.
 */
export type ProxyOf<I> = Calls<I> & Closed;

/** What an object must have to be served: the methods, synchronous or not. */
export type Implementation<I> = { [K in keyof MethodsOf<I>]: Body<MethodsOf<I>[K]> };

/** The type that goes with an interface: `export type Subject = TypeOf<typeof Subject>`. */
export type TypeOf<I> = Local<I>;
