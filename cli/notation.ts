// The command: values <-> JSON. Values that JSON has are written as JSON. Every other value is an object with one
// member whose name begins with "$". Pure: it knows no connection and no terminal.
//
//   value                      notation
//   -------------------------  -----------------------------------------------------------------------------
//   undefined                  {"$undefined": true}
//   NaN, Infinity, -0 ...      {"$number": "NaN" | "Infinity" | "-Infinity" | "-0"}
//   bigint                     {"$bigint": "123"}
//   Date                       {"$date": "2026-11-05T12:00:00.000Z"}, {"$date": null} for the invalid one
//   Uint8Array                 {"$bytes": "<base64>"}
//   other typed arrays,        {"$array": {"kind": "Float32Array", "base64": "<elements, little-endian>"}}
//   ArrayBuffer, DataView
//   Map                        {"$map": [[key, value], ...]}
//   Set                        {"$set": [value, ...]}
//   Error                      {"$error": {"name": ..., "message": ..., "code"?, "cause"?, "errors"?}}
//   an object with one member  {"$object": {"$name": ...}}
//   whose name begins with $

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

type View = ArrayBufferView<ArrayBuffer>;

/** All but Uint8Array, which has a short way to be written. */
const views: ReadonlyMap<string, new (buffer: ArrayBuffer) => View> = new Map(
  [
    DataView,
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((view) => [view.name, view]),
);

const errorClasses: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((each) => [each.name, each]),
);

/**
 * Writes a value that a call can return.
 *
 * @throws TypeError for a value that no call returns: a function, a symbol
 */
export function toNotation(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "undefined":
      return { $undefined: true };
    case "bigint":
      return { $bigint: String(value) };
    case "number":
      if (Object.is(value, -0)) return { $number: "-0" };
      return Number.isFinite(value) ? value : { $number: String(value) };
    case "object":
      return value === null ? null : objectToNotation(value);
    default:
      throw new TypeError(`a ${typeof value} cannot be written as JSON`);
  }
}

function objectToNotation(value: object): Json {
  // Array.from, because map() would leave the holes of a sparse array as holes.
  if (Array.isArray(value)) return Array.from(value, toNotation);
  if (value instanceof Date) return { $date: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  if (value instanceof Map) return { $map: Array.from(value, (entry) => entry.map(toNotation)) };
  if (value instanceof Set) return { $set: Array.from(value, toNotation) };
  if (value instanceof ArrayBuffer) return { $array: { kind: "ArrayBuffer", base64: base64Of(new Uint8Array(value)) } };
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof Uint8Array) return { $bytes: base64Of(bytes) };
    return { $array: { kind: kindOf(value), base64: base64Of(inOrder(bytes.slice(), elementSize(value))) } };
  }
  if (value instanceof Error) return { $error: errorToNotation(value) };
  const object = mapped(value, toNotation);
  return soleDollar(object) === null ? object : { $object: object };
}

function errorToNotation(error: Error): Json {
  const code: unknown = Reflect.get(error, "code");
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(Object.hasOwn(error, "cause") ? { cause: toNotation(error.cause) } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.map(toNotation) } : {}),
  };
}

/**
 * Reads what {@link toNotation} or a person wrote.
 *
 * @throws TypeError for a "$" name that is not in the table, or that has a wrong value
 */
export function fromNotation(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (isList(json)) return json.map(fromNotation);
  const name = soleDollar(json);
  if (name === null) return mapped(json, fromNotation);
  const content = json[name] ?? null;
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader !== undefined) return reader(content);
  return refuse(name, `is not known; an object that really has this one member is {"$object":{"${name}":...}}`);
}

