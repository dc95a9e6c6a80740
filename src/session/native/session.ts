// The session: one end of a conversation on the native wire. Bytes and time in, bytes and timers out; it has never seen
// a socket. Both ends are alike: either may call, the caller's half and the callee's half share one outbox.

import type { Connection, ConnectionEvents } from "../../connection.ts";
import { UpcallError } from "../../errors.ts";
import type { Interface, MethodEntry } from "../../interface/define.ts";
import { envelope } from "../../limits.ts";
import { kind, version } from "../../wire/native/frame.ts";
import { FrameReader, type FrameSink } from "../../wire/native/reader.ts";
import type { Caller, CallOptions, Pipelined } from "../contract.ts";
import type { Alarm } from "../deadlines.ts";
import { failureIn, failureOf } from "../failure.ts";
import { closedError, lostError, noSignOfLife } from "../losses.ts";
import type { Household } from "../platform.ts";
import { Pressure } from "../pressure.ts";
import { AnnouncedHere, announcementsOf } from "./announced.ts";
import type { CalleeHalf } from "./answering/callee.ts";
import type { CallerHalf } from "./calling/caller.ts";
import type { Aim } from "./calling/cargo.ts";
import type { Carriage, CarriageLine } from "./carrying/carriage.ts";
import { Dispatch } from "./dispatch.ts";
import { Door } from "./door.ts";
import { Halves, type HalvesOwner } from "./halves.ts";
import { Outbox } from "./outbox.ts";
import type { SessionOptions } from "./session-options.ts";

/** Milliseconds that the other side has to answer our end of the connection with its own. */
const farewell = 1_000;

export class Session implements ConnectionEvents, FrameSink, Caller, HalvesOwner {
  readonly peer: string;
  readonly #home: Household;
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #halves: Halves;
  readonly #door: Door;
  readonly #dispatch: Dispatch;
  readonly #reader: FrameReader;
  readonly #announced: AnnouncedHere;
  #pressure: Pressure | null = null;
  #heard = 0;
  #over = false;
  #ended = false;
  #error: UpcallError | null = null;
  /** Whatever was sent was refused before it could run. */
  #notRun = false;
  #closing: Promise<void> | null = null;
  #gone: () => void = () => {};
  #limit: Alarm | null = null;
  #farewell: Alarm | null = null;

