// The skeleton: the callee's stand-in, by inheritance and by delegation. For the other folders both are the same: an
// object that answers for an interface.

import { notExecuted } from "../errors.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import { interfaceOf, type SkeletonOf } from "../interface/object.ts";
import type { Implementation } from "../interface/types.ts";
import { checkOptions, oneOfWords, type Shapes } from "../options.ts";
import { Maker, type ObjectContext, type Per } from "./maker.ts";

export { interfaceOf, type SkeletonOf };

/** A symbol, so that it cannot collide with the name of a method. */
const delegateOf: unique symbol = Symbol("upcall.delegate");

/** A skeleton by delegation: it knows the object that does the work, or how to make one. */
export interface Implemented<I extends Interface = Interface> extends SkeletonOf<I> {
  readonly [delegateOf]: object;
}

interface ImplementOptions {
  /**
   * How long an object is kept that a function makes: `server` for as long as it is served, `connection`, which wants
   * workers that have whole connections, or `call`. Default `server`.
   */
  readonly per?: Per | undefined;
}

export const implementOptions: Shapes<ImplementOptions> = { per: oneOfWords(["server", "connection", "call"]) };

/** An object of a connection or a call, with the dispose method that it may have. */
export type Disposed<T> = T & { [Symbol.asyncDispose]?(): PromiseLike<void>; [Symbol.dispose]?(): void };

/**
 * The skeleton by inheritance: `class RealSubject extends Skeleton(Subject) { request(data: string) { ... } }`. The
 * base class has no methods of its own; `serve` asks the compiler for the interface's, and the constructor looks for
 * them at run time, on the class. Write methods as methods: a field is not there yet when the constructor looks.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) at construction, with the names that are missing
 */
export function Skeleton<I extends Interface>(subject: I): new () => SkeletonOf<I> {
  if (!isInterface(subject)) throw notAnInterface("Skeleton");
  return class implements SkeletonOf<I> {
    get [interfaceOf](): I {
      return subject;
    }

    constructor() {
      checkMethods(
        subject,
        this,
        `class ${new.target.name || "(without a name)"}`,
        "; write a method as a method of the class: a field is not there yet when this is checked",
      );
    }
  };
}

/**
 * The skeleton by delegation: `implement(Subject, object)`, for an object that knows nothing of upcall. A function in
 * its place makes the object: once and now, or, with `per`, for each connection or each call.
 *
 * With `per`, the function gets the caller's address and a signal that aborts when the connection has ended. It may
 * return a promise. The object of a connection is made when it is first called. An object that has
 * `Symbol.asyncDispose` or `Symbol.dispose` is disposed of when its connection or its call has ended; a call ends with
 * the stream that it returned. Errors of a dispose method are counted (`objectsNotDisposed`). When the function throws,
 * the call fails `not-executed`, with the function's code where it threw an UpcallError, and the next call asks the
 * function again.
 *
 * @param options `per`: `"server"` (default), `"connection"`, which needs workers that have whole connections, or
 *   `"call"`
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) with the names that are missing; INVALID_ARGUMENT (BAD_OPTION)
 */
export function implement<I extends Interface>(
  subject: I,
  make: (context: ObjectContext) => Disposed<Implementation<I>> | PromiseLike<Disposed<Implementation<I>>>,
  options: { readonly per: Exclude<Per, "server"> },
): Implemented<I>;
export function implement<I extends Interface>(
  subject: I,
  object: Implementation<I> | (() => Implementation<I>),
  options?: { readonly per?: "server" | undefined },
): Implemented<I>;
export function implement(subject: Interface, object: unknown, options: ImplementOptions = {}): Implemented {
  if (!isInterface(subject)) throw notAnInterface("implement");
  checkOptions("implement()", options, implementOptions);
  const { per = "server" } = options;
  const make = object as (context?: ObjectContext) => unknown;
  if (isClass(object))
    throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", `implement(${subject.name}): ${classGiven(object)}`);
  switch (per) {
    case "connection":
    case "call":
      if (typeof object === "function")
        return implemented(subject, new Maker(subject, per, make, (made) => delegateOn(subject, made)));
      throw notExecuted(
        "INVALID_ARGUMENT",
        "BAD_OPTION",
        `per: "${per}" wants a function that makes an object of ${subject.name} for each ${per}: implement(${subject.name}, () => new Object(), { per })`,
      );
    default:
      return implemented(subject, delegateOn(subject, typeof object === "function" ? make() : object));
  }
}

/** The prototype of a class cannot be replaced, that of a function can; an arrow function has none. */
export function isClass(value: unknown): value is new () => object {
  return typeof value === "function" && Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

/** The advice for a class that was given in the place of an object, or of a function that makes one. */
export function classGiven({ name }: { readonly name: string }): string {
  const called = name === "" ? "TheClass" : name;
  return `the class ${called} was given: give an object of it, new ${called}(), or a function that makes one, () => new ${called}()`;
}

function implemented(subject: Interface, delegate: object): Implemented {
  return Object.freeze({ [interfaceOf]: subject, [delegateOf]: delegate });
}

/**
 * The object that does the work.
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) for a value that is no object, or lacks a method
 */
function delegateOn(subject: Interface, object: unknown): object {
  if (typeof object !== "object" || object === null)
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `what implements ${subject.name} must be an object, or a function that makes one; it is ${object === null ? "null" : typeof object}${typeof object === "string" ? ': a module is given by its URL, new URL("./module.js", import.meta.url)' : ""}`,
    );
  const delegate = isSkeleton(object) ? objectOf(object) : object;
  checkMethods(subject, delegate, "the object", "");
  return delegate;
}

export function isSkeleton(value: unknown): value is SkeletonOf {
  return typeof value === "object" && value !== null && isInterface((value as Partial<SkeletonOf>)[interfaceOf]);
}

/**
 * The object that does the work: the skeleton itself, or its delegate.
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT)
 */
export function objectOf(skeleton: SkeletonOf): object {
  const maker = makerOf(skeleton);
  if (maker === null) return (skeleton as Partial<Implemented>)[delegateOf] ?? skeleton;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_ARGUMENT",
    `makes an object for each ${maker.per} of a server, but one object is needed here: give the object`,
  );
}

/** What makes the objects of a skeleton with `per`; null for every other skeleton. */
export function makerOf(skeleton: SkeletonOf): Maker | null {
  const delegate = (skeleton as Partial<Implemented>)[delegateOf];
  return delegate instanceof Maker ? delegate : null;
}

function checkMethods(subject: Interface, object: object, what: string, advice: string): void {
  const missing = subject.table
    .filter(({ name }) => typeof (object as Record<string, unknown>)[name] !== "function")
    .map(({ name }) => `${name}()`);
  if (missing.length === 0) return;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_INTERFACE",
    `${what} does not implement ${subject.name}: it lacks ${missing.join(", ")}${advice}`,
  );
}

function notAnInterface(where: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", `${where}() wants an interface made by defineInterface()`);
}
