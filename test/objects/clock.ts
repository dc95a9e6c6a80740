// An interface whose method gives a stream, and an object that writes into a file when it is disposed of.
import { appendFileSync } from "node:fs";
import { defineInterface, method, type Schema, stream } from "upcall";

/** Lets everything through: what is data is checked elsewhere. */
function any<T>(): Schema<T> {
  return { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as T }) } };
}

/** So late that each item has nine bytes. */
export const epoch = 2 ** 40;

export const Clock = defineInterface("Clock", {
  /** @param count how many, from {@link epoch} on; fails after the first one when it is negative */
  ticks: method({ args: [any<string>(), any<number>()], returns: stream<number>() }),
});

export class RealClock {
  #file = "";

  async *ticks(file: string, count: number): AsyncGenerator<number> {
    this.#file = file;
    yield epoch;
    if (count < 0) throw new Error("out of time");
    for (let tick = 1; tick < count; tick++) yield epoch + tick;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    appendFileSync(this.#file, "disposed");
  }
}
