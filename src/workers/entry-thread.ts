// Workers, inside: where a worker thread begins. Its `parentPort` is left to the object's code: what we say goes by a port of
// our own.

import { workerData } from "node:worker_threads";
import { peerFrom } from "../peer.ts";
import { PortConnection } from "../transport/port.ts";
import { SharedProgress } from "./progress.ts";
import { type ThreadData, worthWaiting } from "./thread.ts";
import type { Tell, Word } from "./worker-contract.ts";
import { workOn } from "./worker-main.ts";

const { task, end, reports, progress, peer } = workerData as ThreadData;
// None of it is the object's.
for (const name of Object.keys(workerData as ThreadData)) delete (workerData as Record<string, unknown>)[name];
const report: Tell = (what, then) => {
  reports.postMessage(what);
  then?.();
};
const inside = await workOn(task, new SharedProgress(progress), report, (code) => process.exit(code));
inside?.begin(new PortConnection(end, peerFrom(peer), worthWaiting(task)));
reports.on("message", (word: Word | "drain") => (word === "drain" ? inside?.drain() : inside?.say(word)));
