// What both servers serve. Squaring twice is squaring once: such a method says so, and its calls may be made again.
import { defineInterface, method } from "upcall";

export const Counter = defineInterface("Counter", {
  square: method<(value: number) => number>({ idempotent: true }),
});
