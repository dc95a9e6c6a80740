// The formal interface: errors that it declares. Each is a class of its own, which the object throws and its caller
// catches. What crosses is the name, the message and the data; the class is found by the name among the method's own
// errors.

import { type Code, codes, notExecuted, textOf, UpcallError, type UpcallErrorOptions } from "../errors.ts";
import { anything, checkOptions, type Shapes } from "../options.ts";
import { checkErrorName } from "./names.ts";
import { isSchema, issuesText, type Schema } from "./schema.ts";

/** A symbol, so that it cannot collide with a member of the classes. */
const declaration: unique symbol = Symbol("upcall.declaration");

/** What was said where the class was made. */
interface Declaration {
  readonly name: string;
  readonly code: Code;
  readonly data: Schema | null;
}

/** What may be said where the class is made. */
interface ClassOptions {
  /** The code that its errors have, one of `codes`. Default FAILED_PRECONDITION. */
  readonly code?: Code;
  /** A schema of the data that each error of it carries. Default: they carry none. */
  readonly data?: Schema;
}

export const classOptions: Shapes<ClassOptions> = { code: anything, data: anything };

/** What may be said where an error of the class is thrown. */
export interface DeclaredErrorOptions {
  /** The error that led to this one: it travels as far as its errors are UpcallErrors. Default: none. */
  readonly cause?: unknown;
}

export const errorOptions: Shapes<DeclaredErrorOptions> = { cause: anything };

/** Data may only be left out where there is none. */
type DataAndOptions<Data> = [undefined] extends [Data]
  ? [data?: Data, options?: DeclaredErrorOptions]
  : [data: Data, options?: DeclaredErrorOptions];

/** The class that `DeclaredError` makes; it is there to be extended. */
export interface DeclaredErrorClass<Data = unknown> {
  /** @param message for people: what happened, whose fault it is and what to do; at most 4,096 characters cross */
  new (message: string, ...data: DataAndOptions<Data>): DeclaredInstance<Data>;
  readonly [declaration]: Declaration;
}

/** An error that an interface declares, with its data. */
export interface DeclaredInstance<Data> extends UpcallError {
  readonly data: Data;
}

/** What a method lists under `errors`: any class made by `DeclaredError`, whatever its own constructor takes. */
export interface AnyDeclaredError {
  new (...args: never[]): UpcallError;
  readonly [declaration]: Declaration;
}

/** What all of them are. */
class Declared extends UpcallError {
  readonly data: unknown;

  constructor({ code }: Declaration, message: string, data: unknown, options: UpcallErrorOptions) {
    super(code, message, options);
    this.data = data;
  }
}

/**
 * Makes the base class of an error that methods may declare: `method<F>({ errors: [InsufficientFunds] })`. Thrown by
 * the object, it arrives at its caller as an instance of the same class, with its data:
 *
 * `class InsufficientFunds extends DeclaredError<{ missing: number }>("InsufficientFunds") {}`
 * `throw new InsufficientFunds("too little is there", { missing: 5 })`
 *
 * The class may have a constructor and getters of its own. At the caller no constructor runs, and fields that are not
 * in the data are not there.
 *
 * @param name    by which both sides know it: letters, digits, `_` and `$`, at most 128 characters
 * @param options `code`: one of {@link codes}, for callers that do not know the class, default `FAILED_PRECONDITION`;
 *                `data`: a schema that the data must fit where it arrives. It has to answer at once, without a promise
 * @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE)
 */
