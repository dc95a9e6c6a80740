// Run in a process of its own, with --expose-gc: one end of many connections, either upcall's or Node's own sockets with
// nothing on them. `rest.js callee|caller upcall|raw [where]`. Does what it is told and says what it weighs.

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { open, type ProxyOf, serve } from "upcall";
import { many, object, Subject, text } from "./subject.ts";

/** What the test is sent: where the callee listens, and what the process holds. */
export interface Weight {
  readonly where: string;
  readonly heap: number;
  readonly resident: number;
}

const [side = "", kind = "", where = ""] = process.argv.slice(2);
/** Kept, so that nothing is collected that a program would hold. */
const held: unknown[] = [];
let address = where;
if (side === "callee") address = kind === "upcall" ? await upcallServer() : await rawServer();

/** A number: opens so many more. `"all"`: makes a call on each that is open, all at once. */
process.on("message", (told: number | "all") => void (told === "all" ? calledAll() : opened(told)));
process.on("disconnect", () => process.exit(0));
weigh();

async function opened(count: number): Promise<void> {
  for (let made = 0; made < count; made += 50)
    held.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, () => (kind === "upcall" ? upcallConnection() : rawConnection())),
      )),
    );
  weigh();
}

async function calledAll(): Promise<void> {
  const replies = await Promise.all(
    (held as (readonly [unknown, ProxyOf<typeof Subject>])[]).map(([, proxy], at) => proxy.echo(`${at} ${text}`)),
  );
  const right = replies.filter((reply, at) => reply === `${at} ${text}`).length;
  process.send?.(right);
}

function weigh(): void {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const weight: Weight = { where: address, heap: heapUsed + external, resident: rss };
  process.send?.(weight);
}

async function upcallServer(): Promise<string> {
  const server = await serve([object()], "tcp://127.0.0.1:0", { limits: many });
  held.push(server);
  return server.url;
}

async function rawServer(): Promise<string> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    held.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => socket.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return String((server.address() as AddressInfo).port);
}

/** One call was made on it, so that whatever is made late is there. */
async function upcallConnection(): Promise<unknown> {
  const connection = await open(address);
  const proxy = connection.proxy(Subject);
  if ((await proxy.echo(text)) !== text) throw new Error("a reply is not what it should be");
  return [connection, proxy];
}

async function rawConnection(): Promise<Socket> {
  const socket = connect({ port: Number(address), host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  socket.on("error", () => {});
  await new Promise<void>((resolve) => {
    socket.on("data", () => resolve());
    socket.write(text);
  });
  return socket;
}
