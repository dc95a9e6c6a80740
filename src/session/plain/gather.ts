// The session on the plain wire: what can be read without waiting, as one. It stands between a connection and whoever
// takes the first chunk of it for a message or a reply: a kernel cuts a long one into segments, and a transport that
// takes turns into slices, and neither is its end. Bytes and turns in, bytes out.

import type { Clock } from "../../clock.ts";
import type { Connection, ConnectionEvents } from "../../connection.ts";
import type { UpcallError } from "../../errors.ts";
import { MessageBuffer } from "../../wire/plain/buffer.ts";
import { longestChunk } from "../../wire/plain/end.ts";

/** Fewer bytes than the smallest segment of a longer message has: nothing follows that is under way already. */
const whole = 512;

/** Gives `to` the first bytes when a turn has brought no more, or when there are too many; what follows as it comes. */
export class Gather implements ConnectionEvents {
  readonly #clock: Pick<Clock, "nextTurn">;
  readonly #connection: Connection;
  readonly #to: ConnectionEvents;
  readonly #buffer: MessageBuffer = new MessageBuffer();
  #gathered = false;
  /** Something came since the last look. */
  #fresh = false;

  constructor(clock: Pick<Clock, "nextTurn">, connection: Connection, to: ConnectionEvents) {
    this.#clock = clock;
    this.#connection = connection;
    this.#to = to;
  }

  received(bytes: Uint8Array): void {
    const { length } = this.#buffer;
    if (this.#gathered || (length === 0 && bytes.length < whole && !this.#behind)) {
      this.#gathered = true;
      return this.#to.received(bytes);
    }
    this.#buffer.push(bytes);
    this.#fresh = true;
    if (this.#buffer.length > longestChunk) this.#deliver();
    else if (length === 0) this.#clock.nextTurn(() => this.#look());
  }

  drained(): void {
    this.#to.drained();
  }

  ended(): void {
    this.#deliver();
    this.#to.ended();
  }

  closed(error: UpcallError | null): void {
    this.#deliver();
    this.#to.closed(error);
  }

  get #behind(): boolean {
    return this.#connection.behind === true;
  }

  #look(): void {
    if (this.#gathered) return;
    if (!this.#fresh && !this.#behind) return this.#deliver();
    this.#fresh = false;
    this.#clock.nextTurn(() => this.#look());
  }

  #deliver(): void {
    if (this.#gathered || this.#buffer.length === 0) return;
    this.#gathered = true;
    this.#to.received(this.#buffer.all());
  }
}
