// The session on the plain wire: what can be read without waiting, as one. It stands between a connection and the session that
// takes the first chunk of it for a message or a reply: a kernel cuts a long one into segments, and a transport that
// takes turns into slices, and neither is its end. Bytes and turns in, bytes out.

import type { Connection, ConnectionEvents } from "../../connection.ts";
import type { Looking, NextTurns } from "../../endpoint/next-turns.ts";
import type { UpcallError } from "../../errors.ts";
import { MessageBuffer } from "../../wire/plain/buffer.ts";
import { longestChunk } from "../../wire/plain/end.ts";

/** Fewer bytes than the smallest segment of a longer message has: nothing follows that is under way already. */
const minSegmentBytes = 512;

/** Gives `to` the first bytes when a turn has brought no more, or when there are too many; what follows as it comes. */
export class Gather implements ConnectionEvents, Looking {
  readonly #turns: NextTurns;
  readonly #connection: Connection;
  readonly #to: ConnectionEvents;
  readonly #buffer: MessageBuffer = new MessageBuffer();
  #gathered = false;
  /** Something came since the last look. */
  #fresh = false;

  constructor(turns: NextTurns, connection: Connection, to: ConnectionEvents) {
    this.#turns = turns;
    this.#connection = connection;
    this.#to = to;
  }

  received(bytes: Uint8Array): void {
    const { length } = this.#buffer;
    if (this.#gathered || (length === 0 && bytes.length < minSegmentBytes && !this.#behind)) {
      this.#gathered = true;
      return this.#to.received(bytes);
    }
    this.#buffer.push(bytes);
    this.#fresh = true;
    if (this.#buffer.length > longestChunk) this.#deliver();
    else if (length === 0) this.#turns.add(this);
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

  look(): boolean {
    if (!this.#gathered && (this.#fresh || this.#behind)) {
      this.#fresh = false;
      return false;
    }
    this.#deliver();
    return true;
  }

  get #behind(): boolean {
    return this.#connection.behind === true;
  }

  #deliver(): void {
    if (this.#gathered || this.#buffer.length === 0) return;
    this.#gathered = true;
    this.#to.received(this.#buffer.all());
  }
}
