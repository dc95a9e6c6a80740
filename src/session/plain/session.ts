// The session on the plain wire, the callee's end of one connection: raw messages in, raw replies out, one at a time
// and in order. Bytes and time in, bytes and timers out. The plain wire has no way to say what went wrong: then the
// connection ends without a reply, and a counter knows why.

import type { Timer } from "../../clock.ts";
import type { Connection, ConnectionEvents } from "../../connection.ts";
import { nothingThere, type SessionLook } from "../../contract/connection-state.ts";
import type { Account, AccountOwner } from "../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import type { UpcallError } from "../../errors.ts";
import { callerGone } from "../../failure/call-refusals.ts";
import { MessageBuffer } from "../../wire/plain/buffer.ts";
import { longestChunk, newline, type PlainEnd } from "../../wire/plain/end.ts";
import type { ServerSession } from "../contract.ts";
import { Gather } from "./gather.ts";
import { PlainOutbox } from "./outbox.ts";
import { type PlainTarget, PlainUpcall, type PlainUpcallOwner } from "./plain-upcall.ts";

export interface PlainSessionOptions {
  readonly to: PlainTarget;
  readonly end: PlainEnd;
  /** Told once, when the connection is gone. */
  readonly onClosed: (error: UpcallError | null) => void;
}

/** Named for what comes next. */
type State = "await-message" | "await-result" | "await-goodbye" | "over";

/** Milliseconds that the other side has to end its direction after we ended ours. */
const maxGoodbyeMs = 1_000;
/** Messages that may wait in memory behind the one that runs: beyond it nothing is read. */
const maxAheadBytes = 64 * 1024;
/** Messages answered in one go: 64 KiB may hold 65,536 of them, and others wait. */
const maxMessagesPerTurn = 512;

export class PlainSession implements ServerSession, ConnectionEvents, PlainUpcallOwner, AccountOwner {
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #options: PlainSessionOptions;
  readonly #outbox: PlainOutbox;
  readonly #buffer: MessageBuffer = new MessageBuffer();
  #state: State = "await-message";
  /** Bytes of a message that is not whole, as they are counted. */
  #kept = 0;
  #bytesReceived = 0;
  #upcall: PlainUpcall | null = null;
  #lastId = 0;
  /** A running number: this wire has no names for connections. */
  readonly connection: string;
  /** For the first bytes, then for the end of a message begun, then for the goodbye. */
  #timer: Timer | null = null;
  #drain: Timer | null = null;
  #begun = false;
  #ended = false;
  #leftOver = false;
  #refused = false;
  #blocked = false;
  #paused = false;
  #pumping = false;
  #closing: Promise<void> | null = null;
  #gone: () => void = () => {};

