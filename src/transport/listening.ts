// The transport: one listening socket of the platform, for the media that have one.

import { createServer, type ListenOptions, type Server } from "node:net";
import { fromSystem } from "../socket/system-error.ts";
import { type Accepted, landOn } from "./landing.ts";

/** How many connections the kernel holds before they are accepted. */
const backlog = 511;

/** Listens; errors are those of the system, translated. Sockets come paused, half-open allowed, without delay. */
export async function listenOn(options: ListenOptions, what: string, accepted: Accepted): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) =>
    accepted(socket, null),
  );
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => reject(fromSystem(error, `listening on ${what}`));
    server.once("error", failed);
    server.listen({ backlog, ...options }, () => {
      server.removeListener("error", failed);
      landOn(server, accepted);
      // Later errors are of single accepts (no descriptors left): the next connection may work again.
      server.on("error", () => {});
      resolve();
    });
  });
  return server;
}

/** Stops listening, without waiting for connections that are open. */
export function stopListening(servers: readonly Server[]): void {
  for (const server of servers) server.close();
}
