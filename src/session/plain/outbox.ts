// The session on the plain wire, going out: replies that are ready in one go leave in one write, and a reader that takes
// none of them is given up.

import type { Writer } from "../../codec/writer.ts";
import type { Connection } from "../../connection.ts";
import { newline } from "../../wire/plain/end.ts";
import type { Household } from "../platform.ts";
import { type Output, Pressure } from "../pressure.ts";

/** Bytes that wait for one another; a longer reply is not copied for it. */
const batch = 32 * 1024;

export class PlainOutbox implements Output {
  readonly #home: Household;
  readonly #connection: Connection;
  readonly #pressure: Pressure;
  #writer: Writer | null = null;
  #handed = 0;
  /** To be told once the replies were handed over: the observer's business. */
  #told: (() => void)[] = [];

  constructor(home: Household, connection: Connection) {
    this.#home = home;
    this.#connection = connection;
    this.#pressure = new Pressure(home, this, () => connection.destroy());
  }

  get unsent(): number {
    return this.#connection.unsent + (this.#writer?.position ?? 0);
  }

  get taken(): number {
    return this.#handed - this.#connection.unsent;
  }

  /**
   * Takes a reply, whose memory must not be used again; `flush` sends it.
   *
   * @param ended whether a newline ends it
   */
  put(reply: Uint8Array, ended: boolean, told: (() => void) | null): void {
    this.#home.counters.framesSent++;
    if (told !== null) this.#told.push(told);
    if (!ended && this.#writer === null) {
      this.#write(reply);
      return;
    }
    const writer = this.#writer ?? this.#home.platform.writers.take();
    this.#writer = writer;
    writer.ensure(reply.length + 1);
    writer.copy(reply);
    if (ended) writer.u8(newline);
    if (writer.position >= batch) this.flush();
  }

  flush(): void {
    const writer = this.#writer;
    this.#writer = null;
    if (writer !== null) {
      // Memory that is still being sent stays as it is; what was taken at once goes round.
      const bytes = writer.bytes.subarray(0, writer.position);
      if (this.#write(bytes)) this.#home.platform.writers.give(writer);
    }
    for (const told of this.#told.splice(0)) told();
  }

  close(): void {
    this.#pressure.close();
    if (this.#writer !== null) this.#home.platform.writers.give(this.#writer);
    this.#writer = null;
    this.#told = [];
  }

  #write(bytes: Uint8Array): boolean {
    const { counters } = this.#home;
    if (bytes.length === 0) return true;
    counters.writes++;
    counters.bytesSent += bytes.length;
    this.#handed += bytes.length;
    const taken = this.#connection.write(bytes);
    this.#pressure.check();
    return taken;
  }
}
