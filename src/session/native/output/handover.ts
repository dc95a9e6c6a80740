// The session, going out: batches as they are handed to the connection, whose memory goes round when they were taken. Knows
// bytes, and neither frames nor turns.

import { Writer } from "../../../codec/writer.ts";
import { type Connection, ownedTail } from "../../../connection.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";

/** Bytes of new memory for a batch, at least, and at most but for what it needs. */
const minBatchBytes = 1024;
const maxUsualBatchBytes = 64 * 1024;

export interface HandoverOwner {
  /** A write left bytes unsent: the owner looks at them. */
  crowded(): void;
}

export class Handover {
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #owner: HandoverOwner;
  readonly #owns: boolean;
  /** Bytes of new memory for a batch. */
  #usual = minBatchBytes;
  /** Batches that are still being sent: their memory goes round when the connection has drained. */
  #lent: Writer[] = [];
  /** All that was handed over was taken: every call asks, and only a write changes it back. */
  #taken = false;
  /** Bytes that were handed over since the beginning. */
  handed = 0;
  /** Nothing is handed over any more. */
  over = false;

  constructor(endpoint: Endpoint, connection: Connection, owner: HandoverOwner) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#owner = owner;
    this.#owns = connection.writeOwned !== undefined;
  }

  /**
   * Memory for a batch: what goes round; or new memory, about as much as the last batch had, where the connection keeps it.
   *
   * @param least bytes that there must be room for where it is new
   */
  take(least = 0): Writer {
    return this.#owns ? new Writer(Math.max(this.#usual, least + ownedTail)) : this.#endpoint.platform.writers.take();
  }

  /** Bytes that were handed over and not taken yet. */
  get unsent(): number {
    return this.#taken ? 0 : this.#outstanding();
  }

  /** Whether the memory of a batch is still in use. */
  get lends(): boolean {
    return this.#lent.length > 0;
  }

  /** Hands a batch over; its writer is not used by others any more. */
  send(writer: Writer): void {
    if (this.#owns) this.#give(writer);
    else if (this.over || writer.position === 0 || this.#write(writer.bytes.subarray(0, writer.position)))
      this.#endpoint.platform.writers.give(writer);
    else this.#lent.push(writer);
  }

  /** What was taken meanwhile is given back. */
  reclaim(): void {
    if (this.#lent.length === 0 || this.#connection.unsent > 0) return;
    for (const writer of this.#lent.splice(0)) this.#endpoint.platform.writers.give(writer);
  }

  /** The memory of a batch goes with it. */
  #give(writer: Writer): void {
    const { position } = writer;
    if (this.over || position === 0) return;
    this.#usual = Math.min(
      maxUsualBatchBytes,
      Math.max(minBatchBytes, 2 ** Math.ceil(Math.log2(position + ownedTail))),
    );
    writer.ensure(ownedTail);
    this.#count(position);
    this.#connection.writeOwned?.(writer.bytes.subarray(0, position));
    if (this.#connection.unsent >= this.#endpoint.limits.unsentPause) this.#owner.crowded();
  }

  #count(length: number): void {
    const { counters } = this.#endpoint;
    counters.writes++;
    counters.bytesSent += length;
    this.handed += length;
    this.#taken = false;
  }

  #outstanding(): number {
    const { unsent } = this.#connection;
    this.#taken = unsent === 0;
    return unsent;
  }

  #write(bytes: Uint8Array): boolean {
    this.#count(bytes.length);
    const taken = this.#connection.write(bytes);
    // Media that copy what they are given take everything at once, however little arrives.
    if (!taken || this.#connection.unsent >= this.#endpoint.limits.unsentPause) this.#owner.crowded();
    return taken;
  }
}
