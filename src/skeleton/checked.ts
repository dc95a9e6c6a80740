// The skeleton: checks the items of streams against the schemas of the interface, where it has some. Items of arguments
// are checked before the object reads them, items of results before they are sent. Both happen on the server's side.

import { itemsOf } from "../call/iterables.ts";
import type { IncomingCall } from "../contract/callee.ts";
import { UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import { issuesText, type Schema } from "../interface/schema.ts";
import { isStream, type Spec } from "../interface/spec.ts";
import { EnteredItems } from "./upcall.ts";

/** The arguments with their streams checked. An item that does not fit is an error at the object that reads it. */
export function checkArguments(entry: MethodEntry, args: unknown[]): unknown[] {
  const { carries } = entry.method;
  if (carries === null || !carries.args.some(isChecked)) return args;
  return args.map((given, index) =>
    checked(carries.args[index] ?? null, given, `arguments[${index}] of ${entry.fullName}`),
  );
}

/**
 * The same for a result: an item that does not fit ends the stream. A result that is no stream is refused when it is
 * sent.
 */
export function checkResult(entry: MethodEntry, given: unknown, call: IncomingCall): unknown {
  const spec = entry.method.carries?.returns ?? null;
  const items = isStream(spec) ? itemsOf(given) : null;
  if (items === null) return given;
  const entered = new EnteredItems(items, call);
  if (!call.settled) entered.begin();
  return checked(spec, entered, `result of ${entry.fullName}`);
}

function isChecked(spec: Spec | null): boolean {
  return isStream(spec) && spec.items !== null;
}

function checked(spec: Spec | null, given: unknown, place: string): unknown {
  if (!isStream(spec) || spec.items === null) return given;
  return new CheckedItems(given as AsyncIterable<unknown>, spec.items as Schema, place);
}

class CheckedItems implements AsyncIterableIterator<unknown, undefined> {
  readonly #items: AsyncIterable<unknown>;
  readonly #schema: Schema;
  readonly #place: string;
  #iterator: AsyncIterator<unknown> | null = null;

  constructor(items: AsyncIterable<unknown>, schema: Schema, place: string) {
    this.#items = items;
    this.#schema = schema;
    this.#place = place;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    this.#iterator ??= this.#items[Symbol.asyncIterator]();
    const { done, value } = await this.#iterator.next();
    if (done === true) return { value: undefined, done };
    try {
      const result = await this.#schema["~standard"].validate(value);
      if (result.issues === undefined) return { value: result.value, done: false };
      throw new UpcallError("INVALID_ARGUMENT", `an item does not fit: ${issuesText(this.#place, result.issues)}`);
    } catch (error) {
      // After an error the reader reads no more, and the producer would wait for ever: it is told to stop.
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#iterator ??= this.#items[Symbol.asyncIterator]();
    await this.#iterator.return?.();
    return { value: undefined, done: true };
  }
}
