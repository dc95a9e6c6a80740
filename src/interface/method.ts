// The formal interface: one method of it, as a value and as a type. Types are erased when the program runs, so
// whatever a proxy or a skeleton must know then is a field here.

import { notExecuted } from "../errors.ts";
import { isTimeout } from "../limits.ts";
import { aBoolean, anything, checkOptions, type Shapes } from "../options.ts";
import { type AnyDeclaredError, problemOf } from "./declared.ts";
import { isSchema } from "./schema.ts";
import { type Carries, carriesOf, type DataSpec, isCarried, type Spec } from "./spec.ts";

/** The type that every function fits. */
export type AnyFunction = (...args: never[]) => unknown;

/** Only here to carry types; never a field of an object that exists. */
declare const shape: unique symbol;

/** The shape of a method that was declared by schemas: its argument list and its result. */
export interface SpecShape<
  Args extends readonly Spec[] = readonly Spec[],
  Returns extends Spec | undefined = Spec | undefined,
> {
  readonly args: Args;
  readonly returns: Returns;
}

/** `text` and `bytes` can cross the plain wire, `value` needs the native one. */
export type PlainKind = "text" | "bytes" | "value";

export interface MethodOptions {
  /** What the plain wire carries for this method; a method of `value` needs the native wire. Default `text`. */
  readonly plain?: PlainKind;
  /**
   * Danger where it is not true: a call that may have run is made again. Running it twice is the same as running it
   * once, so `retry()` may try it again. Default false.
   */
  readonly idempotent?: boolean;
  /**
   * Milliseconds a call of it may take when the caller says nothing, more than 0, at most 24 h. Default: what its
   * connection says, 30,000 else.
   */
  readonly timeout?: number;
  /**
   * Milliseconds that a stream of it may be silent while its next item is waited for, more than 0, at most 24 h.
   * Default: no limit.
   */
  readonly idleTimeout?: number;
  /**
   * The errors that it declares, classes made by `DeclaredError`: thrown by the object, one of them arrives as an
   * instance of its class with its data. None of its names twice. Not for `oneway()`. Default: none.
   */
  readonly errors?: readonly AnyDeclaredError[];
  /**
   * Arguments are valid only until the returned promise settles: byte arrays of theirs that are kept longer may be
   * empty then. The memory of long messages (1 MiB and more) is used for the next ones, which
   * spares clearing fresh memory and collecting the old, so such messages go several times as fast and hold up no other
   * call. Not for a method that returns a stream or a reference. Default false: arguments belong to the method.
   */
  readonly borrows?: boolean;
  /**
   * False: a call of it is sent at once, though a long one (over 256 KiB) that was made before it on the same proxy is
   * still on its way, and where it is long itself, later ones need not wait for it. Default: what its connection says.
   */
  readonly ordered?: boolean;
}

/** What a plain server can be told about one method. */
export interface Method<Shape = unknown, Kind extends "call" | "oneway" = "call" | "oneway"> {
  readonly kind: Kind;
  readonly plain: PlainKind;
  readonly idempotent: boolean;
  readonly timeout: number | null;
  readonly idleTimeout: number | null;
  readonly errors: readonly AnyDeclaredError[];
  readonly borrows: boolean;
  /** Null: its connection says it. */
  readonly ordered: boolean | null;
  readonly args: readonly Spec[] | null;
  readonly returns: Spec | null;
  /** Where objects, functions and streams stand; null for a method of plain data. */
  readonly carries: Carries | null;
  readonly [shape]?: Shape;
}

/**
 * F itself when it has one signature without type parameters, else never. A generic or overloaded function does not
 * survive being taken apart into its parameters and its result and put together again.
 */
export type Simple<F extends AnyFunction> = ((...args: Parameters<F>) => ReturnType<F>) extends F ? F : never;

/** What says at run time what a method takes and gives. */
export interface SchemaOptions<Args = readonly Spec[], Returns = Spec | undefined> {
  /**
   * A schema, `reference()`, `callback()` or `stream()` for each argument: a call whose arguments do not fit them is
   * refused before the method runs, and their types are the method's. Default: the types are known to the compiler
   * only.
   */
  readonly args: Args;
  /** The same for the result. Default: none, the method gives nothing that is checked. */
  readonly returns?: Returns;
}

/** What is written for a method that is checked at run time. */
type Checked<Args, Returns> = MethodOptions & SchemaOptions<Args, Returns>;

type Options<F extends AnyFunction> = [Simple<F>] extends [never]
  ? [refused: "a generic or overloaded function cannot be a method: give each signature a method of its own"]
  : [options?: MethodOptions];

