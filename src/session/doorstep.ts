// The session: a connection whose session will be elsewhere, in a worker of its own. Here it is found out whether there is
// somebody at all, and on the native wire whether it greets as it should and may come in: a worker costs ten megabytes, and
// a connection that says nothing costs nothing. What came is kept, and is the first that the worker hears.

import { type Authenticate, isIdentity } from "../call/access.ts";
import type { Connection, ConnectionEvents } from "../connection.ts";
import type { Alarm } from "../endpoint/deadlines.ts";
import type { Household } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import { notAuthenticated } from "../failure/call-refusals.ts";
import { breachOf } from "../failure/losses.ts";
import type { Peer } from "../peer.ts";
import { kind } from "../wire/native/frame.ts";
import { FrameReader, type FrameSink } from "../wire/native/reader.ts";
import type { PlainEnd } from "../wire/plain/end.ts";
import { checkFirst, noGreeting } from "./native/handshake/door.ts";
import { sayRefusal } from "./native/handshake/refuse.ts";
import { RememberedGreetings } from "./native/handshake/remembered.ts";
import { Outbox } from "./native/output/outbox.ts";

export interface DoorstepTerms {
  readonly wire: "native" | "plain";
  readonly end: PlainEnd | undefined;
  /** Who may come in, said at once; null: everybody. */
  readonly authenticate: Authenticate | null;
  /** It may have a worker; nothing more is read of it until it does. */
  readonly admitted: () => void;
  /** The connection is gone, and was given to nobody. */
  readonly gone: () => void;
}

/** Named for what comes next. */
type State = "await-first" | "await-worker" | "passed-on" | "await-end" | "over";

/** Milliseconds that the other side has to read why it may not come in. */
const farewell = 1_000;

/** For whoever has the session, it is the connection. */
export class Doorstep implements Connection, ConnectionEvents, FrameSink {
  readonly #home: Household;
  /** The connection itself, for handing over what it is made of. */
  readonly inner: Connection;
  readonly #terms: DoorstepTerms;
  readonly #reader: FrameReader;
  #state: State = "await-first";
  #alarm: Alarm | null = null;
  /** What came. */
  #kept: Uint8Array[] = [];
  #ended = false;
  #to: ConnectionEvents | null = null;
  #error: UpcallError | null = null;

  /** Starts the connection. */
  constructor(home: Household, connection: Connection, terms: DoorstepTerms) {
    this.#home = home;
    this.inner = connection;
    this.#terms = terms;
    this.#reader = new FrameReader(home.limits.messageBeforeGreeting);
    this.#alarm = home.platform.patience.after(home.limits.greetingTime, () => this.#late());
    connection.start(this);
  }

  get peer(): Peer {
    return this.inner.peer;
  }

  get unsent(): number {
    return this.inner.unsent;
  }

  get burst(): number {
    return this.inner.burst;
  }

  get behind(): boolean {
    return this.#kept.length > 0 || this.inner.behind === true;
  }

  /** The bytes that came, taken out: for a process, which has the connection itself. */
  take(): Uint8Array[] {
    this.#state = "over";
    return this.#kept.splice(0);
  }

  start(events: ConnectionEvents): void {
    this.#to = events;
    if (this.#state === "over") return queueMicrotask(() => events.closed(this.#error));
    this.#state = "passed-on";
    this.#home.platform.clock.nextTurn(() => {
      if (this.#state !== "passed-on") return;
      // More may have come meanwhile, and goes behind.
      for (const bytes of this.#kept.splice(0)) events.received(bytes);
      if (this.#ended) events.ended();
      else this.inner.resume();
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.inner.write(bytes);
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    if (this.#kept.length === 0) this.inner.resume();
  }

  end(): void {
    this.inner.end();
  }

  destroy(): void {
    this.inner.destroy();
  }

  received(bytes: Uint8Array): void {
    if (this.#state === "passed-on" && this.#kept.length === 0) return this.#to?.received(bytes);
    if (this.#state === "await-end" || this.#state === "over" || bytes.length === 0) return;
    this.#kept.push(bytes.slice());
    if (this.#state !== "await-first") return;
    if (this.#terms.wire === "plain") this.#admit();
    else this.#read(bytes);
  }

  /** The first frame, whole: nothing behind it is looked at here. */
  frame(header: FrameReader, bytes: Uint8Array, start: number, end: number): boolean {
    checkFirst(header, kind.greeting);
    const { platform, limits, counters } = this.#home;
    const { token = null } = this.#home
      .kept(RememberedGreetings)
      .greeted(platform.skim, bytes, start, end, limits.announced);
    const { authenticate } = this.#terms;
    if (authenticate === null || isIdentity(authenticate(token, { peer: this.peer }))) this.#admit();
    else {
      counters.notAuthenticated++;
      this.refuse(notAuthenticated());
    }
    return false;
  }

  drained(): void {
    this.#to?.drained();
  }

  ended(): void {
    this.#ended = true;
    if (this.#state === "passed-on" && this.#kept.length === 0) this.#to?.ended();
    // An empty message is one, where it ends with what is sent.
    else if (this.#state === "await-first" && this.#terms.wire === "plain" && this.#terms.end === "half-close")
      this.#admit();
    else if (this.#state === "await-first" || this.#state === "await-end") this.#leave();
  }

  closed(error: UpcallError | null): void {
    const state = this.#state;
    this.#state = "over";
    this.#error = error;
    this.#alarm?.cancel();
    this.#kept = [];
    if (this.#to !== null) this.#to.closed(error);
    else if (state !== "over") this.#terms.gone();
  }

  /** It gets no worker, and is told why where its wire has words for that. */
  refuse(error: UpcallError): void {
    if (this.#state === "over" || this.#state === "await-end") return;
    if (this.#terms.wire === "native") {
      const outbox = new Outbox(this.#home, this.inner, nothing, nothing);
      sayRefusal(this.#home, outbox, error);
      outbox.flush();
    }
    this.#leave();
    // What comes is not looked at any more, but that the other side ends is heard.
    this.inner.resume();
  }

  #read(bytes: Uint8Array): void {
    try {
      this.#reader.push(bytes, this);
    } catch (error) {
      this.#home.counters.badGreetings++;
      this.refuse(breachOf(error));
    }
  }

  #admit(): void {
    this.#alarm?.cancel();
    this.#state = "await-worker";
    this.inner.pause();
    // What was read together with these bytes is still being told.
    this.#home.platform.clock.defer(() => {
      if (this.#state === "await-worker") this.#terms.admitted();
    });
  }

  #late(): void {
    if (this.#terms.wire === "native") return this.refuse(noGreeting(this.#home));
    this.#home.counters.greetingTimeouts++;
    this.#leave();
  }

  /** Ends in good order; a side that does not end as well is not waited for. */
  #leave(): void {
    this.#state = "await-end";
    this.#kept = [];
    this.#alarm?.cancel();
    this.#alarm = this.#home.platform.deadlines.after(farewell, () => this.inner.destroy());
    this.inner.end();
  }
}

function nothing(): void {}
