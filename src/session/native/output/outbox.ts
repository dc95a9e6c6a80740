// The session, going out: frames are written in place into one writer, which is handed to the connection at the end of
// the turn, and before it where a burst is long, so that the other side works on its beginning while its end is still
// being made. Long messages leave the batch and travel in pieces that other frames pass between.

import { longestCopy } from "../../../codec/beside.ts";
import type { Encoder } from "../../../codec/encode.ts";
import type { Writer } from "../../../codec/writer.ts";
import type { Connection } from "../../../connection.ts";
import type { Account } from "../../../endpoint/memory.ts";
import type { Household } from "../../../endpoint/platform.ts";
import { type Output, outputOf } from "../../../endpoint/pressure.ts";
import { SendEvents } from "../../../endpoint/send-events.ts";
import { hexOf } from "../../../escape.ts";
import { headerLength, kind as kinds, putHeader, putPreface } from "../../../wire/native/frame.ts";
import { Burst, burstBytes, further } from "./burst.ts";
import { isLong, LongMessages, type Parts } from "./long.ts";
import { usedWithin } from "./reentry.ts";

/** Where so much is unsent that nothing should be added, only messages below this still go out with the batch. */
const alwaysSmall = 4 * 1024;

export class Outbox {
  readonly #home: Household;
  readonly #connection: Connection;
  readonly #flush: () => void;
  readonly #written: () => void;
  readonly #flushed: () => void;
  #writer: Writer | null = null;
  readonly #burst: Burst = new Burst();
  /** Frames in the writer, and how many are handed over before the turn's end. */
  #frames = 0;
  #enough: number;
  /** The end of this turn was asked for. */
  #turn = false;
  /** Batches that are still being sent: their memory goes round when the connection has drained. */
  #lent: Writer[] = [];
  /** What the connection holds; for all parts of the session. */
  readonly account: Account;
  /** Those that wait for their turns. */
  readonly long: LongMessages = new LongMessages();
  #handed = 0;
  /** All that was handed over was taken: every call asks, and only a write changes it back. */
  #taken = false;
  #prefaced = false;
  #ending = false;
  #over = false;
  /** Where the frame being written begins. */
  #frame = 0;
  /** The time of this turn, once it was asked for; 0 before. */
  #time = 0;
  /** Events to be told once the batch was written; null before the first. */
  #watched: SendEvents | null = null;
  /** 128 random bits that name the connection, the same at both ends and no secret; none before they are known. */
  session: Uint8Array | null = null;
  #name = "";

  /**
   * @param written called after writes that left bytes unsent, so that someone looks at them
   * @param flushed called when a turn's frames went out, so that what waited for room is sent
   */
  constructor(home: Household, connection: Connection, written: () => void, flushed: () => void) {
    this.#home = home;
    this.#connection = connection;
    this.account = home.memory.account(home.counters, connection.peer);
    this.#enough = this.#burst.first(connection.burst);
    this.#flush = () => this.#endTurn();
    this.#written = written;
    this.#flushed = flushed;
  }

  /** The name of the connection, in hexadecimal digits; empty before it is known. Made when it is first asked for. */
  get connection(): string {
    if (this.#name === "" && this.session !== null) this.#name = hexOf(this.session);
    return this.#name;
  }

  /** Events to be told once this turn's frames were written. */
  get watched(): SendEvents {
    this.#watched ??= new SendEvents(this.#home);
    return this.#watched;
  }

  /** What was handed to the connection, for whoever looks whether the other side takes it: made for each who asks. */
  get output(): Output {
    return outputOf(
      this.#connection,
      () => this.#handed,
      () => this.long.underWay,
    );
  }

  /** Bytes that were handed to the connection. */
  get handed(): number {
    return this.#handed;
  }

  /** Bytes that go out before whatever is sent next, and are not taken yet. Pieces of long messages let others pass. */
  get unsent(): number {
    return (this.#taken ? 0 : this.#outstanding()) + (this.#writer === null ? 0 : this.#writer.position);
  }

  #outstanding(): number {
    const { unsent } = this.#connection;
    this.#taken = unsent === 0;
    return unsent;
  }

  /**
   * The time of this turn, read once where many calls go out or come in together: a deadline may be early by as long as
   * the turn has taken, and never late.
   */
  get time(): number {
    return this.#time === 0 ? this.#look() : this.#time;
  }

  #look(): number {
    this.#time = this.#home.platform.clock.now();
    this.#beginTurn();
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
    const writer = this.#writer ?? this.#take();
    if (writer.busy) throw usedWithin();
    this.#frame = writer.position;
    writer.ensure(headerLength);
    writer.position += headerLength;
    return writer;
  }

