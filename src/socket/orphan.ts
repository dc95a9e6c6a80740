// Sockets, inside a worker process, also one of a server of objects: ends it when the process that started it is gone.
// The event loop notices that by itself, but not while user code computes, so a thread watches. The thread costs some
// nine megabytes, so it starts only when there is something to compute.
import { Worker } from "node:worker_threads";

/** The process that started this one. It is read at the beginning: an orphan has another parent. */
const owner = process.ppid;
/** Milliseconds between two checks. */
const checkEveryMs = 500;

const code = `
const { workerData: { owner, checkEveryMs } } = require("node:worker_threads");
const never = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === owner) Atomics.wait(never, 0, 0, checkEveryMs);
process.kill(process.pid, "SIGKILL");
`;

let watched = false;

/** From now on this process ends within a second of its owner's end, whatever it does. May be called twice. */
export function endWithOwner(): void {
  if (watched) return;
  watched = true;
  try {
    const thread = new Worker(code, {
      eval: true,
      workerData: { owner, checkEveryMs },
      // Without the program's hooks, environment and options of node.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 1, stackSizeMb: 1 },
    });
    thread.unref();
    // Where no thread can be started, only the event loop notices the owner's end.
    thread.on("error", () => {});
  } catch {
    // As above.
  }
}
