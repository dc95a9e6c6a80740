// Sockets, inside a worker process, and those of a server of objects: ends it when whoever started it is gone. An event loop
// hears that by itself, but not while it computes: a thread looks after it, which costs some nine megabytes, and so is not
// started before there is something to compute.
import { Worker } from "node:worker_threads";

/** Who started this process: read when it begins, for an orphan has another parent. */
const owner = process.ppid;
/** Milliseconds between two looks. */
const look = 500;

const code = `
const { workerData: { owner, look } } = require("node:worker_threads");
const never = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === owner) Atomics.wait(never, 0, 0, look);
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
      workerData: { owner, look },
      // Nothing of the program's: its hooks, its environment, its options of node.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 1, stackSizeMb: 1 },
    });
    thread.unref();
    // Where there is no room for it, or it may not be, the event loop hears of its owner's end as ever.
    thread.on("error", () => {});
  } catch {
    // As above.
  }
}