  #take(): Writer {
    const writer = this.#home.platform.writers.take();
    this.#writer = writer;
    this.#beginTurn();
    return writer;
  }

  /** Bytes of body written since `begin`, and of arrays beside it. */
  get length(): number {
    return this.#writer === null ? 0 : this.#writer.since(this.#frame + headerLength);
  }

  /** The body written since `begin`, as a copy. */
  get copied(): Uint8Array {
    return this.#writer?.slice(this.#frame + headerLength) ?? new Uint8Array(0);
  }

  /** Takes back what was written since `begin`. */
  drop(): void {
    this.#writer?.back(this.#frame);
  }

  /** Ends the frame begun: it goes out with this turn; or, which true says, in pieces, if it is long or there is no room. */
  commit(kind: number, flags: number, method: number, call: number, remaining: number): boolean {
    const writer = this.#writer;
    if (writer === null) return false;
    const length = writer.position - this.#frame - headerLength;
    if (writer.beside !== null || (length > alwaysSmall && isLong(this.#home.limits, this, kind, length)))
      return this.#leave(writer, kind, flags, method, call, remaining);
    putHeader(writer.view, this.#frame, length, kind, flags, method, call, remaining);
    this.#home.counters.framesSent++;
    if (++this.#frames >= this.#enough || writer.position >= burstBytes) this.#early();
    return false;
  }

  /** The frame begun leaves the batch, as a long message. */
  #leave(writer: Writer, kind: number, flags: number, method: number, call: number, remaining: number): true {
    const copied = kind === kinds.call ? longestCopy : Number.POSITIVE_INFINITY;
    this.putLong(kind, flags, method, call, remaining, writer.parts(this.#frame + headerLength, copied));
    this.drop();
    return true;
  }

  /** A long message whose body is these parts, which are nobody else's. */
  putLong(kind: number, flags: number, method: number, call: number, remaining: number, parts: Parts): void {
    this.long.add(kind, flags, method, call, remaining, parts);
    this.account.sent(this.#connection.unsent + this.long.bytes);
    this.#beginTurn();
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

  /** Hands this turn's frames over, then pieces while the connection takes them. */
  flush(): void {
    this.#hand();
    if (this.#over) return;
    this.#watched?.tell();
    this.pieces();
    this.#flushed();
  }

  #beginTurn(): void {
    if (this.#turn) return;
    this.#turn = true;
    this.#home.platform.clock.defer(this.#flush);
  }

  #endTurn(): void {
    this.#turn = false;
    this.#time = 0;
    this.#enough = this.#burst.first(this.#connection.burst);
    this.flush();
  }

  /** The beginning of a long burst, for a side that can work on it now. */
  #early(): void {
    if (this.#connection.burst === 0 || this.#connection.unsent > 0) return;
    const { clock } = this.#home.platform;
    const began = this.#enough === further ? 0 : this.#time;
    const before = began === 0 ? 0 : clock.now();
    this.#hand();
    this.#enough = further;
    if (began > 0) this.#burst.learn(before - began, clock.now() - before);
    this.#watched?.tell();
  }

  #hand(): void {
    const writer = this.#writer;
    if (writer === null) return;
    this.#writer = null;
    this.#frames = 0;
    this.#send(writer);
  }

  #send(writer: Writer): void {
    if (this.#over || writer.position === 0 || this.#write(writer.bytes.subarray(0, writer.position)))
      this.#home.platform.writers.give(writer);
    else this.#lent.push(writer);
  }

  /** Sends pieces of long messages, each message in its turn, while the connection has little unsent. */
  pieces(): void {
    const { limits, platform, counters } = this.#home;
    if (this.#lent.length > 0 && this.#connection.unsent === 0)
      for (const writer of this.#lent.splice(0)) platform.writers.give(writer);
    while (this.long.ready && this.#connection.unsent < limits.piece) {
      // No piece passes a frame that is older than its message, and none is sent in the middle of one.
      if (this.busy) return;
      if (this.#writer !== null) this.#hand();
      const writer = platform.writers.take();
      if (this.long.next(writer, limits.piece, platform.clock.now())) {
        counters.framesSent++;
        this.#send(writer);
        this.#written();
        this.long.handed();
      } else platform.writers.give(writer);
    }
    if (this.#lent.length + this.account.output > 0) this.account.sent(this.#connection.unsent + this.long.bytes);
    if (this.#ending && !this.#over && this.long.size === 0) {
      this.#over = true;
      this.#connection.end();
    }
  }

  /** The pong for a piece came: there may be room for another. */
  answered(id: number): void {
    this.long.answered(id, this.#home.platform.clock.now());
    if (this.long.ready) this.#beginTurn();
  }

  /** Ends the connection once everything was handed over. */
  end(): void {
    this.#ending = true;
    this.flush();
  }

  /** The connection is gone: nothing is sent or held any more. */
  abandon(): void {
    this.#over = true;
    this.long.clear();
    this.account.close();
    this.flush();
  }

  #write(bytes: Uint8Array): boolean {
    const { counters, limits } = this.#home;
    counters.writes++;
    counters.bytesSent += bytes.length;
    this.#handed += bytes.length;
    this.#taken = false;
    const taken = this.#connection.write(bytes);
    // Media that copy what they are given take everything at once, however little arrives.
    if (!taken || this.#connection.unsent >= limits.unsentPause) this.#written();
    return taken;
  }
}
