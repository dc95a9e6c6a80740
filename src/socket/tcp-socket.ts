// Sockets: a TCP socket as Berkeley's calls know it, which becomes a listener or a connection by the calls made on it.
// It knows the order of the calls; the work is done by what it becomes.

import { connect as netConnect, type TcpNetConnectOpts } from "node:net";
import { listen, unlisten } from "../aborts.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { type Address, checkPort, type Family, resolve, resolveOwn, spell, type Target } from "./address.ts";
import type { Data } from "./bytes.ts";
import { type Accepted, endsOf, type Listener, listenOn } from "./listener.ts";
import { aborted, badArgument, closed, wrongState } from "./refusals.ts";
import { type SignalOption, signalIn } from "./signal-waits.ts";
import { fromSystem } from "./system-error.ts";
import { Connection, chunk } from "./tcp-connection.ts";

/** The default of `backlog`: connections that may wait to be accepted. */
const defaultBacklog = 128;

export class TcpSocket implements AsyncDisposable {
  readonly #family: Family | "any";
  readonly #ending = new AbortController();
  #bound: readonly Address[] | undefined;
  /** The call that makes the socket a listener or a connection, or has done so. */
  #becoming: "listen" | "connect" | undefined;
  #became: Listener | Connection | undefined;

  /** For this folder: programs call `socket("tcp")`. */
  constructor(family: Family | "any") {
    this.#family = family;
  }

