// Ground, known to every stage of the walk: an object of options, looked at once, by the public function that takes it.
// What it does not know, or cannot use, is refused there: an option that is passed over in silence would leave a server open.

import { notExecuted, textOf, type UpcallError } from "./errors.ts";
import { excerpt } from "./escape.ts";
import { defaultLimits, isTimeout } from "./limits.ts";
import { nearest } from "./nearest.ts";
import { homes } from "./option-homes.ts";

/** What a value has to be, as the end of a sentence that begins with `it must be`; null where it is that. */
export type Shape = (value: unknown) => string | null;

/**
 * Each option that a public function knows, and what it has to be. A new one cannot be forgotten: the compiler asks.
 */
export type Shapes<Options> = { readonly [Name in keyof Options]-?: Shape };

/** One option that a medium or a wire declares of its own. */
export interface OptionDeclaration {
  /** Where it may be said: when serving, when connecting, or both. */
  readonly at: readonly ("serve" | "connect")[];
  /** What it has to be. */
  readonly shape: Shape;
}

/**
 * The options that a medium or a wire declares of its own, by name. An entry point adds them to those of its functions.
 */
export type OptionDeclarations<Options = Readonly<Record<string, unknown>>> = {
  readonly [Name in keyof Options]-?: OptionDeclaration;
};

/** Those of some declarations that may be said at one place, as `checkOptions` wants them. */
export function shapesAt(
  place: "serve" | "connect",
  declarations: readonly OptionDeclarations[],
): Readonly<Record<string, Shape>> {
  const shapes: Record<string, Shape> = {};
  for (const options of declarations)
    for (const [name, { at, shape }] of Object.entries(options)) if (at.includes(place)) shapes[name] = shape;
  return shapes;
}

/** For what is looked at elsewhere, with more knowledge. */
export const anything: Shape = () => null;

export const aFunction: Shape = (value) => (typeof value === "function" ? null : "a function");

/** One, or an array of them. */
export const functions: Shape = (value) =>
  [value].flat().every((each) => typeof each === "function") ? null : "a function, or an array of functions";

export const aBoolean: Shape = (value) => (typeof value === "boolean" ? null : "true or false");

export const milliseconds: Shape = (value) =>
  isTimeout(value) ? null : `milliseconds, more than 0 and at most ${defaultLimits.timeoutMost} (24 h)`;

export function aNumber(least: number, most: number): Shape {
  const what = `a number from ${least} to ${most}`;
  return (value) => (typeof value === "number" && value >= least && value <= most ? null : what);
}

export function aWholeNumber(least: number): Shape {
  return (value) => (Number.isInteger(value) && Number(value) >= least ? null : `a whole number, ${least} or more`);
}

/** An object of names and values, and none of the language's other things. */
export const anObject: Shape = (value) => (isPlain(value) ? null : "an object, as in { name: value }");

/** Only what is asked of one is looked for: there are other makers of signals than the platform. */
export const aSignal: Shape = (value) => {
  if (isSignal(value)) return null;
  const controller = typeof value === "object" && value !== null && isSignal((value as { signal?: unknown }).signal);
  return controller ? "the controller's signal: write controller.signal" : "an AbortSignal, as in controller.signal";
};

/** What tells time, as tests have one of their own. */
export const aClock: Shape = (value) => {
  const { now, after } = Object(value) as { now?: unknown; after?: unknown };
  return typeof now === "function" && typeof after === "function" ? null : "a clock: an object with now() and after()";
};

export function oneOfWords(words: readonly unknown[]): Shape {
  const spelt = words.map((word) => JSON.stringify(word)).join(", ");
  return (value) => (words.includes(value) ? null : `one of ${spelt}`);
}

/**
 * Looks at options where they are said.
 *
 * @param where  the function that takes them, as in `serve()`
 * @param given  what it got; undefined says nothing
 * @param shapes what there is
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a value that is no object, for a name that is not known and does not stand for
 *   undefined, and for a value that cannot be meant
 */
export function checkOptions(where: string, given: unknown, shapes: Readonly<Record<string, Shape>>): void {
  if (given === undefined) return;
  mustBeOptions(where, given);
  for (const name in given) {
    const value = given[name];
    if (value === undefined) continue;
    // `toString` is no option.
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined) {
      // What it inherits may be there for others.
      if (Object.hasOwn(given, name)) throw unknown(where, name, shapes);
      continue;
    }
    const wanted = shape(value);
    if (wanted !== null) throw badOption(`${where}: ${name} is ${shown(name, value)}; it must be ${wanted}`);
  }
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) for a value that is no object of options */
export function mustBeOptions(where: string, given: unknown): asserts given is Readonly<Record<string, unknown>> {
  if (!isPlain(given)) throw notOptions(where, given);
}

function unknown(where: string, name: string, shapes: Readonly<Record<string, Shape>>): UpcallError {
  const called = `${where}: there is no option ${excerpt(name)}`;
  const limit = "limits" in shapes && Object.hasOwn(defaultLimits, name) ? `limits: { ${name}: ... }` : null;
  const endpoint = homeOf(name);
  if (endpoint?.includes(where))
    return badOption(`${called} here: it belongs to a medium or a wire that this entry point does not have`);
  if (endpoint !== undefined) {
    const other = limit === null ? "" : `; the limit of that name is said as ${limit}`;
    return badOption(`${called} here: it is one of ${endpoint}; say it there${other}`);
  }
  if (limit !== null) return badOption(`${called}: it is one of the limits; write ${limit}`);
  const names = Object.keys(shapes);
  const near = nearest(name, names);
  if (near !== null) return badOption(`${called}; did you mean ${near}?`);
  const far = nearest(
    name,
    homes.flatMap(([, options]) => options.split(" ")),
  );
  const elsewhere = far === null ? "" : `; did you mean ${far}, which is one of ${homeOf(far)}?`;
  return badOption(`${called}${elsewhere}; those it knows are ${names.join(", ")}`);
}

/** The functions that know an option, in words. */
function homeOf(name: string): string | undefined {
  return homes.find(([, options]) => options.split(" ").includes(name))?.[0];
}

function notOptions(where: string, given: unknown): UpcallError {
  const signal = isSignal(given) || isSignal((Object(given) as { signal?: unknown }).signal);
  const write = signal ? "{ signal: controller.signal }" : "{ name: value }";
  return badOption(`${where}: its options must be an object, as in ${write}; what was given is ${shown("", given)}`);
}

/** An object of this or another realm, a module's, or one of a class of the program's own. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  // Of arrays, maps, dates, errors, promises, signals and the like it is another text.
  const kind = Object.prototype.toString.call(value);
  return kind === "[object Object]" || kind === "[object Module]";
}

function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== "object" || value === null) return false;
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}

/** What shows a server who calls is not shown to those who read a log. */
const secret: readonly string[] = ["token", "authenticate"];

/** A value as a short text. */
function shown(name: string, value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return `an object (${Object.prototype.toString.call(value).slice(8, -1)})`;
  // Whatever stands in the place of options may be a secret as well.
  if (name === "" || secret.includes(name)) return `a ${typeof value}`;
  return typeof value === "string" ? JSON.stringify(excerpt(value, 40)) : textOf(value);
}

function badOption(what: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_OPTION", what);
}
