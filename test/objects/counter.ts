// What the tests of objects that are made for connections and calls serve, here and in workers.
import { appendFileSync } from "node:fs";
import { defineInterface, method, type ObjectContext } from "upcall";

export const Counter = defineInterface("Counter", {
  /** How many calls of it this object has seen. */
  count: method<() => number>({ plain: "value" }),
  /** Whom the object was made for. */
  peer: method<() => string>(),
  /** Has the object write into a file when it is disposed of. */
  note: method<(file: string) => number>({ plain: "value" }),
  fail: method<() => void>(),
});

export class RealCounter {
  readonly #context: ObjectContext;
  #count = 0;
  #file = "";

  constructor(context: ObjectContext) {
    this.#context = context;
  }

  count(): number {
    return ++this.#count;
  }

  peer(): string {
    return this.#context.peer.toString();
  }

  note(file: string): number {
    this.#file = file;
    return ++this.#count;
  }

  fail(): void {
    throw new Error("no such luck");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not at once, so that whoever ends a server or a worker has to wait for it.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (this.#file !== "") appendFileSync(this.#file, `${this.#count} ${this.#context.signal.aborted}\n`);
  }
}

/** An interface that the plain wire carries. */
export const Line = defineInterface("Line", { add: method<(text: string) => string>() });

/** Gives everything that it was sent. */
export class RealLine {
  readonly #told: () => void;
  #text = "";

  constructor(told: () => void = () => {}) {
    this.#told = told;
  }

  add(text: string): string {
    this.#text += text;
    return this.#text;
  }

  [Symbol.dispose](): void {
    this.#told();
  }
}
