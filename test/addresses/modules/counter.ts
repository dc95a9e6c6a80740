// A server of a fleet, in a process of its own. Prints its URL, and how many calls it ran when it was asked to end.

import { defineInterface, method, serve } from "upcall";

export const Counter = defineInterface("Counter", {
  square: method<(value: number) => number>({ idempotent: true }),
});

// Only where this file is the program, and not where its interface is imported.
if (process.argv[2] !== undefined && process.argv[1]?.endsWith("counter.js") === true) {
  let ran = 0;
  const real = {
    square: (value: number): number => {
      ran++;
      return value * value;
    },
  };
  const server = await serve(Counter, real, process.argv[2]);
  process.on("SIGTERM", () => {
    void server.close().then(() => {
      process.stdout.write(`${ran}\n`);
    });
  });
  process.stdout.write(`${server.url}\n`);
}
