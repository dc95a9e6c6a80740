// Sockets: where a worker process starts. The server sends it its assignment and, for a connection, the accepted socket
// itself. It enters the user's module, reports and ends. It also ends when the server dies.
import { Socket } from "node:net";
import { isSigned, type Signed, signedSend } from "../signed.ts";
import { owned } from "./bytes.ts";
import { endWithOwner } from "./orphan.ts";
import { closed } from "./refusals.ts";
import { Connection } from "./tcp-connection.ts";
import { type Assignment, carry, type FromWorker, type ToWorker } from "./worker-messages.ts";
import { Replies } from "./worker-replies.ts";
import { enter, enterWithConnection } from "./worker-run.ts";

const send = signedSend(process);
/** The sign by which the server's messages are known. The first message brings it. */
let sign = "";
const post = (message: FromWorker): void => send(sign, message);

async function work(assignment: Assignment, stream: unknown): Promise<void> {
  endWithOwner();
  if (assignment.kind === "connection") {
    // The connection broke before it could be handed over.
    if (!(stream instanceof Socket)) throw closed("the handing over of the connection");
    // Node closes this side when the peer ends its side. Here `run` decides that.
    stream.allowHalfOpen = true;
    return enterWithConnection(assignment.module, new Connection(stream, assignment.own, assignment.other));
  }
  const replies = new Replies(post);
  process.on("message", (came: unknown) => {
    if (isSigned(sign, came)) replies.told(came.message as ToWorker);
  });
  return enter(assignment.module, [owned(assignment.message), assignment.address, replies.reply]);
}

// Ctrl-C reaches every process of the terminal; the server ends this one itself.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
process.once("message", (came: Signed<Assignment>, stream: unknown) => {
  sign = came.upcall;
  const end = (report: FromWorker): void => send(sign, report, () => process.exit());
  work(came.message, stream).then(
    () => end({ kind: "done" }),
    (error: unknown) => end({ kind: "failed", error: carry(error) }),
  );
});
