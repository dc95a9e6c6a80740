// Workers, inside: where a worker process begins. Its owner's death is its own.

import { type NetConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { localPeer, peerFrom } from "../peer.ts";
import { isSigned, type Signed, signedSend } from "../signed.ts";
import { endWithOwner } from "../socket/orphan.ts";
import { StreamConnection } from "../transport/stream.ts";
import { marksDescriptor, type Order, pipeDescriptor } from "./process.ts";
import { FileProgress } from "./progress.ts";
import type { Tell, Word } from "./worker-contract.ts";
import { type Inside, workOn } from "./worker-main.ts";

// Ctrl-C reaches every process of a terminal, and a stop every process of a system's unit; what they mean is for the
// owner to decide, who may want to let calls finish.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));

const send = signedSend(process);
/** By which our own messages are known: the first one brings it. */
let sign: string | null = null;
const report: Tell = (what, then) => send(sign ?? "", what, then);
/** Sockets may come while the modules are still being loaded. */
let inside: Inside | null = null;
let draining = false;
const early: StreamConnection[] = [];
const words: Word[] = [];

process.on("message", (came: unknown, socket: object | undefined) => {
  // Its owner says nothing else before.
  sign ??= (came as Signed<Order>).upcall;
  if (!isSigned(sign, came)) return;
  const order = came.message as Order;
  if ("task" in order) void begin(order);
  else if ("say" in order) {
    if (inside === null) words.push(order.say);
    else inside.say(order.say);
  } else if ("drain" in order || socket === undefined) {
    // Without a socket, too, there is nothing to do: it was closed before it could be sent, and no other will come.
    draining = true;
    inside?.drain();
  } else {
    report({ taken: true });
    const connection = new StreamConnection(opened(socket), peerFrom(order.peer), null, order.before);
    if (inside === null) early.push(connection);
    else inside.begin(connection);
  }
});

async function begin({ task }: Extract<Order, { task: unknown }>): Promise<void> {
  inside = await workOn(task, new FileProgress(marksDescriptor, endWithOwner), report, (code) => process.exit(code));
  if (inside === null) return;
  for (const word of words.splice(0)) inside.say(word);
  for (const connection of early.splice(0)) inside.begin(connection);
  if (draining) inside.drain();
  if (task.duty.name !== "upcalls") return;
  const pipe = pipeToOwner();
  pipe.pause();
  inside.begin(new StreamConnection(pipe, localPeer("owner")));
}

/** Bun makes a socket of a descriptor only by connecting one to it, which Node does not know; before, nothing was read from it. */
function pipeToOwner(): Socket {
  const { versions } = process;
  if (!("bun" in versions))
    return new Socket({ fd: pipeDescriptor, readable: true, writable: true, allowHalfOpen: true });
  return new Socket({ allowHalfOpen: true }).connect({ fd: pipeDescriptor } as unknown as NetConnectOpts);
}

/** A socket of what came: itself, or what it is made of, by the runtime. Who has said everything may still be answered. */
function opened(given: object): Socket {
  if (!(given instanceof Socket))
    return new Socket({ handle: given, allowHalfOpen: true, pauseOnCreate: true } as SocketConstructorOpts);
  given.allowHalfOpen = true;
  return given;
}
