// The session on the plain wire, going out: replies that are ready in one go leave in one write, long ones in pieces as
// the connection takes them, and a reader that takes nothing is given up.

import type { Writer } from "../../codec/writer.ts";
import type { Connection } from "../../connection.ts";
import type { Account } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { outputOf, Pressure } from "../../endpoint/pressure.ts";
import { newline } from "../../wire/plain/end.ts";

/** Bytes of short replies that wait for one another; a longer one is not copied. */
const maxBatchBytes = 32 * 1024;
const lineEnd = new Uint8Array([newline]);

export class PlainOutbox {
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #pressure: Pressure;
  /** What the connection holds; for all parts of the session. */
  readonly account: Account;
  #writer: Writer | null = null;
  /** What the connection was not given yet, in order. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #handed = 0;
  #ending = false;
  /** To be told once the replies are on their way: the observer's business. */
  #told: (() => void)[] = [];

  constructor(endpoint: Endpoint, connection: Connection) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.account = endpoint.memory.account(endpoint.counters, connection.peer);
    const output = outputOf(connection, () => this.#handed);
    this.#pressure = new Pressure(endpoint, output, () => connection.destroy());
  }

  /** Bytes that were handed to the connection. */
  get handed(): number {
    return this.#handed;
  }

  /** Bytes that wait here or in the connection. */
  get unsent(): number {
    return this.#connection.unsent + this.#heldBytes + (this.#writer?.position ?? 0);
  }

  /**
   * Takes a reply, whose memory must not be used again. A short one is sent with the others that follow, by `flush`;
   * what is left of a long one goes on its own when the connection takes it.
   *
   * @param ended whether a newline ends it
   */
  put(reply: Uint8Array, ended: boolean, told: (() => void) | null): void {
    this.#endpoint.counters.framesSent++;
    if (told !== null) this.#told.push(told);
    if (reply.length >= maxBatchBytes) {
      this.#holdBatch();
      this.#hold(reply);
      if (ended) this.#hold(lineEnd);
      return this.#pass();
    }
    const writer = this.#writer ?? this.#endpoint.platform.writers.take();
    this.#writer = writer;
    writer.ensure(reply.length + 1);
    writer.copy(reply);
    if (ended) writer.u8(newline);
    if (writer.position >= maxBatchBytes) this.#sendBatch();
  }

  /** Sends what there is, as far as the connection takes it. */
  flush(): void {
    this.#sendBatch();
    this.#pass();
    for (const told of this.#told.splice(0)) told();
    if (this.account.output > 0 || this.#heldBytes > 0) this.#weigh();
    if (this.#ending && this.#held.length === 0) this.#connection.end();
  }

  /** Hands over what is held, as far as the connection takes it. */
  #pass(): void {
    const { piece } = this.#endpoint.limits;
    while (this.#held.length > 0 && this.#connection.unsent < piece) {
      const next = this.#held[0] as Uint8Array;
      if (next.length <= piece) this.#held.shift();
      else this.#held[0] = next.subarray(piece);
      const bytes = next.subarray(0, piece);
      this.#heldBytes -= bytes.length;
      this.#write(bytes);
    }
  }

  /** Ends the connection's own direction once everything was handed over. */
  end(): void {
    this.#ending = true;
    this.flush();
  }

  close(): void {
    this.#pressure.close();
    if (this.#writer !== null) this.#endpoint.platform.writers.give(this.#writer);
    this.#writer = null;
    this.#held = [];
    this.#heldBytes = 0;
    this.#told = [];
    this.account.close();
  }

  #sendBatch(): void {
    const writer = this.#writer;
    if (writer === null) return;
    if (this.#held.length > 0 || this.#connection.unsent >= this.#endpoint.limits.piece) return this.#holdBatch();
    this.#writer = null;
    // Memory that is still being sent stays as it is; what was taken at once goes round.
    if (this.#write(writer.bytes.subarray(0, writer.position))) this.#endpoint.platform.writers.give(writer);
  }

  #holdBatch(): void {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    this.#hold(writer.slice());
    this.#endpoint.platform.writers.give(writer);
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #write(bytes: Uint8Array): boolean {
    const { counters } = this.#endpoint;
    if (bytes.length === 0) return true;
    counters.writes++;
    counters.bytesSent += bytes.length;
    this.#handed += bytes.length;
    const taken = this.#connection.write(bytes);
    if (!taken) this.#weigh();
    this.#pressure.check();
    return taken;
  }

  /** What is not taken at the other end is held here; looked at where some was not, until all is. */
  #weigh(): void {
    this.account.sent(this.#connection.unsent + this.#heldBytes);
  }
}
