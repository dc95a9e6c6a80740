// What both servers serve. The method is idempotent and says so: its calls may be made again.
import { defineInterface, method } from "upcall";

export const Counter = defineInterface("Counter", {
  square: method<(value: number) => number>({ idempotent: true }),
});
