// The transport: TCP. A server on a name listens on every address of the name with one port; a client tries them in turn.

import { type AddressInfo, connect as connectSocket, type Server, type Socket } from "node:net";
import { notExecuted } from "../errors.ts";
import { fromSystem } from "../socket/system-error.ts";
import { listenOn, stopListening } from "./listening.ts";
import type { ConnectTerms, StreamMedium } from "./medium.ts";
import { addressesOf, openEvery } from "./names.ts";
import { StreamConnection } from "./stream.ts";
import { type Address, withPort } from "./url.ts";

export const tcp: StreamMedium = {
  async connect(address, terms) {
    const socket = await connected(address, terms);
    return new StreamConnection(socket, address.text);
  },

  async listen(address, accepted) {
    const take = (socket: Socket): void => {
      const peer = peerOf(socket);
      accepted(new StreamConnection(socket, `${peer.host}:${peer.port}`), peer.host);
    };
    const { opened: servers, port } = await openEvery<Server>(await addressesOf(address), address.port, {
      open: (host, wanted, ipv6Only) => listenOn({ host, port: wanted, ipv6Only }, `tcp://${host}:${wanted}`, take),
      port: (server) => (server.address() as AddressInfo).port,
      close: stopListening,
    });
    return {
      url: withPort(address, port),
      async close() {
        stopListening(servers);
      },
    };
  },
};

async function connected(address: Address, terms: ConnectTerms): Promise<Socket> {
  const socket = connectSocket({
    host: address.host === "*" ? "localhost" : address.host,
    port: address.port,
    allowHalfOpen: true,
    noDelay: true,
  });
  socket.pause();
  return await opened(socket, address.text, terms);
}

/** Waits until a socket is connected; whatever goes wrong before then leaves nothing behind. */
export async function opened(socket: Socket, what: string, terms: ConnectTerms): Promise<Socket> {
  const { signal, timeout } = terms;
  return await new Promise<Socket>((resolve, reject) => {
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
      socket.removeListener("error", failed);
      if (error === null) return resolve(socket);
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const failed = (error: Error): void => settle(fromSystem(error, `connecting to ${what}`));
    const aborted = (): void =>
      settle(notExecuted("CANCELLED", "ABORTED", `connecting to ${what} was cancelled by its signal`, signal?.reason));
    const timer = setTimeout(
      () =>
        settle(
          notExecuted(
            "UNAVAILABLE",
            "TIMEOUT",
            `${what} did not answer within ${timeout} ms: is the address right, and does a firewall let it through?`,
          ),
        ),
      timeout,
    );
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted, { once: true });
    socket.once("error", failed);
    socket.once("connect", () => settle(null));
  });
}

/** IPv4 addresses of a socket for both families come as `::ffff:1.2.3.4`. */
function peerOf(socket: Socket): { host: string; port: number } {
  return { host: (socket.remoteAddress ?? "unknown").replace(/^::ffff:(?=\d+\.)/, ""), port: socket.remotePort ?? 0 };
}