  /** Starts the connection: its first bytes may be delivered before this returns. */
  constructor(endpoint: Endpoint, connection: Connection, options: PlainSessionOptions) {
    this.#endpoint = endpoint;
    this.connection = `plain-${endpoint.counters.connections}`;
    this.#connection = connection;
    this.#options = options;
    this.#outbox = new PlainOutbox(endpoint, connection);
    this.#outbox.account.owner = this;
    this.#wait(endpoint.limits.greetingTime, () => {
      endpoint.counters.greetingTimeouts++;
      this.#end();
    });
    connection.start(options.end === "chunk" ? new Gather(endpoint.platform.turns, connection, this) : this);
  }

  look(): SessionLook {
    const ending = this.#closing !== null || this.#state === "await-goodbye";
    return {
      ...nothingThere,
      id: this.connection,
      state: this.#state === "over" ? "closed" : ending ? "draining" : "connected",
      upcalls: this.#upcall === null ? 0 : 1,
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#outbox.handed,
    };
  }

  get account(): Account {
    return this.#outbox.account;
  }

  /** It holds too much, and this wire has no way to say so. */
  overMemory(): void {
    this.#buffer.clear();
    this.#connection.destroy();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  received(bytes: Uint8Array): void {
    this.#endpoint.counters.bytesReceived += bytes.length;
    this.#bytesReceived += bytes.length;
    if (this.#state === "over" || bytes.length === 0) return;
    if (!this.#begun) this.#stopWaiting();
    this.#begun = true;
    if (this.#options.end === "chunk") this.#chunk(bytes);
    else if (this.#state !== "await-goodbye") {
      this.#buffer.push(bytes);
      this.#pump();
      if (this.#buffer.length > 0 || this.#kept > 0) this.#keep();
    }
  }

  /** Counts what is here of a message that is not whole; where that is too much, none will be. */
  #keep(): void {
    const more = this.#buffer.length - this.#kept;
    if (more > 0 && !this.account.admits(more)) return this.#refuse();
    this.#kept += more;
    this.account.hold(more);
  }

  drained(): void {
    this.#pump();
  }

  ended(): void {
    this.#ended = true;
    if (this.#options.end === "half-close" && this.#state === "await-message") this.#begin(this.#buffer.all());
    this.#pump();
  }

  closed(error: UpcallError | null): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#stopWaiting();
    this.#drain?.cancel();
    this.#outbox.close();
    this.#buffer.clear();
    this.#upcall?.abandon(callerGone());
    this.#gone();
    this.#options.onClosed(error);
  }

  settled(upcall: PlainUpcall, reply: Uint8Array | null): void {
    // Nothing is waited for any more where its deadline has passed or the connection is gone.
    if (this.#state !== "await-result") return;
    this.#upcall = null;
    const lines = this.#options.end === "newline";
    if (reply === null) return this.#end();
    if (lines && reply.includes(newline)) {
      this.#endpoint.counters.plainBad++;
      upcall.unfit('it has a newline, which would end it too early with end: "newline"');
      return this.#end();
    }
    this.#outbox.put(reply, lines, this.#endpoint.observer === null ? null : () => upcall.sent(reply.length));
    if (!lines || this.#closing !== null) return this.#end();
    this.#state = "await-message";
    this.#pump();
  }

  /** The caller learns that no reply will come, although the upcall may go on. */
  expired(): void {
    if (this.#state === "await-result") this.#end();
  }

  #chunk(bytes: Uint8Array): void {
    if (this.#state !== "await-message" || bytes.length > longestChunk) this.#tooMuch();
    else if (bytes.length > this.#endpoint.limits.message) this.#tooLarge();
    else this.#begin(bytes);
  }

  /** Begins as many messages as are whole and may begin, and looks what there is to wait for. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    let room = maxMessagesPerTurn;
    while (this.#mayBegin() && room > 0 && this.#next()) room--;
    this.#pumping = false;
    this.#outbox.flush();
    this.#blocked = !this.#mayBegin() || room === 0;
    if (room === 0) this.#wait(0, () => this.#pump());
    else if (!this.#blocked) this.#incomplete();
    this.#readOn();
  }

  #mayBegin(): boolean {
    return this.#state === "await-message" && this.#outbox.unsent < this.#endpoint.limits.unsentPause;
  }

  /** Begins the next message that ends at a newline; false when there is none. */
  #next(): boolean {
    const line = this.#options.end === "newline" ? this.#buffer.line() : null;
    if (line === null) return false;
    if (line.length > this.#endpoint.limits.message) this.#tooLarge();
    else this.#begin(line);
    return true;
  }

  /** There is a part of a message, or nothing. */
  #incomplete(): void {
    const { counters, limits } = this.#endpoint;
    const { length } = this.#buffer;
    if (length > limits.message) this.#tooLarge();
    else if (this.#ended) {
      if (length > 0) counters.plainBad++;
      this.#end();
    } else if (length > 0 && this.#timer === null) {
      // A peer that sends a byte now and then would hold the connection, and up to a message's bytes, for ever.
      this.#wait(limits.timeout, () => {
        counters.plainBad++;
        this.#refuse();
      });
    }
  }

  #begin(message: Uint8Array): void {
    const { counters, limits } = this.#endpoint;
    this.#stopWaiting();
    if (counters.runningNow >= limits.runningServer) {
      counters.refusedRunning++;
      return this.#end();
    }
    this.#state = "await-result";
    const upcall = new PlainUpcall(this.#endpoint, this.#options.to, this, ++this.#lastId, this.#connection.peer);
    this.#upcall = upcall;
    upcall.start(message);
  }

  /** More came than the one chunk. A reply that was sent already stays sent; else there is none. */
  #tooMuch(): void {
    if (!this.#leftOver) this.#endpoint.counters.plainLeftOver++;
    this.#leftOver = true;
    if (this.#state !== "await-goodbye") this.#refuse();
  }

  #tooLarge(): void {
    this.#endpoint.counters.messagesTooLarge++;
    this.#refuse();
  }

  /** Ends, and reads nothing more of what the other side goes on to send. */
  #refuse(): void {
    this.#refused = true;
    this.#end();
  }

  /** What is ready is sent, and nothing more. The other side's own end is waited for, so that no reset overtakes it. */
  #end(): void {
    this.#state = "await-goodbye";
    this.#buffer.clear();
    if (this.#kept > 0) this.#keep();
    this.#outbox.end();
    this.#readOn();
    this.#wait(maxGoodbyeMs, () => this.#goodbye());
  }

  /** A slow reader is given its time as long as it reads: the outbox sees to one that does not. */
  #goodbye(): void {
    if (this.#outbox.unsent > 0) this.#wait(maxGoodbyeMs, () => this.#goodbye());
    else this.#connection.destroy();
  }

  /** Reading stops where too much waits behind the message that runs; else it goes on, also to hear of the end. */
  #readOn(): void {
    const pause = this.#refused || (this.#blocked && this.#buffer.length >= maxAheadBytes);
    if (pause === this.#paused || this.#state === "over") return;
    this.#paused = pause;
    if (pause) this.#connection.pause();
    else this.#connection.resume();
  }

  #wait(ms: number, fn: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#endpoint.platform.clock.after(ms, () => {
      this.#timer = null;
      fn();
    });
  }

  #stopWaiting(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #close(): Promise<void> {
    if (this.#state === "over") return;
    const { platform, limits } = this.#endpoint;
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve;
    });
    this.#drain = platform.clock.after(limits.drain, () => this.#connection.destroy());
    this.#drain.keepAlive(true);
    if (this.#state === "await-message") this.#end();
    await gone;
  }
}
