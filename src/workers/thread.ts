// Workers: a thread. It gets its bytes over a message port and its marks in shared memory; ending it ends even an
// endless loop.

import { MessageChannel, Worker } from "node:worker_threads";
import { UpcallError } from "../errors.ts";
import { PortConnection, type PortEnd, portEnds } from "../transport/port.ts";
import type { Report, WorkerHandle, WorkerTask } from "./contract.ts";
import { SharedMarks } from "./marks.ts";
import { readiness } from "./readiness.ts";

/** What the thread's entry finds as its `workerData`. */
export interface ThreadData {
  readonly task: WorkerTask;
  readonly end: PortEnd;
  readonly marks: SharedArrayBuffer;
  /** Who is at the other end of the session, as the object's code may ask. */
  readonly peer: string;
}

/** An end of the port with less than this unsent need not be told when it was taken: no session looks for less. */
export function worthWaiting({ limits }: WorkerTask): number {
  return Math.min(limits.piece, limits.unsentPause);
}

export function startThread(task: WorkerTask, peer: string): WorkerHandle {
  const { port1, port2 } = new MessageChannel();
  const [here, there] = portEnds(port1, port2);
  const marks = new SharedMarks();
  const data: ThreadData = { task, end: there, marks: marks.memory, peer };
  const worker = new Worker(new URL("./entry-thread.js", import.meta.url), { workerData: data, transferList: [port2] });
  const name = `worker thread ${worker.threadId}`;
  let cause: unknown = null;
  const ready = readiness();
  const gone = new Promise<string>((resolve) => {
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (code) => {
      const how =
        cause === null
          ? `exited with code ${code}`
          : `died of ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "an error"}`;
      ready.fail(
        new UpcallError("UNAVAILABLE", `${name} ${how} before it was ready`, {
          reason: "WORKER_LOST",
          outcome: "not-executed",
          cause,
        }),
      );
      resolve(`${name} ${how}`);
    });
  });
  worker.on("message", (report: Report) => {
    if (!("taken" in report)) ready.take(report);
  });
  return {
    name,
    connection: new PortConnection(here, name, worthWaiting(task)),
    marks,
    ready: ready.promise,
    counted: ready.counted,
    gone,
    give: null,
    drain: () => worker.postMessage("drain"),
    async end() {
      await worker.terminate();
    },
  };
}
