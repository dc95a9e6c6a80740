// The session, going out: batches as they are handed to the connection, whose memory goes round when they were taken. Knows
// bytes, and neither frames nor turns.

import type { Writer } from "../../../codec/writer.ts";
import type { Connection } from "../../../connection.ts";
import type { Household } from "../../../endpoint/platform.ts";

export interface HandoverOwner {
  /** A write left bytes unsent: someone should look at them. */
  crowded(): void;
}

export class Handover {
  readonly #home: Household;
  readonly #connection: Connection;
  readonly #owner: HandoverOwner;
  /** Batches that are still being sent: their memory goes round when the connection has drained. */
  #lent: Writer[] = [];
  /** All that was handed over was taken: every call asks, and only a write changes it back. */
  #taken = false;
  /** Bytes that were handed over since the beginning. */
  handed = 0;
  /** Nothing is handed over any more. */
  over = false;

  constructor(home: Household, connection: Connection, owner: HandoverOwner) {
    this.#home = home;
    this.#connection = connection;
    this.#owner = owner;
  }

  /** Bytes that were handed over and not taken yet. */
  get unsent(): number {
    return this.#taken ? 0 : this.#outstanding();
  }

  /** Whether the memory of a batch is still in use. */
  get lends(): boolean {
    return this.#lent.length > 0;
  }

  /** Hands a batch over; its writer is nobody else's any more. */
  send(writer: Writer): void {
    if (this.over || writer.position === 0 || this.#write(writer.bytes.subarray(0, writer.position)))
      this.#home.platform.writers.give(writer);
    else this.#lent.push(writer);
  }

  /** What was taken meanwhile is given back. */
  reclaim(): void {
    if (this.#lent.length === 0 || this.#connection.unsent > 0) return;
    for (const writer of this.#lent.splice(0)) this.#home.platform.writers.give(writer);
  }

  #outstanding(): number {
    const { unsent } = this.#connection;
    this.#taken = unsent === 0;
    return unsent;
  }

  #write(bytes: Uint8Array): boolean {
    const { counters, limits } = this.#home;
    counters.writes++;
    counters.bytesSent += bytes.length;
    this.handed += bytes.length;
    this.#taken = false;
    const taken = this.#connection.write(bytes);
    // Media that copy what they are given take everything at once, however little arrives.
    if (!taken || this.#connection.unsent >= limits.unsentPause) this.#owner.crowded();
    return taken;
  }
}
