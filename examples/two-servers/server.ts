// One of the two servers, in a process of its own: it ends in good order when it is told to.
import { serve } from "upcall";
import { Counter } from "./counter.ts";

const server = await serve(Counter, { square: (value) => value * value }, process.argv[2] ?? "tcp://localhost:0");
process.send?.(server.url);
process.on("SIGTERM", () => {
  // Callers are told to call elsewhere, what runs may finish, and then there is nothing left to live for.
  void server.close().then(() => process.disconnect());
});
