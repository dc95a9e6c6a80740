// Workers: a thread. It gets its bytes over a message port and its marks in shared memory; ending it ends even an
// endless loop.

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { localPeer, type Peer, type PeerData, peerData } from "../peer.ts";
import { PortConnection, type PortEnd, portEnds } from "../transport/port.ts";
import { endedEarly } from "./lost-workers.ts";
import { SharedProgress } from "./progress.ts";
import { readiness } from "./readiness.ts";
import { cannotLoad } from "./start-time.ts";
import { type Ending, type Heard, isReport, type WorkerHandle, type WorkerTask } from "./worker-contract.ts";

/** What the thread's entry finds as its `workerData`. */
export interface ThreadData {
  readonly task: WorkerTask;
  readonly end: PortEnd;
  /** For what the worker reports, and what it is told. Its `parentPort` is the object's own. */
  readonly reports: MessagePort;
  readonly progress: SharedArrayBuffer;
  /** Who is at the other end of the session, as the object's code may ask. */
  readonly peer: PeerData;
}

/** The exit code of node where a module awaits at its top what nothing can settle any more. */
const unsettled = 13;

/** An end of the port with less than this unsent need not be told when it was taken: no session looks for less. */
export function worthWaiting({ limits }: WorkerTask): number {
  return Math.min(limits.piece, limits.unsentPause);
}

/** @param heard told of messages that the object's own code sends */
export function startThread(task: WorkerTask, peer: Peer, heard: Heard): WorkerHandle {
  const { port1, port2 } = new MessageChannel();
  const { port1: reports, port2: reporting } = new MessageChannel();
  const [here, there] = portEnds(port1, port2);
  const progress = new SharedProgress();
  const data: ThreadData = { task, end: there, reports: reporting, progress: progress.memory, peer: peerData(peer) };
  const worker = new Worker(new URL("./entry-thread.js", import.meta.url), {
    workerData: data,
    transferList: [port2, reporting],
  });
  const name = `worker thread ${worker.threadId}`;
  const end = async (): Promise<void> => {
    await worker.terminate();
  };
  const ready = readiness(task, name, () => void end());
  const take = (report: unknown): void => {
    if (isReport(report) && !("taken" in report)) ready.take(report);
  };
  let thrown: Ending["thrown"] = null;
  const gone = new Promise<Ending>((resolve) => {
    worker.on("error", (error) => {
      thrown = { error };
    });
    worker.on("exit", (code) => {
      // Its exit may overtake what it reported last.
      for (let last = receiveMessageOnPort(reports); last !== undefined; last = receiveMessageOnPort(reports))
        take(last.message);
      reports.close();
      const how = thrown === null ? `exited with code ${code}` : "died of an error that nothing in it caught";
      const ending = { name, how, thrown };
      ready.fail(code === unsettled ? cannotLoad(task.modules) : endedEarly(ending));
      resolve(ending);
    });
  });
  reports.on("message", take);
  worker.on("message", (message: unknown) => heard(message, name));
  return {
    name,
    connection: new PortConnection(here, localPeer(name), worthWaiting(task)),
    progress,
    ready: ready.promise,
    counted: ready.counted,
    listener: ready.listener,
    say: (word) => reports.postMessage(word),
    gone,
    give: null,
    drain: () => reports.postMessage("drain"),
    end,
  };
}
