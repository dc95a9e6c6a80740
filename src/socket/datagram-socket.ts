// Sockets: Node's callbacks for datagrams, as promises with the errors of this library. It keeps no state.
import { createSocket, type Socket } from "node:dgram";
import { notExecuted, type UpcallError } from "../errors.ts";
import { type Address, spell } from "./address.ts";
import { fromSystem } from "./system-error.ts";

/**
 * Opens a socket on the first of the addresses that this machine can use.
 *
 * @param only for an IPv6 address: whether IPv4 is kept out
 */
export async function openOn(addresses: readonly Address[], only: boolean): Promise<Socket> {
  let failure: UpcallError = notExecuted("INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", "there is no address to bind to");
  for (const address of addresses) {
    const socket = createSocket(
      address.family === "ipv6" ? { type: "udp6", ipv6Only: only || address.host !== "::" } : { type: "udp4" },
    );
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject).once("listening", resolve);
        socket.bind({ address: address.host, port: address.port, exclusive: true });
      });
      return socket;
    } catch (error) {
      socket.close();
      failure = fromSystem(error, `binding to ${spell(address)}`);
      if (failure.reason !== "ADDRESS_NOT_USABLE") throw failure;
    }
  }
  throw failure;
}

/** Whether a socket with this address can reach both families. */
export function everyAddress(own: Address): boolean {
  return own.host === "::";
}

/** The host as this socket's family writes it: a socket for both families writes IPv4 addresses in the form of IPv6. */
function written(socket: Socket, { host, family }: Address): string {
  return family === "ipv4" && socket.address().family === "IPv6" ? `::ffff:${host}` : host;
}

export function connectTo(socket: Socket, to: Address): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.connect(to.port, written(socket, to), (error?: Error) => {
      if (error) reject(fromSystem(error, `connecting to ${spell(to)}`));
      else resolve();
    });
  });
}

/** Bytes of the largest datagram to an address: 65,535 without the headers that count into it. */
export function mostPayload({ family }: Address): number {
  return family === "ipv6" ? 65_527 : 65_507;
}

/**
 * Hands one datagram to the kernel.
 *
 * @param most bytes that fit into one
 * @param to   where to, or undefined for a connected socket
 * @param said where to, for the error's message
 */
export function transmit(
  socket: Socket,
  bytes: Uint8Array,
  most: number,
  to: Address | undefined,
  said: Address | undefined = to,
): Promise<void> {
  const what = said === undefined ? "sending" : `sending ${bytes.length} bytes to ${spell(said)}`;
  if (bytes.length > most) {
    const text = `${what} failed: a datagram carries at most ${most} bytes; send less at a time, or use TCP`;
    return Promise.reject(notExecuted("RESOURCE_EXHAUSTED", "TOO_LARGE", text));
  }
  return new Promise<void>((resolve, reject) => {
    // Without the callback a datagram that the kernel refuses would be lost without an error.
    const done = (error: Error | null): void => {
      if (error) reject(fromSystem(error, what));
      else resolve();
    };
    try {
      if (to === undefined) socket.send(bytes, done);
      else socket.send(bytes, to.port, written(socket, to), done);
    } catch (error) {
      reject(fromSystem(error, what));
    }
  });
}

export function closeDatagramSocket(socket: Socket): Promise<void> {
  return new Promise<void>((resolve) => {
    socket.close(() => resolve());
  });
}
