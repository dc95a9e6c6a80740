// Codec: what a JavaScript object is, told without trusting anything it says of itself, and also when it comes from
// another realm (a vm context, a frame). The encoder and the search for a place share it; it knows no bytes.

/** `class` is everything that cannot be sent: instances of classes, also of subclasses of Date, Map, Set and Array. */
export type Kind = "array" | "object" | "date" | "map" | "set" | "error" | "view" | "buffer" | "class";

/** Object.prototype of any realm: the only prototype without one that has this method as its own. */
function isObjectPrototype(prototype: unknown): boolean {
  if (prototype === Object.prototype) return true;
  if (typeof prototype !== "object" || prototype === null) return false;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/**
 * What an object is. Only its prototypes and its tag are asked, so an impostor (`Object.create(Map.prototype)`) is
 * found when its insides are read with the functions below, which throw a TypeError then.
 */
export function kindOf(value: object): Kind {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Array.prototype is itself an array in every realm, and the prototype of a subclass is not.
  if (Array.isArray(value)) return prototype === Array.prototype || Array.isArray(prototype) ? "array" : "class";
  if (prototype === null || isObjectPrototype(prototype)) return "object";
  if (ArrayBuffer.isView(value)) return "view";
  const direct = isObjectPrototype(Object.getPrototypeOf(prototype));
  switch (Object.prototype.toString.call(value)) {
    case "[object Date]":
      return direct ? "date" : "class";
    case "[object Map]":
      return direct ? "map" : "class";
    case "[object Set]":
      return direct ? "set" : "class";
    case "[object ArrayBuffer]":
      return direct ? "buffer" : "class";
    case "[object Error]":
      return "error";
    default:
      return value instanceof Error ? "error" : "class";
  }
}

/** Asks a getter of a built-in prototype, so that an own property of the same name is not asked. */
function getter(prototype: object, name: PropertyKey): (asked: unknown) => unknown {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  return (asked) => property?.get?.call(asked);
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const typedName = getter(typedArray, Symbol.toStringTag);
const insides = (prototype: object): ((view: ArrayBufferView) => Uint8Array) => {
  const buffer = getter(prototype, "buffer");
  const offset = getter(prototype, "byteOffset");
  const length = getter(prototype, "byteLength");
  return (view) => new Uint8Array(buffer(view) as ArrayBuffer, Number(offset(view)), Number(length(view)));
};
const ofTypedArray = insides(typedArray);
const ofDataView = insides(DataView.prototype);

/** The name of a view's class, with a subclass (Node's Buffer) told as the class it is made of. */
export function viewName(view: ArrayBufferView): string {
  const name = typedName(view);
  return typeof name === "string" ? name : "DataView";
}

/** The bytes a view shows; no copy. @throws TypeError when its buffer was transferred away */
export function viewBytes(view: ArrayBufferView): Uint8Array {
  return typedName(view) === undefined ? ofDataView(view) : ofTypedArray(view);
}

/** Milliseconds of a real Date, NaN for the invalid one. @throws TypeError for an impostor */
export function timeOf(date: object): number {
  return Date.prototype.getTime.call(date as Date);
}

/** The entries of a real Map. @throws TypeError for an impostor */
export function entriesOf(map: object): IterableIterator<[unknown, unknown]> {
  return Map.prototype.entries.call(map as Map<unknown, unknown>);
}

/** The values of a real Set. @throws TypeError for an impostor */
export function valuesOf(set: object): IterableIterator<unknown> {
  return Set.prototype.values.call(set as Set<unknown>);
}

/** Whether an error's `errors` go with it; other libraries use that name for other things. */
export function isAggregate(error: Error, name: string): error is AggregateError {
  return error instanceof AggregateError || (name === "AggregateError" && "errors" in error);
}

/** What of an error travels under a name of its own: a code that is a string, and errors that are an array. */
export interface Told {
  readonly code: unknown;
  readonly errors: unknown;
}

/**
 * The names of an error's other properties, which are its own: those that a program put there. Of name, message, stack
 * and cause nothing but the error's own may be said, so a field can never be taken for one of them.
 */
export function fieldsOfError(error: Error, { code, errors }: Told): string[] {
  return Object.keys(error).filter((key) => {
    if (isReserved(key)) return false;
    return !((key === "code" && typeof code === "string") || (key === "errors" && Array.isArray(errors)));
  });
}

/** Names that are never those of an error's field. */
export function isReserved(key: string): boolean {
  return key === "name" || key === "message" || key === "stack" || key === "cause";
}

/** Typed arrays longer than this are not searched: that takes longer than sending them. */
const longestSearched = 64;

/**
 * The name of a property that an array or a built-in object has beside what is sent of it, such as the `index` of a
 * match; null where there is none, or where its items are too many to search. No items are made into strings for it.
 */
export function propertyBeside(value: object): string | null {
  if (Array.isArray(value)) return Object.values(value).length > value.length ? (named(value) ?? null) : null;
  if (ArrayBuffer.isView(value) && typedName(value) !== undefined) {
    const { length } = value as Uint8Array;
    return length <= longestSearched && Object.values(value).length > length ? (named(value) ?? null) : null;
  }
  return Object.keys(value)[0] ?? null;
}

function named(value: object): string | undefined {
  return Object.keys(value).find((key) => !/^(0|[1-9]\d*)$/.test(key));
}