  constructor(home: Household, connection: Connection, options: SessionOptions) {
    this.#home = home;
    this.#connection = connection;
    this.#options = options;
    this.peer = connection.peer;
    this.#announced = new AnnouncedHere(home.limits.announced);
    this.#outbox = new Outbox(
      home,
      connection,
      () => this.#crowded(),
      () => this.#halves.pump(),
    );
    this.#halves = new Halves(home, this.#outbox, options, this);
    this.#door = new Door(home, this.#outbox, this.#halves, options.role, (error) => this.#break(error));
    this.#dispatch = new Dispatch(home, this.#outbox, this.#halves);
    this.#reader = new FrameReader(home.limits.messageBeforeGreeting);
    for (const subject of options.interfaces) this.#announced.add(subject);
    if (options.role === "connected") this.#door.greet(options.interfaces);
    connection.start(this);
  }

  /** The caller's half; workers pass calls on through it. */
  get calls(): CallerHalf {
    return this.#halves.calls;
  }

  get upcalls(): CalleeHalf {
    return this.#halves.upcalls;
  }

  /** What travels by reference on this connection; made when it is first needed. */
  get carriage(): Carriage {
    return this.#halves.carriage;
  }

  /** Why no call can be made any more; null while calls can. */
  get error(): UpcallError | null {
    return this.#over || this.#ended || this.#error !== null || this.#closing !== null ? this.#lost(false) : null;
  }

  announce(subject: Interface): number {
    const known = this.#announced.firstOf(subject);
    if (known >= 0) return known;
    // Fails in a getter of a value that is being sent, before anything was noted down.
    this.#outbox.begin();
    this.#outbox.drop();
    const first = this.#announced.add(subject);
    for (const part of announcementsOf([subject])) this.#outbox.value(this.#home.encoder, kind.announce, 0, part);
    return first;
  }

  /** @param aim what is called, where it is not the interface's own object */
  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    aim: Aim | null = null,
  ): Promise<unknown> {
    return this.calls.call(number, entry, args, options, aim);
  }

  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    aim: Aim | null = null,
  ): Pipelined {
    return this.calls.pipeline(number, entry, args, options, aim);
  }

  /** Fulfilled when the other end has answered, with nothing called. Errors: UNAVAILABLE, DEADLINE_EXCEEDED. */
  async ping(): Promise<void> {
    const { error } = this;
    if (error !== null) throw error;
    const { timeout } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const timer = this.#home.platform.clock.after(timeout, () => reject(noSignOfLife(this.peer, timeout)));
      timer.keepAlive(true);
      this.#dispatch.ping(() => {
        timer.cancel();
        resolve();
      });
    });
    if (this.#over) throw this.#lost(false);
  }

  /** Takes no new calls, lets those that run finish up to the drain limit, then cancels them and ends the connection. */
  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    if (this.#over) this.#closing = Promise.resolve();
    else {
      this.#closing = new Promise((resolve) => {
        this.#gone = resolve;
      });
      this.#drain();
    }
    return this.#closing;
  }

  received(bytes: Uint8Array): void {
    this.#home.counters.bytesReceived += bytes.length;
    this.#heard++;
    if (this.#over || this.#error !== null) return;
    try {
      this.#reader.push(bytes, this);
    } catch (error) {
      this.#break(
        error instanceof UpcallError
          ? error
          : new UpcallError("INTERNAL", "a frame could not be understood", {
              reason: "BAD_FRAME",
              outcome: "unknown",
              cause: error,
            }),
      );
    }
  }

  drained(): void {
    this.#outbox.pieces();
    this.#halves.pump();
  }

  /** The other side is done: whoever ends has settled its calls, so what still runs here is wanted by nobody. */
  ended(): void {
    this.#ended = true;
    this.#fail();
    this.#halves.lose();
    this.#end();
  }

  closed(error: UpcallError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#error ??= error;
    this.#outbox.abandon();
    this.#door.close();
    this.#pressure?.close();
    this.#dispatch.close();
    this.#fail();
    this.#halves.lose();
    this.#halves.close(() => this.#lost(true));
    this.#limit?.cancel();
    this.#farewell?.cancel();
    this.#gone();
    this.#options.onClosed(this.#error);
  }

  /** One frame off the wire. False: read no further. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    this.#home.counters.framesReceived++;
    if (this.#door.open) {
      if (header.kind === kind.refusal) this.#refused(bytes, start, end);
      else this.#dispatch.frame(header, bytes, start, end);
    } else if (header.kind === kind.refusal && this.#options.role === "connected") this.#refused(bytes, start, end);
    else {
      this.#door.enter(header, bytes, start, end);
      header.longest = this.#home.limits.piece + envelope;
    }
    return this.#error === null && !this.#over;
  }

  /** What the carriage asks of this session. */
  carriageLine(): CarriageLine {
    return {
      line: this,
      heard: () => this.#heard,
      ask: () => this.#dispatch.ping(() => {}),
      vanished: (error) => this.#stuck(error),
    };
  }

  /** Lets what runs finish. Where nothing does, the farewell is said at once, with what this turn had to say. */
  #drain(): void {
    const drained = this.#halves.drained(() => closedError(this.peer));
    if (drained === null && !this.#outbox.busy) return this.#end();
    const { platform, limits } = this.#home;
    this.#limit = platform.deadlines.after(limits.drain, () => {
      this.#halves.cancel(limits.drain);
      this.#end();
    });
    void Promise.resolve(drained).then(() => this.#end());
  }

  /** Nothing is answered any more. */
  #fail(): void {
    this.#halves.fail((sent) => this.#lost(sent));
  }

  /** Sends what there is and says farewell; a side that does not answer it is not waited for. */
  #end(): void {
    if (this.#over) return;
    this.#outbox.end();
    // Where both have ended and nothing is left to be sent, the medium closes by itself.
    if (this.#farewell !== null || (this.#ended && this.#outbox.unsent + this.#outbox.long.bytes === 0)) return;
    this.#farewell = this.#home.platform.deadlines.after(farewell, () => this.#connection.destroy());
  }

  /** A write was not taken whole. */
  #crowded(): void {
    if (this.#over || this.#error !== null) return;
    this.#pressure ??= new Pressure(this.#home, this.#outbox.output, (error) => this.#stuck(error));
    this.#pressure.check();
  }

  /** The conversation cannot go on, and the other side is told why. */
  #break(error: UpcallError): void {
    if (this.#over || this.#error !== null) return;
    if (this.#door.open) this.#home.counters.badFrames++;
    else this.#home.counters.badGreetings++;
    this.#outbox.preface();
    this.#outbox.value(this.#home.encoder, kind.refusal, 0, { ...failureOf(error), versions: [version] });
    this.#giveUp(error);
  }

  /** The other side said that the conversation cannot go on. Before the welcome that is proof that no call ran. */
  #refused(bytes: Uint8Array, start: number, end: number): void {
    this.#notRun = !this.#door.open;
    this.#giveUp(failureIn(this.#home.decoder, bytes, start, end));
  }

  #giveUp(error: UpcallError): void {
    this.#error ??= error;
    this.#door.close();
    this.#pressure?.close();
    this.#fail();
    this.#end();
  }

  /** Nothing can be said to a side that does not read. */
  #stuck(error: UpcallError): void {
    this.#error ??= error;
    this.#connection.destroy();
  }

  #lost(sent: boolean): UpcallError {
    if (!sent && this.#error === null && this.#closing !== null) return closedError(this.peer);
    return lostError(this.#error, sent && !this.#notRun, this.peer);
  }
}
