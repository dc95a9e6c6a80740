// Sockets: a UDP socket as Berkeley's calls know it. It knows the order of the calls, the queue of datagrams, and the
// error that a connected socket learns from the network; the kernel's socket is opened by datagram-socket.ts.
import type { Socket } from "node:dgram";
import { UpcallError } from "../errors.ts";
import { type Address, addressOf, checkPort, type Family, resolve, resolveOwn, spell, type Target } from "./address.ts";
import { type Data, owned, toBytes } from "./bytes.ts";
import { type Datagram, DatagramQueue } from "./datagram-queue.ts";
import { closeDatagramSocket, connectTo, everyAddress, mostPayload, openOn, transmit } from "./datagram-socket.ts";
import { aborted, checkSize, closed, wrongState } from "./refusals.ts";
import { type SignalOption, signalIn, Waiting } from "./signal-waits.ts";
import { fromSystem } from "./system-error.ts";

/** The cause of the error for a datagram that was larger than the `bufsize` asked for. The datagram is gone. */
export interface Truncated {
  /** Bytes of the datagram, and bytes asked for. */
  readonly length: number;
  readonly bufsize: number;
  readonly address: Address;
}

/** The most bytes of a datagram: the default of `recv` and `recvfrom`. */
const maxDatagramBytes = 65_535;

export class UdpSocket implements AsyncIterable<Datagram>, AsyncDisposable {
  readonly #family: Family | "any";
  readonly #queue = new DatagramQueue();
  readonly #receiving = new Waiting();
  #opening: Promise<Socket> | undefined;
  #socket: Socket | undefined;
  #own: Address | undefined;
  #other: Address | undefined;
  /** An error that the network reported for an earlier datagram. The next call throws it. */
  #failure: UpcallError | undefined;
  #closing: Promise<void> | undefined;

  /** For this folder: programs call `socket("udp")`. */
  constructor(family: Family | "any") {
    this.#family = family;
  }

  /**
   * Binds to the first usable address of the name; port 0 is the first free one.
   *
   * @throws UpcallError UNAVAILABLE (ADDRESS_IN_USE, NAME_NOT_RESOLVED); PERMISSION_DENIED (NOT_PERMITTED);
   *   INVALID_ARGUMENT (ADDRESS_NOT_USABLE); FAILED_PRECONDITION (BAD_STATE) when the socket has an address already
   */
  async bind(target: Target, options: SignalOption = {}): Promise<void> {
    const signal = signalIn("bind", options);
    checkPort(target.port, 0);
    this.#mustBeOpen("bind");
    if (this.#opening !== undefined) {
      throw wrongState("this socket has its address already; call bind once, before connect and sendto");
    }
    await this.#open(() => resolveOwn(target, this.#family, `binding to ${spell(target)}`, signal));
  }

