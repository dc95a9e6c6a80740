// Sockets: where a worker thread starts. It is told its assignment and a port, enters the user's module, and reports.
import { type MessagePort, workerData } from "node:worker_threads";
import { RelayedStream } from "./relayed-stream.ts";
import { Connection } from "./tcp-connection.ts";
import { type Assignment, carry, type FromWorker, type ToWorker } from "./worker-messages.ts";
import { Replies } from "./worker-replies.ts";
import { enter, enterWithConnection } from "./worker-run.ts";

const { assignment, port }: { readonly assignment: Assignment; readonly port: MessagePort } = workerData;
// The module must not see any of it.
for (const name of Object.keys(workerData)) delete workerData[name];
const post = (message: FromWorker): void => port.postMessage(message);

async function work(): Promise<void> {
  if (assignment.kind === "connection") {
    const connection = new Connection(new RelayedStream(port), assignment.own, assignment.other);
    return enterWithConnection(assignment.module, connection);
  }
  const replies = new Replies(post);
  port.on("message", (message: ToWorker) => replies.told(message));
  return enter(assignment.module, [assignment.message, assignment.address, replies.reply]);
}

/** A thread's output goes through its parent; what was printed must have left before the parent ends the thread. */
function printed(): Promise<void> {
  return new Promise<void>((resolve) => {
    process.stdout.write("", () => process.stderr.write("", () => resolve()));
  });
}

let report: FromWorker = { kind: "done" };
try {
  await work();
} catch (error) {
  report = { kind: "failed", error: carry(error) };
}
await printed();
// The server ends the thread when it has this message. The thread does not exit by itself, because its exit could
// overtake the message.
post(report);