const readers: Readonly<Record<string, (content: Json) => unknown>> = {
  $undefined: (content) => (content === true ? undefined : refuse("$undefined", "wants true")),
  $number(content) {
    if (["NaN", "Infinity", "-Infinity", "-0"].some((word) => word === content)) return Number(content);
    return refuse("$number", 'wants "NaN", "Infinity", "-Infinity" or "-0"; other numbers are written as they are');
  },
  $bigint(content) {
    if (typeof content === "string" && /^-?\d+$/.test(content)) return BigInt(content);
    return refuse("$bigint", 'wants decimal digits in a string, as in {"$bigint":"123"}');
  },
  $date(content) {
    if (content === null) return new Date(Number.NaN);
    const date = typeof content === "string" && /^[+-]?\d{4,6}-\d\d/.test(content) ? new Date(content) : null;
    if (date !== null && !Number.isNaN(date.getTime())) return date;
    return refuse(
      "$date",
      'wants an ISO 8601 string, as in {"$date":"2026-11-05T12:00:00Z"}, or null for the invalid date',
    );
  },
  $bytes: (content) => bytesOf("$bytes", content),
  $array(content) {
    const { kind, base64 } = membersOf("$array", content, ["kind", "base64"]);
    const bytes = bytesOf("$array", base64);
    const view = typeof kind === "string" ? views.get(kind) : undefined;
    if (kind === "ArrayBuffer") return bytes.buffer;
    if (view === undefined) return refuse("$array", `wants a kind: ArrayBuffer, ${[...views.keys()].join(", ")}`);
    const size = elementSize(view);
    if (bytes.length % size !== 0) return refuse("$array", `has ${bytes.length} bytes, which end within an element`);
    return new view(inOrder(bytes, size).buffer);
  },
  $map(content) {
    const entries = listOf("$map", content).map((entry): [unknown, unknown] => {
      const [key, value, ...more] = listOf("$map", entry);
      if (key === undefined || value === undefined || more.length > 0)
        return refuse("$map", "wants pairs: [[key, value], ...]");
      return [fromNotation(key), fromNotation(value)];
    });
    return new Map(entries);
  },
  $set: (content) => new Set(listOf("$set", content).map(fromNotation)),
  $error: readError,
  $object: (content) => mapped(membersOf("$object", content, []), fromNotation),
};

function readError(content: Json): Error {
  const { name, message, code, cause, errors } = membersOf("$error", content, ["name", "message"]);
  if (typeof name !== "string" || typeof message !== "string")
    return refuse("$error", "wants a name and a message, both strings");
  const options = cause === undefined ? undefined : { cause: fromNotation(cause) };
  const own = errorClasses.get(name) ?? Error;
  const error =
    errors === undefined && name !== "AggregateError"
      ? new own(message, options)
      : new AggregateError(listOf("$error", errors ?? []).map(fromNotation), message, options);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, writable: true, configurable: true });
  if (code !== undefined) Object.assign(error, { code });
  return error;
}

/** The name of an object's only member where it begins with "$". */
function soleDollar(object: { readonly [name: string]: Json }): string | null {
  const [name, ...more] = Object.keys(object);
  return name?.startsWith("$") === true && more.length === 0 ? name : null;
}

/** Object.fromEntries also makes a member named `__proto__`; an assignment would set the prototype instead. */
function mapped<T, U>(
  object: { readonly [name: string]: T } | object,
  change: (member: T) => U,
): { [name: string]: U } {
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, change(member)]));
}

function membersOf(name: string, content: Json, needed: readonly string[]): { readonly [name: string]: Json } {
  if (
    typeof content !== "object" ||
    content === null ||
    isList(content) ||
    !needed.every((each) => Object.hasOwn(content, each))
  )
    return refuse(name, `wants an object${needed.length > 0 ? ` with ${needed.join(" and ")}` : ""}`);
  return content;
}

function listOf(name: string, content: Json): readonly Json[] {
  return isList(content) ? content : refuse(name, "wants an array");
}

/** Array.isArray does not narrow a readonly array. */
function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function kindOf(view: ArrayBufferView): string {
  return view instanceof DataView ? "DataView" : String(Reflect.get(view, Symbol.toStringTag));
}

/** Of a view, or of its class. */
function elementSize(view: object): number {
  return "BYTES_PER_ELEMENT" in view ? Number(view.BYTES_PER_ELEMENT) : 1;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Memory of its own: a small Buffer shares its memory with others. */
function bytesOf(name: string, content: Json | undefined): Uint8Array<ArrayBuffer> {
  // Buffer skips characters that are no base64. A typing error must not change the bytes silently.
  if (typeof content !== "string" || content.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(content))
    return refuse(name, "wants base64 in a string, with its = at the end");
  return new Uint8Array(Buffer.from(content, "base64"));
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns elements from this machine's byte order to the notation's, or back, in place. */
function inOrder(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (!littleEndian) for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

function refuse(name: string, what: string): never {
  throw new TypeError(`{"${name}": ...} ${what}`);
}
