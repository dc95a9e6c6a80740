// Codec, on the way down from the session: values to bytes, straight into the output of the connection. It knows the
// limits and the format, and neither messages nor methods. What it cannot send is named by place.ts.
import { notExecuted, type UpcallError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { kindOf, propertyBeside } from "./classes.ts";
import {
  type Nested,
  putBigint,
  putBuffer,
  putDate,
  putError,
  putHandle,
  putMap,
  putSet,
  putView,
} from "./encode-extension.ts";
import { inheritsNothing, isRecord, putRecords, sharedKeys } from "./encode-records.ts";
import { putNumber, putText } from "./encode-text.ts";
import { putHead, UNDEFINED } from "./extensions.ts";
import { Handle } from "./handle.ts";
import { closeMap, openMap, putArrayHead } from "./heads.ts";
import { changedBeside, protoKey, refused, writingGetter } from "./not-marshallable.ts";
import type { TextPlatform } from "./utf8.ts";
import { explain } from "./value-place.ts";
import type { Writer } from "./writer.ts";

/** The limits that a value is held to on both sides. */
export type ValueLimits = Pick<Limits, "depth" | "nodes" | "bigintDigits">;

/**
 * Turns values into MessagePack. One encoder may serve any number of writers and connections: it keeps nothing between
 * two values, and what belongs to a value that is being written is kept in its Writer.
 *
 * What travels: null, undefined, booleans, numbers, bigints, strings, arrays, plain objects, Date, Map, Set,
 * ArrayBuffer, its views, and errors with their own fields. An object that is found in two places arrives as two.
 * Arrays and built-in objects with properties beside what they hold are refused (typed arrays of more than 64 elements
 * are not searched for them). Symbol keys, properties that are not enumerable, and an error's stack stay behind.
 */
export class Encoder implements Nested {
  readonly #platform: TextPlatform;
  readonly #limits: ValueLimits;
  readonly #depth: number;
  #bound = 0n;

  /**
   * @param platform how text becomes bytes
   * @param limits   most nested containers, values in one message (keys counted), decimal digits of a bigint
   */
  constructor(platform: TextPlatform, limits: ValueLimits) {
    this.#platform = platform;
    this.#limits = limits;
    this.#depth = limits.depth;
  }

  /**
   * Writes one value at the writer's position.
   * @param root what an error calls the value, such as `result`
   * @throws UpcallError INVALID_ARGUMENT, not-executed: NOT_MARSHALLABLE, TOO_DEEP, TOO_MANY or TOO_LARGE; the writer
   *   stands where it stood
   */
  value(writer: Writer, value: unknown, root: string): void {
    const start = this.#begin(writer, root);
    try {
      this.put(writer, value, 0);
      writer.busy = false;
    } catch (thrown) {
      throw this.#undone(writer, start, value, root, thrown);
    }
  }

  /**
   * Writes an array of values, such as arguments. It is itself no level of depth.
   * @param root what an error calls the array: its elements are `root[0]`, `root[1]` ...
   * @throws UpcallError as {@link value} does
   */
  list(writer: Writer, values: readonly unknown[], root: string): void {
    const start = this.#begin(writer, root);
    try {
      this.#items(writer, values, 0);
      writer.busy = false;
    } catch (thrown) {
      throw this.#undone(writer, start, values, root, thrown, -1);
    }
  }

  #begin(writer: Writer, root: string): number {
    if (writer.busy) throw calledWithin(root);
    writer.busy = true;
    writer.nodes = this.#limits.nodes - 1;
    return writer.position;
  }

  /** Takes back what was written, also by getters that are read while the error is explained. */
  #undone(writer: Writer, start: number, value: unknown, root: string, thrown: unknown, depth = 0): UpcallError {
    try {
      return explain(value, root, this.#limits, thrown, depth);
    } finally {
      writer.busy = false;
      writer.back(start);
    }
  }

  /** Writes a value whose containers stand at `depth` and below; a step of the recursion, called by this folder. */
  put(writer: Writer, value: unknown, depth: number): void {
    if (typeof value === "string") putText(writer, value, this.#platform);
    else if (typeof value === "number") putNumber(writer, value);
    else if (typeof value === "object" && value !== null) this.#object(writer, value, depth);
    else this.#putRare(writer, value);
  }

  #putRare(writer: Writer, value: unknown): void {
    switch (typeof value) {
      case "boolean":
        writer.ensure(1);
        writer.u8(value ? 0xc3 : 0xc2);
        break;
      case "object":
        writer.ensure(1);
        writer.u8(0xc0);
        break;
      case "undefined":
        putHead(writer, UNDEFINED, 1);
        writer.u8(0);
        break;
      case "bigint":
        if (this.#bound === 0n) this.#bound = 10n ** BigInt(this.#limits.bigintDigits);
        putBigint(writer, value, this.#bound);
        break;
      default:
        throw refused(`is a ${typeof value}`);
    }
  }

  /** Takes `n` from what is left of the limit on nodes. */
  spend(writer: Writer, n: number): void {
    writer.nodes -= n;
    if (writer.nodes < 0) throw refused("has too many values in it", "TOO_MANY");
  }

  text(writer: Writer, text: string): void {
    putText(writer, text, this.#platform);
  }

  #object(writer: Writer, value: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) this.#fields(writer, value, this.below(depth), inheritsNothing());
    else if (prototype === Array.prototype && Array.isArray(value)) this.#array(writer, value, this.below(depth));
    else this.#other(writer, value, depth);
  }

  /** Everything rarer than a plain object and an array. */
  #other(writer: Writer, value: object, depth: number): void {
    switch (kindOf(value)) {
      case "object":
        this.#fields(writer, value, this.below(depth), false);
        break;
      case "array":
        whole(writer, value);
        this.#items(writer, value as readonly unknown[], this.below(depth));
        break;
      case "map":
        whole(writer, value);
        putMap(this, writer, value, this.below(depth));
        break;
      case "set":
        whole(writer, value);
        putSet(this, writer, value, this.below(depth));
        break;
      case "error":
        putError(this, writer, value as Error, this.below(depth));
        break;
      case "view":
        whole(writer, value);
        putView(writer, value as ArrayBufferView);
        break;
      case "date":
        whole(writer, value);
        putDate(writer, value);
        break;
      case "buffer":
        whole(writer, value);
        putBuffer(writer, value as ArrayBuffer);
        break;
      case "class":
        if (!(value instanceof Handle)) throw refused("is an instance of a class");
        putHandle(writer, value);
        break;
    }
  }

  /** The depth inside a container that stands at `depth`. */
  below(depth: number): number {
    if (depth >= this.#depth) throw refused("is nested too deep", "TOO_DEEP");
    return depth + 1;
  }

  /** An array within a value: one whose items are records with the same keys is written shorter. */
  #array(writer: Writer, values: readonly unknown[], depth: number): void {
    const before = writer.position;
    if (Object.values(values).length > values.length) throw refused(changedBeside);
    const keys = values.length > 1 && isRecord(values[0]) ? sharedKeys(values) : undefined;
    if (writer.position !== before) throw refused(writingGetter);
    if (keys === undefined) this.#items(writer, values, depth);
    else putRecords(this, writer, values, keys, this.below(depth));
  }

  #items(writer: Writer, values: readonly unknown[], depth: number): void {
    const length = values.length;
    this.spend(writer, length);
    putArrayHead(writer, length);
    for (let i = 0; i < length; i++) {
      const before = writer.position;
      const item = values[i];
      if (writer.position !== before || (item === undefined && !(i in values))) throw refused("has a hole");
      this.put(writer, item, depth);
    }
  }

  /**
   * A plain object. A loop over it is the fastest way to its keys and values, and makes no array of them.
   * @param alone whether the loop gives its own keys alone; if not, each is asked about
   */
  #fields(writer: Writer, object: object, depth: number, alone: boolean): void {
    const fields = object as Readonly<Record<string, unknown>>;
    const start = openMap(writer);
    let count = 0;
    for (const key in fields) {
      if (!alone && !Object.hasOwn(fields, key)) continue;
      if (key === "__proto__") throw refused(protoKey);
      this.spend(writer, 2);
      putText(writer, key, this.#platform);
      const before = writer.position;
      const item = fields[key];
      // A getter ran user code: what that wrote here would stand in the middle of this value.
      if (writer.position !== before) throw refused(writingGetter);
      this.put(writer, item, depth);
      count++;
    }
    closeMap(writer, count, start);
  }
}

/** An object with properties that cannot be sent is refused, so that none of them is lost silently. */
function whole(writer: Writer, value: object): void {
  const before = writer.position;
  if (propertyBeside(value) !== null) throw refused(changedBeside);
  if (writer.position !== before) throw refused(writingGetter);
}

function calledWithin(root: string): UpcallError {
  const text = `cannot send ${root}: a getter of the value that is being sent made this call. Read it before.`;
  return notExecuted("INVALID_ARGUMENT", "NOT_MARSHALLABLE", text);
}
