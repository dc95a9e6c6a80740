// The tagged JSON in which docs/vectors/values.json writes values and bytes: what JSON can say is written as it is,
// everything else as an object with the name of its kind under "$".
import { readFileSync } from "node:fs";
import { Handle, type HandleKind } from "#internal/codec/handle.js";

export interface Vector {
  readonly name: string;
  readonly value: unknown;
  /** Hexadecimal pieces; `[piece, times]` is a piece repeated. */
  readonly hex: readonly (string | readonly [string, number])[];
}

export const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("../../../docs/vectors/values.json", import.meta.url), "utf8"),
).vectors;

export function bytesOf(pieces: Vector["hex"]): Uint8Array {
  const text = pieces.map((piece) => (typeof piece === "string" ? piece : piece[0].repeat(piece[1]))).join("");
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

interface Tagged {
  readonly $?: string;
  readonly text?: string;
  readonly repeat?: unknown;
  readonly times?: number;
  readonly iso?: string | null;
  readonly entries?: unknown;
  readonly values?: unknown;
  readonly hex?: Vector["hex"];
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly fields?: unknown;
  readonly kind?: HandleKind;
  readonly id?: number;
}

const views: readonly (new (buffer: ArrayBuffer) => ArrayBufferView)[] = [
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
];
const errors: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** The value that the notation means. */
export function toValue(notation: unknown): unknown {
  if (Array.isArray(notation)) return notation.map(toValue);
  if (typeof notation !== "object" || notation === null) return notation;
  const tagged = notation as Tagged;
  const kind = tagged.$;
  if (kind === undefined) return Object.fromEntries(Object.entries(tagged).map(([key, item]) => [key, toValue(item)]));
  const list = (items: unknown): unknown[] => toValue(items) as unknown[];
  switch (kind) {
    case "undefined":
      return undefined;
    case "number":
      return Number(tagged.text);
    case "bigint":
      return BigInt(tagged.text ?? "");
    case "text":
      return String(tagged.repeat).repeat(Number(tagged.times));
    case "array":
      return Array.from({ length: Number(tagged.times) }, () => toValue(tagged.repeat));
    case "keys":
      return Object.fromEntries(Array.from({ length: Number(tagged.times) }, (_, i) => [`k${i}`, i]));
    case "Date":
      return new Date(tagged.iso ?? Number.NaN);
    case "Map":
      return new Map(list(tagged.entries) as [unknown, unknown][]);
    case "Set":
      return new Set(list(tagged.values));
    case "Uint8Array":
      return bytesOf(tagged.hex ?? []);
    case "ArrayBuffer":
      return bytesOf(tagged.hex ?? []).buffer;
    case "handle":
      return new Handle(tagged.kind ?? 0, tagged.id ?? 0);
    case "Error":
      return toError(tagged);
    default: {
      const view = views.find((each) => each.name === kind);
      if (view === undefined) throw new Error(`no kind ${kind}`);
      return new view(bytesOf(tagged.hex ?? []).buffer as ArrayBuffer);
    }
  }
}

function toError(tagged: Tagged): Error {
  const name = tagged.name ?? "";
  const message = tagged.message ?? "";
  const options = "cause" in tagged ? { cause: toValue(tagged.cause) } : {};
  const error =
    "errors" in tagged
      ? new AggregateError(toValue(tagged.errors) as unknown[], message, options)
      : new (errors[name] ?? Error)(message, options);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name });
  if ("code" in tagged) Object.assign(error, { code: tagged.code });
  if ("fields" in tagged) Object.assign(error, toValue(tagged.fields));
  return error;
}
