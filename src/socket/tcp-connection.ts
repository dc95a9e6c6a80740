// Sockets: one TCP connection, of a client or a server. It reads only when `recv` asks. It knows a stream of bytes and
// two addresses, and treats the relayed bytes of a worker thread like those of a kernel.
import type { Duplex } from "node:stream";
import type { UpcallError } from "../errors.ts";
import { type Address, spell } from "./address.ts";
import { type Data, owned, toBytes } from "./bytes.ts";
import { checkSize, closed, wrongState } from "./refusals.ts";
import { type SignalOption, signalIn, unlessAborted, Waiting } from "./signal-waits.ts";
import { fromSystem } from "./system-error.ts";

/** The default of `bufsize`, in bytes: what one read takes from the kernel. */
export const chunk: number = 64 * 1024;

const nothing = new Uint8Array(0);

let take: (connection: Connection) => Duplex;

/** What `accept` and `connect` give. Both directions are open until this side's `shutdown` or `close`. */
export class Connection implements AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly #stream: Duplex;
  readonly #own: Address;
  readonly #other: Address;
  readonly #reading = new Waiting();
  #held: Uint8Array = nothing;
  #started = false;
  #failure: UpcallError | undefined;
  #closing: Promise<void> | undefined;

  static {
    take = (connection) => {
      connection.#stream.removeAllListeners("close").removeAllListeners("end");
      connection.#closing = Promise.resolve();
      return connection.#stream;
    };
  }

  /** For this folder: programs get connections from `accept` and `connect`. The stream must not be reading yet. */
  constructor(stream: Duplex, own: Address, other: Address) {
    this.#stream = stream;
    this.#own = own;
    this.#other = other;
    // Without this listener a reset that comes while no `recv` waits would end the process.
    stream.on("error", (error) => {
      this.#failure ??= fromSystem(error, `the connection with ${spell(other)}`);
      this.#reading.retry();
    });
    stream.on("end", () => this.#reading.retry());
    stream.on("close", () => this.#reading.retry());
  }

  /**
   * The next bytes, at most `bufsize` of them; an empty array at the end of the stream, again and again. Several calls
   * at once are served in their order. While none waits, at most 64 KiB beyond the chunk being read are held; then the
   * kernel's buffers fill and the sender waits.
   *
   * @param bufsize bytes, at least 1; default 64 KiB
   * @throws UpcallError UNAVAILABLE (CONNECTION_LOST) after a reset; CANCELLED (CLOSED) after this side's `close`
   */
  recv(bufsize: number = chunk, options: SignalOption = {}): Promise<Uint8Array> {
    return this.#reading.wait("recv", () => this.#take(bufsize), options);
  }

  #take(bufsize: number): Uint8Array | undefined {
    checkSize(bufsize, "recv");
    if (this.#closing !== undefined) throw closed("recv");
    if (!this.#started) {
      this.#started = true;
      this.#stream.on("readable", () => this.#reading.retry());
    }
    if (this.#held.length === 0) {
      const read: unknown = this.#stream.read();
      if (read instanceof Uint8Array) this.#held = read;
    }
    if (this.#held.length > 0) {
      const bytes = owned(this.#held.subarray(0, bufsize));
      this.#held = this.#held.subarray(bytes.length);
      return bytes;
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stream.readableEnded) return new Uint8Array(0);
    if (this.#stream.destroyed) throw fromSystem({ code: "ECONNABORTED" }, `the connection with ${spell(this.#other)}`);
    return undefined;
  }

  /**
   * Sends all the bytes, and settles when the kernel has them: while the other end does not read, it stays pending.
   * Do not change the array before that.
   *
   * @param options.signal gives up the wait only: bytes already handed over may still go out
   * @throws UpcallError UNAVAILABLE (CONNECTION_LOST) when the connection broke, with outcome `unknown`;
   *   FAILED_PRECONDITION (BAD_STATE) after `shutdown`; INVALID_ARGUMENT (NOT_MARSHALLABLE) for a string with half a
   *   character, (BAD_ARGUMENT) for a value that is neither bytes nor a string; then nothing was sent
   */
  async send(data: Data, options: SignalOption = {}): Promise<void> {
    const signal = signalIn("send", options);
    if (this.#closing !== undefined) throw closed("send");
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stream.writableEnded) throw wrongState("send came after shutdown; send first, then call shutdown");
    if (signal?.aborted) return unlessAborted(Promise.resolve(), "send", signal);
    const bytes = toBytes("send", data);
    const sent = new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => {
        // Node reports success for a write that was under way when the stream was destroyed.
        if (error || this.#stream.destroyed) reject(this.#broken(error, `sending to ${spell(this.#other)}`));
        else resolve();
      });
    });
    return unlessAborted(sent, "send", signal);
  }

  /** Why a call that had begun did not end well: it may have had its effect. */
  #broken(error: Error | null | undefined, what: string): UpcallError {
    if (this.#closing !== undefined) return fromSystem({ code: "ERR_STREAM_DESTROYED" }, what);
    return this.#failure ?? fromSystem(error ?? this.#stream.errored ?? { code: "ECONNABORTED" }, what);
  }

  /**
   * Says that no more bytes will come. The other end's `recv` then gives an empty array; this end can go on receiving.
   */
  async shutdown(options: SignalOption = {}): Promise<void> {
    const signal = signalIn("shutdown", options);
    if (this.#closing !== undefined) throw closed("shutdown");
    if (this.#stream.writableEnded) return;
    const ended = new Promise<void>((resolve, reject) => {
      this.#stream.end((error?: Error | null) => {
        if (error) reject(this.#broken(error, `shutdown of the connection with ${spell(this.#other)}`));
        else resolve();
      });
    });
    return unlessAborted(ended, "shutdown", signal);
  }

  /** This end's address. */
  getsockname(): Address {
    return this.#own;
  }

  /** The other end's address; also after it has gone. */
  getpeername(): Address {
    return this.#other;
  }

  /**
   * Closes both directions at once; twice is fine. Waiting calls end with CANCELLED (CLOSED). Bytes whose `send` has
   * settled still arrive, unless this end leaves bytes unread: then TCP resets the connection. Await `send` first.
   */
  close(): Promise<void> {
    this.#closing ??= new Promise<void>((resolve) => {
      if (this.#stream.closed) return resolve();
      this.#stream.once("close", resolve);
      this.#stream.destroy();
    });
    this.#reading.retry();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The chunks as they come, up to the end of the stream. Leaving the loop early does not close the connection. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (let bytes = await this.recv(); bytes.length > 0; bytes = await this.recv()) yield bytes;
  }
}

/**
 * Takes the stream out of a connection that has not been read, for handing it to another process. The connection is
 * closed then; the stream keeps its error listener.
 */
export function detach(connection: Connection): Duplex {
  return take(connection);
}
