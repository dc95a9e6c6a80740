// The transport: TCP. A server on a name listens on every address of the name with one port; a client tries them in turn.

import { lookup } from "node:dns/promises";
import { type AddressInfo, connect as connectSocket, isIP, type Server, type Socket } from "node:net";
import type { Connection } from "../connection.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import { fromSystem } from "../socket/system-error.ts";
import { listenOn, stopListening } from "./listening.ts";
import type { ConnectTerms, Listening, StreamMedium } from "./medium.ts";
import { StreamConnection } from "./stream.ts";
import { type Address, withPort } from "./url.ts";

/** With port 0 the first address picks a port that another address of the name may have in use; then we pick again. */
const portTries = 10;

export const tcp: StreamMedium = {
  async connect(address, terms) {
    const socket = await connected(address, terms);
    return new StreamConnection(socket, address.text);
  },

  async listen(address, accepted) {
    const hosts = await addressesOf(address);
    for (let tries = 1; ; tries++) {
      try {
        const servers = await listenOnAll(hosts, address, accepted);
        return listening(withPort(address, portOf(servers)), servers);
      } catch (error) {
        const inUse = error instanceof UpcallError && error.reason === "ADDRESS_IN_USE";
        if (!inUse || address.port !== 0 || tries === portTries) throw error;
      }
    }
  },
};

/** The one port that all addresses of the name have. */
function portOf(servers: readonly Server[]): number {
  return (servers[0]?.address() as AddressInfo | undefined)?.port ?? 0;
}

function listening(url: string, servers: readonly Server[]): Listening {
  return {
    url,
    async close() {
      stopListening(servers);
    },
  };
}

async function listenOnAll(
  hosts: readonly string[],
  address: Address,
  accepted: (connection: Connection, address: string) => void,
): Promise<Server[]> {
  const servers: Server[] = [];
  let port = address.port;
  let refused: unknown = null;
  const take = (socket: Socket): void => {
    const peer = peerOf(socket);
    accepted(new StreamConnection(socket, `${peer.host}:${peer.port}`), peer.host);
  };
  try {
    for (const host of hosts) {
      try {
        const server = await listenOn(
          { host, port, ipv6Only: host === "::" && hosts.length > 1 },
          `tcp://${host}:${port}`,
          take,
        );
        servers.push(server);
        port = (server.address() as AddressInfo).port;
      } catch (error) {
        // A name may have an address of a family that this machine lacks; the others will do.
        if (!(error instanceof UpcallError) || error.reason !== "ADDRESS_NOT_USABLE") throw error;
        refused = error;
      }
    }
  } catch (error) {
    stopListening(servers);
    throw error;
  }
  if (servers.length === 0) throw refused;
  return servers;
}

/** `*` is every address: one socket for both families where the machine has IPv6, else IPv4 alone. */
async function addressesOf({ host, text }: Address): Promise<string[]> {
  if (host === "*") return ["0.0.0.0", "::"];
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    throw fromSystem(error, text);
  }
}

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
    const failed = (error: Error): void => settle(fromSystem(error, what));
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
