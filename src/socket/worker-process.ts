// Sockets: one worker process for one connection or one datagram, seen from the server. A connection's socket itself
// goes to the child, unread, so that no byte is lost; a datagram's replies come back and leave by the server's socket.
import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { discard, isSigned, type Signed } from "../signed.ts";
import type { Datagram } from "./datagram-queue.ts";
import { wrongState } from "./refusals.ts";
import { Running } from "./running-worker.ts";
import { type Connection, detach } from "./tcp-connection.ts";
import { type Assignment, carry, type FromWorker, type ToWorker } from "./worker-messages.ts";
import type { Reply } from "./worker-run.ts";

const entry = fileURLToPath(new URL("./process-entry.js", import.meta.url));

interface Started {
  readonly running: Running;
  readonly tell: (message: ToWorker) => void;
}

function signed(upcall: string, message: Assignment | ToWorker): Signed<Assignment | ToWorker> {
  return { upcall, message };
}

function start(assignment: Assignment, stream: Socket | undefined, told: (message: FromWorker) => void): Started {
  const child = fork(entry, [], { serialization: "advanced" });
  const sign = randomUUID();
  const running = new Running(() => {
    child.kill("SIGKILL");
  });
  const notStarted = (error: Error): void => {
    running.failed(error, "the worker process could not be started or told its work");
    stream?.destroy();
    child.kill("SIGKILL");
    if (child.pid === undefined) running.left("never started");
  };
  child.on("error", notStarted);
  child.once("spawn", () => {
    child.send(signed(sign, assignment), stream, {}, (error) => {
      if (error !== null) notStarted(error);
    });
  });
  child.on("message", (came: unknown, handle: unknown) => {
    // Messages of the module's own code have no receiver here.
    if (!isSigned(sign, came)) return discard(handle);
    const message = came.message as FromWorker;
    if (message.kind === "done" || message.kind === "failed") {
      running.reported(message.kind === "failed" ? message.error : undefined);
    } else told(message);
  });
  // Not `exit`, which may overtake the child's last messages. (Node has no `close` after a disconnect from this side.)
  child.once("close", (code, signal) => running.left(signal === null ? `exit code ${code}` : `signal ${signal}`));
  const tell = (message: ToWorker): void => {
    if (child.connected) child.send(signed(sign, message), () => undefined);
  };
  return { running, tell };
}

/** A process for a connection that has not been read; it leaves this process. */
export function processForConnection(module: string, connection: Connection): Running {
  const [own, other] = [connection.getsockname(), connection.getpeername()];
  const stream = detach(connection);
  if (!(stream instanceof Socket)) throw wrongState("only a connection with a socket of its own can go to a process");
  try {
    return start({ kind: "connection", module, own, other }, stream, () => undefined).running;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** A process for a datagram; its replies are sent by `reply`. */
export function processForDatagram(module: string, { message, address }: Datagram, reply: Reply): Running {
  const { running, tell } = start({ kind: "datagram", module, message, address }, undefined, (asked) => {
    if (asked.kind !== "reply") return;
    reply(asked.bytes).then(
      () => tell({ kind: "replied", id: asked.id }),
      (error: unknown) => tell({ kind: "replied", id: asked.id, error: carry(error) }),
    );
  });
  return running;
}