  async #open(addresses: () => Promise<readonly Address[]>): Promise<Socket> {
    this.#opening = (async () => {
      const socket = await openOn(await addresses(), this.#family !== "any");
      if (this.#closing !== undefined) {
        await closeDatagramSocket(socket);
        throw closed("bind");
      }
      const { address, port } = socket.address();
      this.#own = addressOf(address, port);
      socket.removeAllListeners("error");
      socket.on("error", (error) => this.#failed(error));
      socket.on("message", (message, { address: host, port: from }) => {
        this.#queue.push({ message: owned(message), address: addressOf(host, from) });
        this.#receiving.retry();
      });
      this.#socket = socket;
      return socket;
    })();
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #failed(error: Error): void {
    const what = this.#other === undefined ? "receiving" : `sending to ${spell(this.#other)}`;
    this.#failure = fromSystem(error, what);
    this.#receiving.retry();
  }

  /**
   * Fixes the other end: then `send` and `recv` can be used, datagrams of others are not received, and an error that
   * the network sends back (no program listens there) ends the next call. Binds to a free port if `bind` was not
   * called.
   *
   * @throws UpcallError UNAVAILABLE (NAME_NOT_RESOLVED); FAILED_PRECONDITION (BAD_STATE) when connected already
   */
  async connect(target: Target, options: SignalOption = {}): Promise<void> {
    const signal = signalIn("connect", options);
    checkPort(target.port, 1);
    this.#mustBeOpen("connect");
    if (this.#other !== undefined) throw wrongState(`this socket is connected to ${spell(this.#other)}; make another`);
    const { socket, to } = await this.#reach(target, `connecting to ${spell(target)}`, signal);
    await connectTo(socket, to);
    this.#other = to;
    this.#own = addressOf(socket.address().address, socket.address().port);
  }

  /** The numeric address of a target, and the open socket it can be reached from. */
  async #reach(target: Target, what: string, signal?: AbortSignal): Promise<{ socket: Socket; to: Address }> {
    await this.#opening;
    const family = this.#own === undefined || everyAddress(this.#own) ? this.#family : this.#own.family;
    const [to] = await resolve(target, family, what, signal);
    if (to === undefined) throw fromSystem({ code: "ENOTFOUND" }, what);
    this.#mustBeOpen("a call");
    const every: Address = { host: to.family === "ipv6" ? "::" : "0.0.0.0", port: 0, family: to.family };
    const socket = this.#socket ?? (await (this.#opening ?? this.#open(() => Promise.resolve([every]))));
    return { socket, to };
  }

  /**
   * Sends one datagram; a string goes as UTF-8. Settles when the kernel has it, which does not mean that it arrives.
   * Binds to a free port if `bind` was not called.
   *
   * @param data at most 65,507 bytes (65,527 over IPv6)
   * @throws UpcallError RESOURCE_EXHAUSTED (TOO_LARGE) for a larger one, which is not sent; UNAVAILABLE
   *   (NAME_NOT_RESOLVED); FAILED_PRECONDITION (BAD_STATE) on a connected socket; INVALID_ARGUMENT (NOT_MARSHALLABLE)
   *   for a string with half a character, (BAD_ARGUMENT) for a value that is neither bytes nor a string
   */
  async sendto(data: Data, target: Target, options: SignalOption = {}): Promise<void> {
    const signal = signalIn("sendto", options);
    checkPort(target.port, 1);
    this.#mustBeOpen("sendto");
    if (this.#other !== undefined) {
      throw wrongState(
        `this socket is connected to ${spell(this.#other)}; call send, or use a socket that is not connected`,
      );
    }
    const bytes = toBytes("sendto", data);
    const { socket, to } = await this.#reach(target, `sending to ${spell(target)}`, signal);
    await transmit(socket, bytes, mostPayload(to), to);
  }

  /**
   * Sends one datagram to the connected end; see {@link sendto}.
   *
   * @throws UpcallError UNAVAILABLE (CONNECTION_REFUSED) when no program listened for an earlier datagram; this one was
   *   not sent
   */
  async send(data: Data, options: SignalOption = {}): Promise<void> {
    const signal = signalIn("send", options);
    const other = this.#connected("send");
    if (signal?.aborted) throw aborted("send", signal);
    this.#throwFailure();
    const bytes = toBytes("send", data);
    const { socket } = await this.#reach(other, "send", signal);
    await transmit(socket, bytes, mostPayload(other), undefined, other);
  }

  /**
   * The next datagram and its sender's address. At most 1,024 datagrams and 1 MiB wait for it; further ones are
   * counted in `dropped`. Several calls at once are served in their order.
   *
   * @param bufsize bytes, at least 1; default 65,535, which fits every datagram
   * @throws UpcallError DATA_LOSS (TOO_LARGE) when the datagram is larger: it is gone, and the error's cause is a
   *   {@link Truncated}; CANCELLED (CLOSED) after `close`; FAILED_PRECONDITION (BAD_STATE) before the socket has an
   *   address
   */
  async recvfrom(bufsize: number = maxDatagramBytes, options: SignalOption = {}): Promise<Datagram> {
    checkSize(bufsize, "recvfrom");
    this.#mustBeOpen("recvfrom");
    if (this.#opening === undefined) {
      throw wrongState("nothing can arrive at a socket without an address; call bind, connect or sendto first");
    }
    return this.#receiving.wait("recvfrom", () => this.#take(bufsize), options);
  }

  /** The next datagram of the connected end; see {@link recvfrom}. An empty one is a datagram and not an end. */
  async recv(bufsize: number = maxDatagramBytes, options: SignalOption = {}): Promise<Uint8Array> {
    this.#connected("recv");
    return (await this.recvfrom(bufsize, options)).message;
  }

  #take(bufsize: number): Datagram | undefined {
    if (this.#closing !== undefined) throw closed("recvfrom");
    const datagram = this.#queue.shift();
    if (datagram === undefined) {
      this.#throwFailure();
      return undefined;
    }
    const { length } = datagram.message;
    if (length <= bufsize) return datagram;
    const cause: Truncated = { length, bufsize, address: datagram.address };
    const text = `a datagram of ${length} bytes from ${spell(datagram.address)} was larger than the ${bufsize} asked for and is lost; ask for more`;
    throw new UpcallError("DATA_LOSS", text, { reason: "TOO_LARGE", outcome: "executed", cause });
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #connected(call: string): Address {
    this.#mustBeOpen(call);
    if (this.#other === undefined)
      throw wrongState(
        `${call} needs a connected socket; call connect first, or ${call === "send" ? "sendto" : "recvfrom"}`,
      );
    return this.#other;
  }

  #mustBeOpen(call: string): void {
    if (this.#closing !== undefined) throw closed(call);
  }

  /** Datagrams that arrived while the queue was full, and are lost. What the kernel itself drops is not known here. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /**
   * This socket's address.
   * @throws UpcallError FAILED_PRECONDITION (BAD_STATE) before `bind`, `connect` or `sendto` gave it one
   */
  getsockname(): Address {
    if (this.#own === undefined) throw wrongState("this socket has no address yet; call bind first and await it");
    return this.#own;
  }

  /** The connected end's address. @throws UpcallError FAILED_PRECONDITION (BAD_STATE) before `connect` */
  getpeername(): Address {
    if (this.#other === undefined) throw wrongState("this socket has no other end; call connect first and await it");
    return this.#other;
  }

  /**
   * Closes the socket; twice is fine. Waiting calls end with CANCELLED (CLOSED); datagrams that were not received are
   * lost.
   */
  close(): Promise<void> {
    this.#closing ??= this.#socket === undefined ? Promise.resolve() : closeDatagramSocket(this.#socket);
    this.#queue.clear();
    this.#receiving.retry();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The datagrams as they come, until `close`. Leaving the loop early does not close the socket. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, void> {
    while (this.#closing === undefined) {
      try {
        yield await this.recvfrom();
      } catch (error) {
        if (this.#closing === undefined) throw error;
      }
    }
  }
}
