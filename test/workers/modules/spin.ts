// A module for a pool: an upcall that keeps its thread busy, and tells for how long it did.
import { defineInterface, implement, method } from "upcall";

export const Spin = defineInterface("Spin", {
  /** Gives the milliseconds that it took. */
  spin: method<(ms: number) => number>(),
});

export default implement(Spin, {
  spin(ms) {
    const began = performance.now();
    while (performance.now() - began < ms);
    return performance.now() - began;
  },
});