export function DeclaredError<Data>(
  name: string,
  options: { readonly code?: Code; readonly data: Schema<Data, Data> },
): DeclaredErrorClass<Data>;
export function DeclaredError<Data = undefined>(
  name: string,
  options?: { readonly code?: Code },
): DeclaredErrorClass<Data>;
export function DeclaredError(name: string, options: ClassOptions = {}): DeclaredErrorClass {
  checkOptions(`DeclaredError() of ${String(name)}`, options, classOptions);
  const { code = "FAILED_PRECONDITION", data } = options;
  checkErrorName(name);
  if (!codes.includes(code)) refuse(`error "${name}": code is ${String(code)}; it must be one of ${codes.join(", ")}`);
  if (data !== undefined && !isSchema(data)) refuse(`error "${name}": data must be a Standard Schema`);
  const declared: Declaration = Object.freeze({ name, code, data: data ?? null });
  const Class = class extends Declared {
    static readonly [declaration]: Declaration = declared;

    constructor(message: string, value?: unknown, terms: DeclaredErrorOptions = {}) {
      checkOptions(`new ${name}()`, terms, errorOptions);
      super(declared, message, value, { cause: terms.cause });
    }
  };
  Object.defineProperty(Class.prototype, "name", { value: name, configurable: true, writable: true });
  return Class;
}

/** An error of this class once more, with other terms; its own constructor is not called. */
function remade(of: AnyDeclaredError, message: string, data: unknown, options: UpcallErrorOptions): UpcallError {
  return Reflect.construct(Declared, [of[declaration], message, data, options], of) as UpcallError;
}

/** What crosses of a declared error. */
export interface DeclaredParts {
  readonly name: string;
  readonly data: unknown;
}

/** Name and data, where the method that threw it declares its class; null for every other error. */
export function declaredParts(error: UpcallError, declared: readonly AnyDeclaredError[]): DeclaredParts | null {
  if (!(error instanceof Declared)) return null;
  const of = classOf(error, declared);
  return of === undefined ? null : { name: of[declaration].name, data: error.data };
}

/** The same error as what a method threw, which has run or not; null where its class is not declared. */
export function redeclared(
  error: UpcallError,
  declared: readonly AnyDeclaredError[],
  terms: UpcallErrorOptions,
): UpcallError | null {
  if (!(error instanceof Declared)) return null;
  const of = classOf(error, declared);
  return of === undefined ? null : remade(of, error.message, error.data, terms);
}

/**
 * The error of this name that came with this data.
 *
 * @returns null where the method declares none of that name; a string where the data does not fit its schema
 */
export function declaredFrom(
  name: string,
  data: unknown,
  message: string,
  declared: readonly AnyDeclaredError[],
  terms: UpcallErrorOptions,
): UpcallError | string | null {
  const of = declared.find((each) => each[declaration].name === name);
  if (of === undefined) return null;
  const { data: schema } = of[declaration];
  if (schema === null) return remade(of, message, data, terms);
  try {
    const result = schema["~standard"].validate(data);
    if (result instanceof Promise) {
      result.catch(() => {});
      return `the schema of ${name} gives a promise, and an error cannot wait for one`;
    }
    if (result.issues !== undefined) return `the data of ${name} does not fit: ${issuesText("data", result.issues)}`;
    return remade(of, message, result.value, terms);
  } catch (error) {
    return `the schema of ${name} failed: ${textOf(error)}`;
  }
}

/** What is wrong with a method's `errors`, as the end of a sentence; null where nothing is. */
export function problemOf(errors: unknown): string | null {
  if (!Array.isArray(errors) || !errors.every(isDeclaredClass))
    return "errors holds classes that extend DeclaredError(...); something else was given";
  const names = errors.map((each) => each[declaration].name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? null : `errors has two classes of the name ${twice}`;
}

/** A declared error as plain data. */
export interface ErrorDescription {
  readonly name: string;
  readonly code: Code;
  /** The vendor of its data's schema; null where only the compiler knows what it has. */
  readonly data: string | null;
}

export function describeError({ [declaration]: { name, code, data } }: AnyDeclaredError): ErrorDescription {
  return { name, code, data: data === null ? null : `schema (${data["~standard"].vendor})` };
}

function isDeclaredClass(value: unknown): value is AnyDeclaredError {
  return typeof value === "function" && value.prototype instanceof Declared && declaration in value;
}

/** By what was declared, so that a class which extends a declared one arrives as that. */
function classOf(error: Declared, declared: readonly AnyDeclaredError[]): AnyDeclaredError | undefined {
  const own = (error.constructor as Partial<AnyDeclaredError>)[declaration];
  return declared.find((each) => each[declaration] === own);
}

function refuse(what: string): never {
  throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", what);
}