/**
 * Declares a method of an interface.
 *
 * - `method<(data: string) => string>()`: plain data, known to the compiler only.
 * - `method({ args: [schema, ...], returns: schema })`: checked at run time too; the types are the schemas'.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) where an option makes no sense, (BAD_OPTION) where it is not
 *   known
 */
// First, because TypeScript 7 forgets that a list is a tuple when an overload before this one did not fit; and last as
// well, because the compiler tells what the last overload has against a call.
export function method<const Args extends readonly Spec[], Returns extends Spec | undefined = undefined>(
  options: Checked<Args, Returns>,
): Method<SpecShape<Args, Returns>, "call">;
export function method<F extends AnyFunction>(...options: Options<F>): Method<F, "call">;
export function method<const Args extends readonly Spec[], Returns extends Spec | undefined = undefined>(
  options: Checked<Args, Returns>,
): Method<SpecShape<Args, Returns>, "call">;
export function method(options?: unknown): Method<never, "call"> {
  return make("call", options);
}

/**
 * Declares a method without a reply: its proxy's promise is fulfilled as soon as the message was handed to the
 * connection to its last byte, and its end is not reported. For the same reason it carries data only: no one could say
 * what became of an object, a function or a stream that it took along.
 */
export function oneway<const Args extends readonly DataSpec[]>(
  options: Checked<Args, undefined>,
): Method<SpecShape<Args, undefined>, "oneway">;
export function oneway<F extends AnyFunction>(...options: Options<F>): Method<F, "oneway">;
export function oneway<const Args extends readonly DataSpec[]>(
  options: Checked<Args, undefined>,
): Method<SpecShape<Args, undefined>, "oneway">;
export function oneway(options?: unknown): Method<never, "oneway"> {
  return make("oneway", options);
}

/** All that may be said of a method, checked at run time or not. */
type AllOptions = MethodOptions & Partial<SchemaOptions>;

/** What is `anything` is looked at below, as part of the interface. */
export const methodOptions: Shapes<AllOptions> = {
  plain: anything,
  idempotent: aBoolean,
  timeout: anything,
  idleTimeout: anything,
  errors: anything,
  borrows: aBoolean,
  ordered: aBoolean,
  args: anything,
  returns: anything,
};

const noErrors: readonly AnyDeclaredError[] = Object.freeze([]);

function make<Kind extends "call" | "oneway">(kind: Kind, given: unknown): Method<never, Kind> {
  checkOptions(kind === "call" ? "method()" : "oneway()", given, methodOptions);
  const {
    plain = "text",
    idempotent = false,
    timeout,
    idleTimeout,
    errors = noErrors,
    borrows = false,
    ordered,
    args,
    returns,
  } = (given ?? {}) as AllOptions;
  if (!["text", "bytes", "value"].includes(plain))
    refuse(`plain is "${String(plain)}"; it must be "text", "bytes" or "value"`);
  for (const [name, time] of Object.entries({ timeout, idleTimeout })) {
    if (time !== undefined && !isTimeout(time))
      refuse(`${name} is ${String(time)}; it must be milliseconds, more than 0 and at most 86,400,000 (24 h)`);
  }
  if (args !== undefined && !Array.isArray(args)) refuse("args must be an array with one schema for each argument");
  const specs = [...(args ?? []), ...(returns === undefined ? [] : [returns])];
  for (const spec of specs) {
    if (!isSchema(spec) && !isCarried(spec)) {
      refuse(
        "args and returns hold Standard Schemas, reference(...), callback(...) or stream(...); something else was given",
      );
    }
  }
  const problem = problemOf(errors);
  if (problem !== null) refuse(problem);
  if (kind === "oneway" && errors.length > 0)
    refuse("a oneway method has errors, and no caller would be told of one; declare it by method()");
  const carries = carriesOf(args ?? [], returns ?? null);
  if (kind === "oneway" && carries !== null)
    refuse(
      "a oneway method has a reference, a callback or a stream, and no caller could learn what became of it; declare it by method()",
    );
  if (borrows && carries !== null && carries.returns !== null)
    refuse(
      "it borrows its arguments and returns a stream or a reference, which would need them when the method is over",
    );
  return {
    kind,
    plain,
    idempotent,
    timeout: timeout ?? null,
    idleTimeout: idleTimeout ?? null,
    errors: errors === noErrors ? noErrors : Object.freeze([...errors]),
    borrows,
    ordered: ordered ?? null,
    args: args ?? null,
    returns: returns ?? null,
    carries,
  };
}

function refuse(what: string): never {
  throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", `a method of an interface is declared wrongly: ${what}`);
}
