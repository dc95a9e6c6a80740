// The formal interface as a type: what the caller holds, what the object must be, and what a local object with the
// same methods looks like. Nothing here exists at run time.

import type { Interface } from "./define.ts";
import type { AnyFunction, Method, SpecShape } from "./method.ts";
import type { InputOf, OutputOf } from "./schema.ts";
import type { CallbackSpec, ReferenceSpec, StreamSpec } from "./spec.ts";

type MethodsOf<I> = I extends Interface<string, infer M> ? M : never;

/** What whoever sends gives, and what whoever receives gets, for one spec. */
type Sent<S> =
  S extends ReferenceSpec<infer I>
    ? Local<I>
    : S extends CallbackSpec<infer I>
      ? CallbackGiven<I>
      : S extends StreamSpec<infer Input, unknown>
        ? AsyncIterable<Input>
        : InputOf<S>;
type Received<S> =
  S extends ReferenceSpec<infer I>
    ? ProxyOf<I>
    : S extends CallbackSpec<infer I>
      ? CallbackReceived<I>
      : S extends StreamSpec<infer _, infer Output>
        ? AsyncIterable<Output>
        : OutputOf<S>;

type CallbackGiven<I> = Body<MethodsOf<I>["call" & keyof MethodsOf<I>]>;
type CallbackReceived<I> = Call<MethodsOf<I>["call" & keyof MethodsOf<I>]> & AsyncDisposable;

type SentAll<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: Sent<Args[K]> };
type ReceivedAll<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: Received<Args[K]> };

type Awaitable<T> = T | PromiseLike<T>;

type Call<M> =
  M extends Method<infer S, infer Kind>
    ? S extends SpecShape<infer Args, infer Returns>
      ? (...args: SentAll<Args>) => Promise<Returns extends undefined ? void : Received<Returns>>
      : S extends AnyFunction
        ? (...args: Parameters<S>) => Promise<Kind extends "oneway" ? void : Awaited<ReturnType<S>>>
        : never
    : never;

type Body<M> =
  M extends Method<infer S, infer Kind>
    ? S extends SpecShape<infer Args, infer Returns>
      ? (...args: ReceivedAll<Args>) => Awaitable<Returns extends undefined ? void : Sent<Returns>>
      : S extends AnyFunction
        ? (...args: Parameters<S>) => Awaitable<Kind extends "oneway" ? void : Awaited<ReturnType<S>>>
        : never
    : never;

/** An interface's methods returning plain promises: fits a proxy, and any object with async methods of these names. */
export type Local<I> = { readonly [K in keyof MethodsOf<I>]: Call<MethodsOf<I>[K]> };

/** What `connect` gives: the interface's methods returning promises, and disposal; no member with a name of its own. */
export type ProxyOf<I> = Local<I> & { [Symbol.asyncDispose](): Promise<void> };

/** What an object must have to be served: the methods, synchronous or not. */
export type Implementation<I> = { [K in keyof MethodsOf<I>]: Body<MethodsOf<I>[K]> };

/** The type that goes with an interface: `export type Subject = TypeOf<typeof Subject>`. */
export type TypeOf<I> = Local<I>;
