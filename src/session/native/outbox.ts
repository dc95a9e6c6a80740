// The session, going out: frames are written in place into one writer, which is handed to the connection once at the
// end of the turn. Long messages leave the batch and travel in pieces that other frames pass between.

import type { Encoder } from "../../codec/encode.ts";
import type { Writer } from "../../codec/writer.ts";
import type { Connection } from "../../connection.ts";
import { notExecuted } from "../../errors.ts";
import type { StageEvent } from "../../observer.ts";
import { flag, headerLength, putHeader, putPreface, travelsInPieces } from "../../wire/native/frame.ts";
import type { Household } from "../platform.ts";
import type { Output } from "../pressure.ts";

/** A long message on its way out. */
interface LongMessage {
  readonly kind: number;
  readonly flags: number;
  readonly method: number;
  readonly call: number;
  readonly remaining: number;
  readonly body: Uint8Array;
  sent: number;
}

/** Where so much is unsent that nothing should be added, only messages below this still go out with the batch. */
const alwaysSmall = 4 * 1024;

export class Outbox {
  /** What was handed to the connection, for whoever looks whether the other side takes it. */
  readonly output: Output;
  readonly #home: Household;
  readonly #connection: Connection;
  readonly #flush: () => void;
  readonly #written: () => void;
  readonly #flushed: () => void;
  #writer: Writer | null = null;
  /** Batches that are still being sent: their memory goes round when the connection has drained. */
  #lent: Writer[] = [];
  #long: LongMessage[] = [];
  #longBytes = 0;
  #handed = 0;
  #prefaced = false;
  #ending = false;
  #over = false;
  /** Where the frame being written begins. */
  #frame = 0;
  /** When the second frame of this turn was begun; 0 before. */
  #time = 0;
  /** Events to be told once the batch was written; null without an observer. */
  readonly #watched: Omit<StageEvent, "time">[] | null;

  /**
   * @param written called after writes that left bytes unsent, so that someone looks at them
   * @param flushed called when a turn's frames went out, so that what waited for room is sent
   */
  constructor(home: Household, connection: Connection, written: () => void, flushed: () => void) {
    this.#home = home;
    this.#connection = connection;
    this.#flush = () => this.flush();
    this.#written = written;
    this.#flushed = flushed;
    this.#watched = home.observer === null ? null : [];
    const handed = (): number => this.#handed;
    this.output = {
      get unsent() {
        return connection.unsent;
      },
      get taken() {
        return handed() - connection.unsent;
      },
    };
  }

  /** Bytes that wait here or in the connection. */
  get unsent(): number {
    return this.#connection.unsent + this.#longBytes + (this.#writer === null ? 0 : this.#writer.position);
  }

