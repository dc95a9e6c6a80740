// Loaded by workers, and served inline by the same suite. A promise of an object is as good as the object.
import { implement } from "upcall";
import { Clock, RealClock } from "../clock.ts";
import { Counter, RealCounter } from "../counter.ts";

export default [
  implement(Counter, async (context) => new RealCounter(context), { per: "call" }),
  implement(Clock, () => new RealClock(), { per: "call" }),
];
