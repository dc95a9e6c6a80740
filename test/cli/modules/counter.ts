// Served by the suite of `upcall bench`: it knows how often it was called, and says so of the first time.
import { defineInterface, implement, method } from "upcall";

const Counter = defineInterface("Counter", {
  next: method<(...ignored: unknown[]) => number>({ plain: "value" }),
  /** Throws at each third call, and returns at the others. */
  mixed: method<() => string>({ timeout: 5_000 }),
});

let count = 0;

export default implement(Counter, {
  next() {
    count++;
    if (count === 1) process.stdout.write("first call\n");
    return count;
  },
  mixed() {
    count++;
    if (count % 3 === 0) throw new RangeError("the third one");
    return "well";
  },
});
