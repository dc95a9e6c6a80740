// A worker that hangs: a method runs into an endless loop. Its caller gets an error at its deadline. The worker gets a
// second more, is ended and replaced, and the next call finds a new one. The server's own thread is never blocked.
import { close, connect, serve, UpcallError, within } from "upcall";
import { nothingFrom } from "../arguments.ts";
import { Puzzle } from "./real-puzzle.ts";

nothingFrom("worker-that-hangs");

const server = await serve(Puzzle, new URL("./real-puzzle.js", import.meta.url), "tcp://localhost:0", {
  workers: "threads:1",
});
const puzzle = await connect(Puzzle, server.url);

console.log(`one piece: ${await puzzle.solve(1)} way`);
try {
  await within(puzzle, { timeout: 200 }).solve(0);
} catch (error) {
  if (error instanceof UpcallError) console.log(`no pieces: ${error.code}, ${error.outcome}`);
}
// It waits until the hanging worker was ended and another one has begun. Nothing of it ran in the first one.
console.log(`three pieces: ${await patiently(() => puzzle.solve(3))} ways`);
console.log(`workers ended: ${server.counters().workersEnded}, lost: ${server.counters().workersLost}`);

await close(puzzle);
await server.close();

/** Where all workers are busy for longer than a call may wait in the queue, it did not run, and may be made again. */
async function patiently(call: () => Promise<number>): Promise<number> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof UpcallError) || error.outcome !== "not-executed") throw error;
    }
  }
}
