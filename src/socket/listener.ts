// Sockets: a listening TCP socket and the connections that wait to be accepted. Node accepts without being asked, so
// the limit `backlog` is kept here: further connections are reset and counted.
import { createServer, type Server, type Socket } from "node:net";
import { notExecuted, type UpcallError } from "../errors.ts";
import { type Address, addressOf, spell } from "./address.ts";
import { closed } from "./refusals.ts";
import { type SignalOption, Waiting } from "./signal-waits.ts";
import { fromSystem } from "./system-error.ts";
import { Connection } from "./tcp-connection.ts";

/** The result of `accept`. */
export interface Accepted {
  readonly connection: Connection;
  /** The other end's address. */
  readonly address: Address;
}

export class Listener implements AsyncIterable<Accepted>, AsyncDisposable {
  readonly #server: Server;
  readonly #own: Address;
  readonly #backlog: number;
  readonly #ready: Accepted[] = [];
  readonly #accepting = new Waiting();
  #refused = 0;
  #closed = false;

  /** For this folder: programs get a listener from `listen`. */
  constructor(server: Server, own: Address, backlog: number) {
    this.#server = server;
    this.#own = own;
    this.#backlog = backlog;
    server.on("connection", (stream) => this.#arrived(stream));
    // The system could not accept one (no file descriptor left): the others go on.
    server.on("error", () => {
      this.#refused += 1;
    });
  }

  #arrived(stream: Socket): void {
    const connection = new Connection(stream, ...endsOf(stream));
    this.#ready.push({ connection, address: connection.getpeername() });
    this.#accepting.retry();
    if (this.#ready.length <= this.#backlog) return;
    this.#ready.pop();
    this.#refused += 1;
    stream.resetAndDestroy();
  }

  /** Connections that were reset because `backlog` others already waited, or the system had no room for them. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * The next connection, in the order of their arrival; nothing has been read from it. Several calls at once are served
   * in their order.
   *
   * @throws UpcallError CANCELLED (CLOSED) when this side closes the listener
   */
  accept(options: SignalOption = {}): Promise<Accepted> {
    const next = (): Accepted | undefined => {
      if (this.#closed) throw closed("accept");
      return this.#ready.shift();
    };
    return this.#accepting.wait("accept", next, options);
  }

  /** The address it listens on, with its real port. */
  getsockname(): Address {
    return this.#own;
  }

  /**
   * Stops listening; twice is fine. A waiting `accept` ends with CANCELLED (CLOSED). Connections that were not accepted
   * are closed; accepted ones stay open.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Not awaited: Node reports the end of a server only after the end of all its accepted connections, which belong to
    // the program.
    this.#server.close();
    this.#accepting.retry();
    await Promise.all(this.#ready.splice(0).map(({ connection }) => connection.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The connections as they come, until `close`. Leaving the loop early does not close the listener. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Accepted, void, void> {
    while (!this.#closed) {
      try {
        yield await this.accept();
      } catch (error) {
        if (!this.#closed) throw error;
      }
    }
  }
}

/**
 * This end and the other end of a connected socket. One that broke before it was accepted has no other end any more.
 */
export function endsOf(stream: Socket): [own: Address, other: Address] {
  return [
    addressOf(stream.localAddress ?? "", stream.localPort ?? 0),
    addressOf(stream.remoteAddress ?? "", stream.remotePort ?? 0),
  ];
}

/**
 * Listens on the first of the addresses that this machine can use.
 *
 * @throws UpcallError UNAVAILABLE (ADDRESS_IN_USE) when another socket has the port; the next address is then not
 *   tried, because clients could not tell which of the name's addresses have a server
 */
export async function listenOn(addresses: readonly Address[], only: boolean, backlog: number): Promise<Listener> {
  let failure: UpcallError = notExecuted("INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", "there is no address to listen on");
  for (const address of addresses) {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, highWaterMark: 1 });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).once("listening", resolve);
        server.listen({ host: address.host, port: address.port, ipv6Only: only, exclusive: true });
      });
    } catch (error) {
      failure = fromSystem(error, `listening on ${spell(address)}`);
      if (failure.reason !== "ADDRESS_NOT_USABLE") throw failure;
      continue;
    }
    server.removeAllListeners("error").removeAllListeners("listening");
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
    return new Listener(server, { host: address.host, port, family: address.family }, backlog);
  }
  throw failure;
}
