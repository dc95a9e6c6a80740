// The transport: UDP, one datagram at a time. A server has a socket for each address of its name; a caller takes a
// fresh connected one for each call, so that no late reply is ever taken for another call's.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv4 } from "node:net";
import type { Connection, ConnectionEvents, ConnectionTraits } from "../connection.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { aBoolean, type OptionDeclarations } from "../options.ts";
import { networkPeer, type Peer } from "../peer.ts";
import { addressOf, resolve } from "../socket/address.ts";
import { fromSystem } from "../socket/system-error.ts";
import { addressesOf, openEvery } from "./host-names.ts";
import type { ConnectTerms, DatagramEvents, DatagramMedium, Listener } from "./medium.ts";
import { type HostPlace, hostPlace, withPort } from "./place.ts";

/** What only udp: knows. */
export interface UdpOptions {
  /**
   * Danger: any host can forge the sender of a datagram. Lets udp: be served on addresses that other machines reach.
   * Default false.
   */
  readonly insecure?: boolean | undefined;
}

/**
 * It listens on every address of a name. As senders may be false, addresses that others than this machine reach are
 * refused unless `insecure` is said: INVALID_ARGUMENT (BAD_OPTION).
 */
export const udp: DatagramMedium<"udp", HostPlace> = {
  scheme: "udp",
  shape: "datagram",
  traits: {},
  options: { insecure: { at: ["serve"], shape: aBoolean } } satisfies OptionDeclarations<UdpOptions>,
  parse: hostPlace,
  connect: connectDatagrams,
  listen: (at, { options, datagrams }) => listenForDatagrams(at, options["insecure"] === true, datagrams),
};

async function listenForDatagrams(at: HostPlace, insecure: boolean, events: DatagramEvents): Promise<Listener> {
  const hosts = await addressesOf(at);
  const open = hosts.find((host) => !isLoopback(host));
  if (open !== undefined && !insecure)
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_OPTION",
      `${at.url} can be reached from other machines (${open}), and plain datagrams prove nothing about their sender: serve on localhost, use tcp:, or say insecure: true`,
    );
  const { opened: sockets, port } = await openEvery<Socket>(hosts, at.port, {
    open: (host, wanted, ipv6Only) => bound(host, wanted, ipv6Only),
    port: (socket) => socket.address().port,
    close: closeAll,
  });
  const sending = new Sending(events);
  for (const socket of sockets) {
    // Errors of single replies: no program listens any more where one was sent.
    socket.on("error", () => events.dropped());
    socket.on("message", (bytes, from) => {
      const { host } = addressOf(from.address, from.port);
      events.received(plain(bytes), networkPeer(host, from.port, `${host}:${from.port}`), (reply) =>
        sending.send(socket, reply, from),
      );
    });
  }
  return {
    url: withPort(at, port),
    async close() {
      await sending.done();
      closeAll(sockets);
    },
  };
}

/**
 * A socket connected to the first address of a name, IPv4 first. Its `write` sends one datagram, `received` is told of
 * one, and `closed` of what the network says: that no program listens there.
 *
 * @throws UpcallError UNAVAILABLE (NAME_NOT_RESOLVED), CANCELLED, all `not-executed`
 */
async function connectDatagrams({ host, port, url }: HostPlace, { signal }: ConnectTerms): Promise<Connection> {
  const [to] = await resolve({ host: host === "*" ? "localhost" : host, port }, "any", `connecting to ${url}`, signal);
  if (to === undefined) throw fromSystem({ code: "ENOTFOUND" }, `connecting to ${url}`);
  const socket = createSocket(to.family === "ipv6" ? "udp6" : "udp4");
  try {
    await new Promise<void>((done, failed) => {
      socket.connect(to.port, to.host, (error?: Error | null) => (error ? failed(error) : done()));
    });
  } catch (error) {
    socket.close();
    throw fromSystem(error, `connecting to ${url}`);
  }
  return new DatagramConnection(socket, networkPeer(to.host, to.port, url));
}

class DatagramConnection implements Connection {
  readonly traits: Partial<ConnectionTraits> = {};
  readonly peer: Peer;
  /** The kernel takes a datagram or refuses it; nothing waits. */
  readonly unsent = 0;
  readonly #socket: Socket;
  #events: ConnectionEvents | null = null;
  #over = false;

  constructor(socket: Socket, peer: Peer) {
    this.#socket = socket;
    this.peer = peer;
    socket.on("error", (error) => this.#close(fromSystem(error, `sending to ${peer}`)));
    socket.on("message", (bytes) => {
      if (!this.#over) this.#events?.received(plain(bytes));
    });
  }

  start(events: ConnectionEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over) return true;
    // Without the callback a datagram that the kernel refuses would be lost in silence.
    this.#socket.send(bytes, (error) => {
      if (this.#over) return;
      if (error === null) this.#events?.drained();
      else this.#close(fromSystem(error, `sending to ${this.peer}`));
    });
    return false;
  }

  pause(): void {}

  resume(): void {}

  end(): void {}

  destroy(): void {
    this.#close(null);
  }

  #close(error: UpcallError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.close(() => this.#events?.closed(error));
  }
}

async function bound(host: string, port: number, ipv6Only: boolean): Promise<Socket> {
  const socket = createSocket(isIPv4(host) ? { type: "udp4" } : { type: "udp6", ipv6Only });
  try {
    await new Promise<void>((done, failed) => {
      socket.once("error", failed);
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.removeListener("error", failed);
        done();
      });
    });
    return socket;
  } catch (error) {
    socket.close();
    throw fromSystem(error, `listening on udp://${host}:${port}`);
  }
}

/** Replies on their way to the kernel: a socket that is closed meanwhile would lose them in silence. */
class Sending {
  readonly #events: DatagramEvents;
  #count = 0;
  #idle: () => void = () => {};

  constructor(events: DatagramEvents) {
    this.#events = events;
  }

  send(socket: Socket, reply: Uint8Array, to: RemoteInfo): void {
    this.#count++;
    try {
      socket.send(reply, to.port, to.address, (error) => this.#settled(error === null));
    } catch {
      // The socket was closed while the upcall ran, or the sender's port was 0.
      this.#settled(false);
    }
  }

  async done(): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #settled(sent: boolean): void {
    if (!sent) this.#events.dropped();
    this.#count--;
    if (this.#count === 0) this.#idle();
  }
}

function closeAll(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.close();
}

function isLoopback(host: string): boolean {
  return host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** A Buffer's slice() is no copy; those who keep bytes copy them with it. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
