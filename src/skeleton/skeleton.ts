// The skeleton: the callee's stand-in, by inheritance and by delegation. Both say the same to the rest of the house:
// this object answers for that interface.

import { notExecuted } from "../errors.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import { interfaceOf, type SkeletonOf } from "../interface/object.ts";
import type { Implementation } from "../interface/types.ts";

export { interfaceOf, type SkeletonOf };

/** A symbol, so that no skeleton has a member whose name an interface could want. */
const delegateOf: unique symbol = Symbol("upcall.delegate");

/** A skeleton by delegation: it knows the object that does the work. */
export interface Implemented<I extends Interface = Interface> extends SkeletonOf<I> {
  readonly [delegateOf]: object;
}

/**
 * The skeleton by inheritance: `class RealSubject extends Skeleton(Subject) { request(data: string) { ... } }`.
 * The base class has no methods of its own; `serve` asks the compiler for the interface's, and the constructor looks
 * for them at run time, on the class (a method written as a field is not there yet, so write methods as methods).
 *
 * Errors: INVALID_ARGUMENT (BAD_INTERFACE) at construction, with the names that are missing.
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
 * The skeleton by delegation: `implement(Subject, object)`, for an object that knows nothing of upcall; or with a
 * factory that makes one.
 *
 * Errors: INVALID_ARGUMENT (BAD_INTERFACE), with the names that are missing.
 */
export function implement<I extends Interface>(
  subject: I,
  object: Implementation<I> | (() => Implementation<I>),
): Implemented<I> {
  if (!isInterface(subject)) throw notAnInterface("implement");
  const delegate: unknown = typeof object === "function" ? object() : object;
  if (typeof delegate !== "object" || delegate === null) {
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `what implements ${subject.name} must be an object, or a function that makes one; it is ${delegate === null ? "null" : typeof delegate}`,
    );
  }
  checkMethods(subject, delegate, "the object", "");
  return Object.freeze({ [interfaceOf]: subject, [delegateOf]: delegate });
}

export function isSkeleton(value: unknown): value is SkeletonOf {
  return typeof value === "object" && value !== null && isInterface((value as Partial<SkeletonOf>)[interfaceOf]);
}

/** The object that does the work: the skeleton itself, or its delegate. */
export function objectOf(skeleton: SkeletonOf): object {
  return (skeleton as Partial<Implemented>)[delegateOf] ?? skeleton;
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
