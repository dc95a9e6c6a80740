// Sockets: one worker thread for one connection or one datagram, seen from the server. For a connection it relays the
// bytes both ways by the connection's own calls, one chunk at a time each way, so that back-pressure goes through.
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Datagram } from "./datagram-queue.ts";
import { Running } from "./running-worker.ts";
import type { Connection } from "./tcp-connection.ts";
import { type Assignment, type CarriedError, carry, type FromWorker, type ToWorker } from "./worker-messages.ts";
import type { Reply } from "./worker-run.ts";

const entry = new URL("./thread-entry.js", import.meta.url);

/** @param told called with what the thread asks for; its reports and its end are handled here */
function start(assignment: Assignment, told: (message: FromWorker, port: MessagePort) => void): Running {
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(entry, { workerData: { assignment, port: port2 }, transferList: [port2] });
  const stop = (): void => {
    // Settles with the exit event, which is awaited below.
    worker.terminate().catch(() => undefined);
  };
  const running = new Running(stop);
  port.on("message", (message: FromWorker) => {
    if (message.kind === "done" || message.kind === "failed") {
      running.reported(message.kind === "failed" ? message.error : undefined);
      stop();
    } else told(message, port);
  });
  worker.once("error", (error) => running.failed(error, "the worker thread died of an uncaught error"));
  worker.once("exit", (code) => {
    port.close();
    running.left(`exit code ${code}`);
  });
  return running;
}

function post(port: MessagePort, message: ToWorker, transfer: ArrayBufferLike[] = []): void {
  port.postMessage(
    message,
    transfer.filter((buffer) => buffer instanceof ArrayBuffer),
  );
}

function outcome(call: Promise<void>): Promise<CarriedError | undefined> {
  return call.then(() => undefined, carry);
}

async function relay(connection: Connection, message: FromWorker, port: MessagePort): Promise<void> {
  if (message.kind === "want") {
    try {
      const bytes = await connection.recv();
      post(port, { kind: "received", bytes }, [bytes.buffer]);
    } catch (error) {
      post(port, { kind: "broken", error: carry(error) });
    }
  } else if (message.kind === "send") {
    post(port, { kind: "sent", error: await outcome(connection.send(message.bytes)) });
  } else if (message.kind === "shutdown") {
    post(port, { kind: "sent", error: await outcome(connection.shutdown()) });
  } else if (message.kind === "close") {
    await connection.close();
  }
}

/** A thread for a connection, which is closed when the thread is gone. */
export function threadForConnection(module: string, connection: Connection): Running {
  const [own, other] = [connection.getsockname(), connection.getpeername()];
  const close = (): Promise<void> => connection.close();
  try {
    const running = start({ kind: "connection", module, own, other }, (message, port) => {
      relay(connection, message, port).catch(() => undefined);
    });
    running.gone.then(close, close).catch(() => undefined);
    return running;
  } catch (error) {
    close().catch(() => undefined);
    throw error;
  }
}

/** A thread for a datagram; its replies are sent by `reply`. */
export function threadForDatagram(module: string, { message, address }: Datagram, reply: Reply): Running {
  return start({ kind: "datagram", module, message, address }, (asked, port) => {
    if (asked.kind !== "reply") return;
    const { id } = asked;
    outcome(reply(asked.bytes)).then(
      (error) => post(port, { kind: "replied", id, error }),
      () => undefined,
    );
  });
}
