// Sockets, inside a worker thread: a stream whose bytes are relayed by the server's thread, because a thread cannot be
// given a socket. It knows a port and no socket; a connection cannot tell it from a kernel's.
import { Duplex } from "node:stream";
import type { MessagePort } from "node:worker_threads";
import { arrived, type FromWorker, type ToWorker } from "./worker-messages.ts";

type Settle = (error?: Error | null) => void;

export class RelayedStream extends Duplex {
  readonly #port: MessagePort;
  /** The `send` or `shutdown` that waits for its `sent`; a stream has one under way at a time. */
  #sending: Settle | undefined;

  constructor(port: MessagePort) {
    super({ allowHalfOpen: true, highWaterMark: 1 });
    this.#port = port;
    port.on("message", (message: ToWorker) => this.#told(message));
  }

  #told(message: ToWorker): void {
    if (message.kind === "received") this.push(message.bytes.length === 0 ? null : message.bytes);
    else if (message.kind === "broken") this.destroy(arrived(message.error));
    else if (message.kind === "sent") this.#settle(message.error === undefined ? null : arrived(message.error));
  }

  #settle(error: Error | null): void {
    const settle = this.#sending;
    this.#sending = undefined;
    settle?.(error);
  }

  #post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  override _read(): void {
    this.#post({ kind: "want" });
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, settle: Settle): void {
    this.#sending = settle;
    const bytes = new Uint8Array(chunk);
    this.#post({ kind: "send", bytes }, [bytes.buffer]);
  }

  override _final(settle: Settle): void {
    this.#sending = settle;
    this.#post({ kind: "shutdown" });
  }

  override _destroy(error: Error | null, settle: Settle): void {
    this.#post({ kind: "close" });
    // A write that is under way is still answered: closing the connection ends it on the other side of the port.
    settle(error);
  }
}
