// Sockets: the one call that makes a socket, as in Berkeley's interface and in Python's `socket` module.
import { checkOptions, oneOfWords, type Shapes } from "../options.ts";
import type { Family } from "./address.ts";
import { badArgument } from "./refusals.ts";
import { TcpSocket } from "./tcp-socket.ts";
import { UdpSocket } from "./udp-socket.ts";

export interface SocketOptions {
  /**
   * The addresses that the socket keeps to: `ipv4` or `ipv6`, those of one family. With `any`, names are tried with
   * their IPv4 addresses first, and every address (`*`) is every one of both families. Default `any`.
   */
  readonly family?: Family | "any";
}

export const socketOptions: Shapes<SocketOptions> = { family: oneOfWords(["ipv4", "ipv6", "any"]) };

/**
 * Makes a socket. It has no address yet and holds nothing of the system: the next call is `bind` or `connect`.
 *
 * @param type `tcp` for a stream of bytes, `udp` for datagrams
 */
export function socket(type: "tcp", options?: SocketOptions): TcpSocket;
export function socket(type: "udp", options?: SocketOptions): UdpSocket;
export function socket(type: "tcp" | "udp", options: SocketOptions = {}): TcpSocket | UdpSocket {
  checkOptions("socket()", options, socketOptions);
  const { family = "any" } = options;
  if (type === "tcp") return new TcpSocket(family);
  if (type === "udp") return new UdpSocket(family);
  throw badArgument(`there is no type ${String(type)} of sockets here; use "tcp" or "udp"`);
}
