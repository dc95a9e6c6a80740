// The session: one end of a conversation on the native wire. Bytes and time in, bytes and timers out; it has never seen
// a socket. Both ends are alike: either may call, the caller's half and the callee's half share one outbox.

import type { Timer } from "../clock.ts";
import type { Connection, ConnectionEvents } from "../connection.ts";
import { UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import { envelope } from "../limits.ts";
import { kind } from "../wire/native/frame.ts";
import { FrameReader, type FrameSink } from "../wire/native/reader.ts";
import { AnnouncedHere, announcementOf } from "./announced.ts";
import { CalleeHalf } from "./callee.ts";
import { CallerHalf } from "./caller.ts";
import type { Caller, CallOptions, Workplace } from "./contract.ts";
import { Dispatch } from "./dispatch.ts";
import { Door } from "./door.ts";
import { failureOf } from "./failure.ts";
import { Outbox } from "./outbox.ts";
import type { Household } from "./platform.ts";
import { Pressure } from "./pressure.ts";

export interface SessionOptions {
  /** `connected`: this end greets; `accepted`: it waits for the greeting. */
  readonly role: "connected" | "accepted";
  readonly workplace: Workplace;
  /** Announced in the greeting. */
  readonly interfaces: readonly Interface[];
  /** Milliseconds of a call when neither it nor its method says anything. */
  readonly timeout: number;
  /** Told once, when the connection is gone and every call settled. */
  readonly onClosed: (error: UpcallError | null) => void;
}

/** Milliseconds that the other side has to answer our end of the connection with its own. */
const farewell = 1_000;

export class Session implements ConnectionEvents, FrameSink, Caller {
  readonly peer: string;
  /** The caller's half; workers pass calls on through it. */
  readonly calls: CallerHalf;
  readonly upcalls: CalleeHalf;
  readonly #home: Household;
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #door: Door;
  readonly #dispatch: Dispatch;
  readonly #pressure: Pressure;
  readonly #reader: FrameReader;
  readonly #announced: AnnouncedHere = new AnnouncedHere();
  #over = false;
  #ended = false;
  #error: UpcallError | null = null;
  #closing: Promise<void> | null = null;
  #gone: () => void = () => {};
  #farewell: Timer | null = null;

  constructor(home: Household, connection: Connection, options: SessionOptions) {
    const broken = (error: UpcallError): void => this.#break(error);
    this.#home = home;
    this.#connection = connection;
    this.#options = options;
    this.peer = connection.peer;
    this.#outbox = new Outbox(home, connection, () => this.#pressure.check());
    this.calls = new CallerHalf(home, this.#outbox, this.peer, options.timeout);
    this.upcalls = new CalleeHalf(home, this.#outbox, this.peer, options.workplace);
    this.#door = new Door(home, this.#outbox, this.calls, this.upcalls, options.role, broken);
    this.#dispatch = new Dispatch(home, this.#outbox, this.calls, this.upcalls);
    this.#pressure = new Pressure(home, this.#outbox, (error) => this.#stuck(error));
    this.#reader = new FrameReader(home.limits.piece + envelope);
    for (const subject of options.interfaces) this.#announced.add(subject);
    if (options.role === "connected") this.#door.greet(options.interfaces);
    connection.start(this);
  }

  /** Why no call can be made any more; null while calls can. */
  get error(): UpcallError | null {
    return this.#over || this.#ended || this.#error !== null || this.#closing !== null ? this.#lost(false) : null;
  }

  announce(subject: Interface): number {
    const known = this.#announced.firstOf(subject);
    if (known >= 0) return known;
    const first = this.#announced.add(subject);
    if (!this.#over) this.#outbox.value(this.#home.encoder, kind.announce, 0, [announcementOf(subject)]);
    return first;
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    return this.calls.call(number, entry, args, options);
  }

  /** Fulfilled when the other end has answered, with nothing called. Errors: UNAVAILABLE. */
  async ping(): Promise<void> {
    if (!this.#over) await new Promise<void>((resolve) => this.#dispatch.ping(resolve));
    if (this.#over) throw this.#lost(false);
  }

  /** Takes no new calls, lets those that run finish up to the drain limit, then cancels them and ends the connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  received(bytes: Uint8Array): void {
    this.#home.counters.bytesReceived += bytes.length;
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
    this.upcalls.release();
    this.calls.pump();
  }

  /** The other side is done: whoever ends has settled its calls, so what still runs here is wanted by nobody. */
  ended(): void {
    this.#ended = true;
    this.calls.fail((sent) => this.#lost(sent));
    this.upcalls.lost();
    this.#end();
  }

  closed(error: UpcallError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#error ??= error;
    this.#outbox.abandon();
    this.#door.close();
    this.#pressure.close();
    this.#dispatch.close();
    this.calls.fail((sent) => this.#lost(sent));
    this.upcalls.lost();
    this.#farewell?.cancel();
    this.#gone();
    this.#options.onClosed(this.#error);
  }

  /** One frame off the wire. False: read no further. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    this.#home.counters.framesReceived++;
    if (this.#door.open) this.#dispatch.frame(header, bytes, start, end);
    else this.#door.enter(header.kind, bytes, start, end);
    return this.#error === null && !this.#over;
  }

  async #close(): Promise<void> {
    if (this.#over) return;
    const { platform, limits } = this.#home;
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve;
    });
    const timer = platform.clock.after(limits.drain, () => {
      const reason = new UpcallError(
        "CANCELLED",
        `the connection was closed, and ${limits.drain} ms were not enough for the call to finish`,
        { reason: "CLOSED", outcome: "unknown" },
      );
      this.calls.fail(() => reason);
      this.upcalls.cancelAll(reason);
      this.#end();
    });
    timer.keepAlive(true);
    void Promise.all([this.calls.drained(closedError(this.peer)), this.upcalls.drained()]).then(() => this.#end());
    await gone;
    timer.cancel();
  }

  /** Sends what there is and says farewell; a side that does not answer it is not waited for. */
  #end(): void {
    if (this.#over) return;
    this.#outbox.end();
    const timer = this.#home.platform.clock.after(farewell, () => this.#connection.destroy());
    timer.keepAlive(true);
    this.#farewell?.cancel();
    this.#farewell = timer;
  }

  /** The conversation cannot go on. The other side is told why, unless it was the one that said so. */
  #break(error: UpcallError): void {
    if (this.#over || this.#error !== null) return;
    if (this.#door.open) this.#home.counters.badFrames++;
    else this.#home.counters.badGreetings++;
    this.#error = error;
    if (!this.#door.open) this.#outbox.preface();
    this.#outbox.value(this.#home.encoder, kind.refusal, 0, failureOf(error));
    this.#door.close();
    this.#pressure.close();
    this.calls.fail((sent) => this.#lost(sent));
    this.#end();
  }

  /** Nothing can be said to a side that does not read. */
  #stuck(error: UpcallError): void {
    this.#error ??= error;
    this.#connection.destroy();
  }

  #lost(sent: boolean): UpcallError {
    if (this.#error === null && !this.#over && this.#closing !== null) return closedError(this.peer);
    return lostError(this.#error, sent, this.peer);
  }
}

function closedError(peer: string): UpcallError {
  return new UpcallError("UNAVAILABLE", `the connection to ${peer} is closed: connect again for more calls`, {
    reason: "CLOSED",
    outcome: "not-executed",
  });
}

function lostError(cause: UpcallError | null, sent: boolean, peer: string): UpcallError {
  const why = cause === null ? `${peer} ended the connection` : `the connection to ${peer} is lost: ${cause.message}`;
  const outcome = sent && cause?.outcome !== "not-executed" ? "unknown" : "not-executed";
  const clause = outcome === "unknown" ? "; whether the call ran is not known" : "; the call did not run";
  return new UpcallError(cause?.code ?? "UNAVAILABLE", why + clause, {
    reason: cause?.reason ?? "CONNECTION_LOST",
    outcome,
    cause,
  });
}