  /**
   * The time of this turn, read once where many frames go out together: a deadline may be early by as long as the turn
   * has taken, and never late.
   */
  get time(): number {
    const { clock } = this.#home.platform;
    if (this.#writer === null) return clock.now();
    if (this.#time === 0) this.#time = clock.now();
    return this.#time;
  }

  /** Whether a value is being written: a getter of it that is running cannot send anything meanwhile. */
  get busy(): boolean {
    return this.#writer?.busy ?? false;
  }

  /** The first bytes of a connection; once. */
  preface(): void {
    if (this.#prefaced) return;
    this.#prefaced = true;
    const writer = this.begin();
    writer.position = putPreface(writer.bytes, this.#frame);
  }

  /**
   * The writer, with room for a header: the body is written behind it, then `commit` or `drop` follows.
   * Errors: INVALID_ARGUMENT (NOT_MARSHALLABLE) in a getter of a value that is being written.
   */
  begin(): Writer {
    let writer = this.#writer;
    if (writer === null) {
      writer = this.#writer = this.#home.platform.writers.take();
      this.#home.platform.clock.defer(this.#flush);
    } else if (writer.busy) {
      throw notExecuted(
        "INVALID_ARGUMENT",
        "NOT_MARSHALLABLE",
        "a getter of a value that is being sent uses the connection it is sent on: read it before",
      );
    }
    this.#frame = writer.position;
    writer.ensure(headerLength);
    writer.position += headerLength;
    return writer;
  }

  /** Bytes of body written since `begin`. */
  get length(): number {
    return this.#writer === null ? 0 : this.#writer.position - this.#frame - headerLength;
  }

  /** Takes back what was written since `begin`. */
  drop(): void {
    if (this.#writer !== null) this.#writer.position = this.#frame;
  }

  /** Ends the frame begun: it goes out with this turn, or in pieces if it is long or there is no room for it now. */
  commit(kind: number, flags: number, method: number, call: number, remaining: number): void {
    const writer = this.#writer;
    if (writer === null) return;
    const { limits, counters } = this.#home;
    const body = this.#frame + headerLength;
    const length = writer.position - body;
    const crowded = length > alwaysSmall && this.unsent - length > limits.unsentPause;
    if (length > limits.piece || (crowded && travelsInPieces(kind))) {
      this.#long.push({
        kind,
        flags,
        method,
        call,
        remaining,
        body: writer.bytes.slice(body, writer.position),
        sent: 0,
      });
      this.#longBytes += length;
      writer.position = this.#frame;
      return;
    }
    putHeader(writer.view, this.#frame, length, kind, flags, method, call, remaining);
    counters.framesSent++;
  }

  /** A frame whose body is one value of our own. */
  value(encoder: Encoder, frameKind: number, call: number, body: unknown, flags = 0): void {
    encoder.value(this.begin(), body, "frame");
    this.commit(frameKind, flags, 0, call, 0);
  }

  /** A frame whose body is here already. */
  put(kind: number, flags: number, method: number, call: number, remaining: number, body: Uint8Array | null): void {
    const writer = this.begin();
    if (body !== null) {
      writer.ensure(body.length);
      writer.copy(body);
    }
    this.commit(kind, flags, method, call, remaining);
  }

  /** Tells the observer, once this turn's batch was written, that `event` happened. */
  watchSend(event: Omit<StageEvent, "time">): void {
    this.#watched?.push(event);
  }

  /** Hands this turn's frames over, then pieces while the connection takes them. */
  flush(): void {
    const writer = this.#writer;
    this.#writer = null;
    this.#time = 0;
    if (this.#over) {
      if (writer !== null) this.#home.platform.writers.give(writer);
      return;
    }
    if (writer !== null) {
      const taken = writer.position === 0 || this.#write(writer.bytes.subarray(0, writer.position));
      if (taken) this.#home.platform.writers.give(writer);
      else this.#lent.push(writer);
    }
    this.#tell();
    this.pieces();
    this.#flushed();
  }

  /** Sends pieces of long messages, each message in its turn, while the connection has little unsent. */
  pieces(): void {
    const { limits } = this.#home;
    this.#takeBack();
    while (this.#long.length > 0 && this.#connection.unsent < limits.piece) {
      const message = this.#long.shift() as LongMessage;
      const end = Math.min(message.sent + limits.piece, message.body.length);
      const more = end < message.body.length;
      const { kind, method, call, remaining } = message;
      const length = end - message.sent;
      const frame = new Uint8Array(headerLength + length);
      const flags = message.flags | (more ? flag.more : 0);
      putHeader(new DataView(frame.buffer), 0, length, kind, flags, method, call, remaining);
      frame.set(message.body.subarray(message.sent, end), headerLength);
      message.sent = end;
      this.#longBytes -= length;
      this.#home.counters.framesSent++;
      this.#write(frame);
      if (more) this.#long.push(message);
    }
    if (this.#ending && !this.#over && this.#long.length === 0) {
      this.#over = true;
      this.#connection.end();
    }
  }

  #takeBack(): void {
    if (this.#lent.length === 0 || this.#connection.unsent > 0) return;
    for (const writer of this.#lent.splice(0)) this.#home.platform.writers.give(writer);
  }

  /** Whether a long message is still on its way out. */
  holds(kind: number, call: number): boolean {
    return this.#long.length > 0 && this.#long.some((message) => message.call === call && message.kind === kind);
  }

  /** Gives up what is left of a long message; true when there was some, so that the other side must be told. */
  forget(kind: number, call: number): boolean {
    const index = this.#long.findIndex((message) => message.call === call && message.kind === kind);
    const [message] = index < 0 ? [] : this.#long.splice(index, 1);
    if (message === undefined) return false;
    this.#longBytes -= message.body.length - message.sent;
    return true;
  }

  /** Ends the connection once everything was handed over. */
  end(): void {
    this.#ending = true;
    this.flush();
  }

  /** The connection is gone: nothing is sent or held any more. */
  abandon(): void {
    this.#over = true;
    this.#long = [];
    this.#longBytes = 0;
    this.flush();
  }

  #write(bytes: Uint8Array): boolean {
    const { counters, limits } = this.#home;
    counters.writes++;
    counters.bytesSent += bytes.length;
    this.#handed += bytes.length;
    const taken = this.#connection.write(bytes);
    // Media that copy what they are given take everything at once, however little arrives.
    if (!taken || this.#connection.unsent >= limits.unsentPause) this.#written();
    return taken;
  }

  #tell(): void {
    const { observer, platform } = this.#home;
    if (observer === null || this.#watched === null || this.#watched.length === 0) return;
    for (const event of this.#watched.splice(0)) observer({ ...event, time: platform.clock.now() });
  }
}
