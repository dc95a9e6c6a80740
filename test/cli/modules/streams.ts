// Streams for the command: one that ends, one that does not, one that fails, and one that is an argument.
import { defineInterface, implement, method, type Schema, stream, UpcallError } from "upcall";

const number: Schema<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => (typeof value === "number" ? { value } : { issues: [{ message: "is no number" }] }),
  },
};

const Numbers = defineInterface("Numbers", {
  upTo: method({ args: [number], returns: stream(number) }),
  forever: method({ args: [], returns: stream<{ index: number }>() }),
  fails: method({ args: [], returns: stream<number>() }),
  sum: method({ args: [stream<number>()], returns: number }),
  double: method({ args: [stream<number>()], returns: stream<number>() }),
  /** How many endless loops have ended. */
  ended: method<() => number>({ plain: "value" }),
});

let ended = 0;

export default implement(Numbers, {
  async *upTo(count) {
    for (let index = 0; index < count; index++) yield index;
  },

  async *forever() {
    try {
      for (let index = 0; ; index++) {
        yield { index };
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      ended++;
    }
  },

  async *fails() {
    yield 1;
    throw new UpcallError("DATA_LOSS", "there is no second one");
  },

  async sum(items) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },

  async *double(items) {
    for await (const item of items) yield item * 2;
  },

  ended: () => ended,
});
