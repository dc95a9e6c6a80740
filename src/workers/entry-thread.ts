// Workers, inside: where a worker thread begins.

import { parentPort, workerData } from "node:worker_threads";
import { PortConnection } from "../transport/port.ts";
import type { Tell } from "./contract.ts";
import { workOn } from "./inside.ts";
import { SharedMarks } from "./marks.ts";
import { type ThreadData, worthWaiting } from "./thread.ts";

const { task, end, marks, peer } = workerData as ThreadData;
const report: Tell = (what, then) => {
  parentPort?.postMessage(what);
  then?.();
};
const inside = await workOn(task, new SharedMarks(marks), report, (code) => process.exit(code));
inside?.begin(new PortConnection(end, peer, worthWaiting(task)));
parentPort?.on("message", () => inside?.drain());
