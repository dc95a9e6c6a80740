// Workers, inside: where a worker thread begins. Its `parentPort` is left to the object's code: what we say goes by a port of
// our own.

import { workerData } from "node:worker_threads";
import { peerFrom } from "../peer.ts";
import { PortConnection } from "../transport/port.ts";
import type { Tell, Word } from "./contract.ts";
import { workOn } from "./inside.ts";
import { SharedMarks } from "./marks.ts";
import { type ThreadData, worthWaiting } from "./thread.ts";

const { task, end, reports, marks, peer } = workerData as ThreadData;
// None of it is the object's.
for (const name of Object.keys(workerData as ThreadData)) delete (workerData as Record<string, unknown>)[name];
const report: Tell = (what, then) => {
  reports.postMessage(what);
  then?.();
};
const inside = await workOn(task, new SharedMarks(marks), report, (code) => process.exit(code));
inside?.begin(new PortConnection(end, peerFrom(peer), worthWaiting(task)));
reports.on("message", (word: Word | "drain") => (word === "drain" ? inside?.drain() : inside?.say(word)));