  /**
   * Remembers an address for `listen` or `connect`. TCP on Node has no bind apart from these, so a port that is in use
   * is reported by them, and `getsockname` works after them.
   *
   * @throws UpcallError UNAVAILABLE (NAME_NOT_RESOLVED); FAILED_PRECONDITION (BAD_STATE) when called twice
   */
  async bind(target: Target, options: SignalOption = {}): Promise<void> {
    const signal = signalIn("bind", options);
    checkPort(target.port, 0);
    this.#mustBeFresh("bind");
    if (this.#bound !== undefined)
      throw wrongState("bind was called before on this socket; make another with socket()");
    this.#bound = [];
    try {
      this.#bound = await resolveOwn(target, this.#family, `binding to ${spell(target)}`, signal);
    } catch (error) {
      this.#bound = undefined;
      throw error;
    }
  }

  /**
   * Listens on the first usable address of the bound name. Gives the listener, which can be iterated; `accept`,
   * `getsockname` and `close` of this socket are its own.
   *
   * @param backlog connections that may wait to be accepted; further ones are reset and counted in `refused`
   * @throws UpcallError UNAVAILABLE (ADDRESS_IN_USE); PERMISSION_DENIED (NOT_PERMITTED); INVALID_ARGUMENT
   *   (ADDRESS_NOT_USABLE); FAILED_PRECONDITION (BAD_STATE) before `bind`
   */
  async listen(backlog: number = defaultBacklog): Promise<Listener> {
    if (!Number.isSafeInteger(backlog) || backlog < 0) {
      throw badArgument(`a backlog of ${backlog} cannot be kept; use a whole number from 0`);
    }
    this.#mustBeFresh("listen");
    const addresses = this.#bound;
    if (addresses === undefined || addresses.length === 0) {
      throw wrongState(
        'listen needs an address; call bind first and await it, for example bind({ host: "localhost", port: 0 })',
      );
    }
    return this.#become("listen", () => listenOn(addresses, this.#family === "ipv6", backlog));
  }

  /**
   * Connects, trying the addresses of the name in turn, from the bound address if there is one. Gives the connection,
   * which can be iterated; `send`, `recv` and the others of this socket are its own. After a failure it may be called
   * again.
   *
   * @throws UpcallError UNAVAILABLE (CONNECTION_REFUSED, NAME_NOT_RESOLVED); the error of the first address when all
   *   fail
   */
  async connect(target: Target, options: SignalOption = {}): Promise<Connection> {
    const signal = signalIn("connect", options);
    checkPort(target.port, 1);
    this.#mustBeFresh("connect");
    const what = `connecting to ${spell(target)}`;
    const either = signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal]);
    return this.#become("connect", async () => {
      if (signal?.aborted) throw aborted(what, signal);
      try {
        return await this.#connectInTurn(target, what, either);
      } catch (error) {
        if (signal?.aborted) throw aborted(what, signal);
        throw this.#ending.signal.aborted ? closed("connect") : error;
      }
    });
  }

  async #connectInTurn(target: Target, what: string, signal: AbortSignal): Promise<Connection> {
    let failure: UpcallError | undefined;
    for (const address of await resolve(target, this.#family, what, signal)) {
      const from = this.#bound?.find(({ family }) => family === address.family);
      try {
        return await connectTo(address, from, signal);
      } catch (error) {
        failure ??= fromSystem(error, what);
        if (signal.aborted) break;
      }
    }
    throw failure ?? notExecuted("UNAVAILABLE", "NAME_NOT_RESOLVED", `${what} failed: the name has no address`);
  }

  async #become<T extends Listener | Connection>(call: "listen" | "connect", make: () => Promise<T>): Promise<T> {
    this.#becoming = call;
    try {
      const made = await make();
      if (this.#ending.signal.aborted) {
        await made.close();
        throw closed(call);
      }
      this.#became = made;
      return made;
    } catch (error) {
      this.#becoming = undefined;
      throw error;
    }
  }

  #mustBeFresh(call: string): void {
    if (this.#ending.signal.aborted) throw closed(call);
    if (this.#becoming !== undefined) {
      throw wrongState(`${call} came after ${this.#becoming}, which a socket does once; make another with socket()`);
    }
  }

  #listener(call: string): Listener {
    if (this.#ending.signal.aborted) throw closed(call);
    if (this.#became === undefined || this.#became instanceof Connection) {
      throw wrongState(`${call} needs a listening socket; call bind and listen first, and await them`);
    }
    return this.#became;
  }

  #connection(call: string): Connection {
    if (this.#ending.signal.aborted) throw closed(call);
    if (!(this.#became instanceof Connection)) {
      throw wrongState(`${call} needs a connection; call connect first and await it, or use what accept gives`);
    }
    return this.#became;
  }

  /** See {@link Listener.accept}. */
  async accept(options: SignalOption = {}): Promise<Accepted> {
    return this.#listener("accept").accept(options);
  }

  /** See {@link Listener.refused}. */
  get refused(): number {
    return this.#became === undefined || this.#became instanceof Connection ? 0 : this.#became.refused;
  }

  /** See {@link Connection.recv}. */
  async recv(bufsize: number = chunk, options: SignalOption = {}): Promise<Uint8Array> {
    return this.#connection("recv").recv(bufsize, options);
  }

  /** See {@link Connection.send}. */
  async send(data: Data, options: SignalOption = {}): Promise<void> {
    return this.#connection("send").send(data, options);
  }

  /** See {@link Connection.shutdown}. */
  async shutdown(options: SignalOption = {}): Promise<void> {
    return this.#connection("shutdown").shutdown(options);
  }

  /**
   * This socket's address.
   * @throws UpcallError FAILED_PRECONDITION (BAD_STATE) before `listen` or `connect` has given it one
   */
  getsockname(): Address {
    if (this.#became === undefined) {
      throw wrongState(
        "a TCP socket has its address only after listen or connect; bind alone does not take the port yet",
      );
    }
    return this.#became.getsockname();
  }

  /** The other end's address. @throws UpcallError FAILED_PRECONDITION (BAD_STATE) before `connect` */
  getpeername(): Address {
    return this.#connection("getpeername").getpeername();
  }

  /** Closes the listener or connection that the socket has become, and gives up a running `connect`; twice is fine. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#became?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function connectTo(to: Address, from: Address | undefined, signal: AbortSignal): Promise<Connection> {
  return new Promise<Connection>((resolve, reject) => {
    signal.throwIfAborted();
    // Only one chunk is held ahead. Node's socket passes the option on to its stream, although its types do not say so.
    const options: TcpNetConnectOpts & { readonly highWaterMark: number } = {
      host: to.host,
      port: to.port,
      allowHalfOpen: true,
      highWaterMark: 1,
      ...(from === undefined ? {} : { localAddress: from.host, localPort: from.port }),
    };
    const stream = netConnect(options);
    stream.pause();
    const giveUp = (): void => {
      stream.destroy();
      reject(signal.reason);
    };
    const failed = (error: Error): void => {
      unlisten(signal, giveUp);
      reject(error);
    };
    stream.once("error", failed);
    stream.once("connect", () => {
      unlisten(signal, giveUp);
      // Made here and not by the caller, so that the stream is never without an error listener.
      resolve(new Connection(stream, ...endsOf(stream)));
      stream.removeListener("error", failed);
    });
    listen(signal, giveUp);
  });
}
