// One of the two servers, in a process of its own: it shuts down gracefully when it is told to.
import { serve } from "upcall";
import { Counter } from "./counter.ts";

const server = await serve(Counter, { square: (value) => value * value }, process.argv[2] ?? "tcp://localhost:0");
process.send?.(server.url);
process.on("SIGTERM", () => {
  // Callers are sent to the other server, running calls may finish, and then the process ends.
  void server.close().then(() => process.disconnect());
});
