// Sockets: datagrams that arrived and were not yet asked for. A dgram socket cannot be paused, so the bound is kept
// here and what does not fit is dropped and counted, as a kernel does with its own queue. It knows no socket.
import type { Address } from "./address.ts";

/** The result of `recvfrom`. */
export interface Datagram {
  readonly message: Uint8Array;
  /** The sender's address. */
  readonly address: Address;
}

/** Datagrams that may wait: a burst of many small ones. */
const maxDatagrams = 1_024;
/** Bytes that may wait: a burst of large ones. */
const maxBytes = 1024 * 1024;

export class DatagramQueue {
  readonly #queue: Datagram[] = [];
  #bytes = 0;
  #dropped = 0;

  /** Datagrams that came while the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  push(datagram: Datagram): void {
    if (this.#queue.length >= maxDatagrams || this.#bytes + datagram.message.length > maxBytes) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(datagram);
    this.#bytes += datagram.message.length;
  }

  shift(): Datagram | undefined {
    const datagram = this.#queue.shift();
    if (datagram !== undefined) this.#bytes -= datagram.message.length;
    return datagram;
  }

  clear(): void {
    this.#queue.length = 0;
    this.#bytes = 0;
  }
}
