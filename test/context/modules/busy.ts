// Loaded by workers: an object that keeps its thread busy, and counts what it is asked.
import { defineInterface, implement, method } from "upcall";

const Busy = defineInterface("Busy", { spin: method<(ms: number) => void>(), runs: method<() => number>() });

let runs = 0;

export default implement(Busy, {
  spin(ms) {
    const end = performance.now() + ms;
    while (performance.now() < end);
  },
  runs: () => ++runs,
});
