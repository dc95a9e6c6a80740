// The interface of streams that is served over every medium by every worker model.

import { defineInterface, method, type Schema, stream } from "upcall";

/** Whole numbers; ten times what was given comes out, so that a test sees whether it was checked, and once only. */
const tenfold: Schema<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      Number.isInteger(value) ? { value: Number(value) * 10 } : { issues: [{ message: "is no whole number" }] },
  },
};

export const Channelled = defineInterface("Channelled", {
  /** Counts up to a number; its end is remembered by a name. */
  count: method({ args: [plain<number>(), plain<string>()], returns: stream<number>() }),
  sum: method({ args: [stream<number>()], returns: plain<number>() }),
  double: method({ args: [stream<number>(), plain<string>()], returns: stream<number>() }),
  large: method({ args: [plain<number>(), plain<number>()], returns: stream<Uint8Array>() }),
  fails: method({ args: [], returns: stream<number>() }),
  checked: method({ args: [stream(tenfold)], returns: stream(tenfold) }),
  readable: method({ args: [], returns: stream<number>() }),
  /** Gives an item and never another one. */
  silent: method({ args: [plain<string>()], returns: stream<number>() }),
  /** Ends its worker. */
  exit: method<() => void>(),
  /** Fulfilled when the loop of that name has ended. */
  ended: method<(name: string) => string>(),
});

/** For a place whose type only the compiler looks at. */
function plain<T>(): Schema<T> {
  return { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as T }) } };
}
