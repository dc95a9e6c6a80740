// The skeleton: the upcall itself. The object's own code is entered only in this file: its methods, and the loops
// behind the streams that they return.

import { enter, following, leave } from "../call/current-call.ts";
import type { IncomingCall } from "../contract/callee.ts";
import type { SkeletonMethod } from "./skeleton-method.ts";

/** Enters the object. @throws what the object throws. @returns what the object returns, which may be a promise */
export function upcall(method: SkeletonMethod, args: unknown[], call: IncomingCall): unknown {
  const before = enter(call);
  try {
    return Reflect.apply(method.body, method.object, args);
  } finally {
    leave(before);
  }
}

/**
 * A result's stream. The body of an async generator begins when its first item is asked for, long after the method
 * returned. Up to its first `await` it is in its call, as a method is.
 */
export class EnteredItems implements AsyncIterableIterator<unknown> {
  readonly #items: AsyncIterable<unknown>;
  readonly #call: IncomingCall;
  #iterator: AsyncIterator<unknown> | null = null;
  /** The first item, where it was asked for before its reader did; null when it was given. */
  #first: Promise<IteratorResult<unknown>> | null = null;

  constructor(items: AsyncIterable<unknown>, call: IncomingCall) {
    this.#items = items;
    this.#call = call;
  }

  /**
   * Begins the body of a generator: metadata that it answers before its first `await` goes with the result, which is
   * not sent yet. There is always room for a first item.
   */
  begin(): void {
    if (Object.prototype.toString.call(this.#items) !== "[object AsyncGenerator]") return;
    this.#first = this.next();
    // The reader of the stream gets the error, if there is a reader.
    this.#first.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#first !== null) {
      const first = this.#first;
      this.#first = null;
      return first;
    }
    const ambient = following();
    return ambient === null ? this.#next() : ambient.run(this.#call, () => this.#next());
  }

  #next(): Promise<IteratorResult<unknown>> {
    if (this.#iterator !== null) return this.#iterator.next();
    const before = enter(this.#call);
    try {
      this.#iterator = this.#items[Symbol.asyncIterator]();
      return this.#iterator.next();
    } finally {
      leave(before);
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#iterator ??= this.#items[Symbol.asyncIterator]();
    const iterator = this.#iterator;
    const ambient = following();
    await (ambient === null ? iterator.return?.() : ambient.run(this.#call, () => iterator.return?.()));
    return { value: undefined, done: true };
  }
}

/**
 * Whether something can be awaited: a native promise or another thing that behaves like one. Asking may run user code.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
