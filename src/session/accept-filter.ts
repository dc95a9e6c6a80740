// The session: a connection whose session will be elsewhere, in a worker of its own. Its wire takes a first look at it, whether
// anything is said at all and whether who says it may come in: a worker costs ten megabytes, and a connection that says nothing
// costs nothing. What came is kept, and is the first that the worker hears.

import type { AccessHooks } from "../call/access.ts";
import type { Connection, ConnectionEvents } from "../connection.ts";
import type { Alarm } from "../endpoint/deadlines.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import type { Peer } from "../peer.ts";
import type { FirstLook, Wire } from "./contract.ts";
import { maxGoodbyeMs, sayWhy } from "./refuse-connection.ts";

export interface AcceptFilterTerms {
  readonly wire: Wire;
  /** Which callers are accepted, said at once; null: all. */
  readonly accessHooks: AccessHooks | null;
  /** It may have a worker; nothing more is read of it until it does. */
  readonly admitted: () => void;
  /** The connection is gone, and was not given to a session. */
  readonly gone: () => void;
}

/** Named for what comes next. */
type State = "await-first" | "await-worker" | "passed-on" | "await-end" | "over";

/** To the session it is the connection. */
export class AcceptFilter implements Connection, ConnectionEvents {
  readonly #endpoint: Endpoint;
  /** The connection itself, for handing over what it is made of. */
  readonly inner: Connection;
  readonly #terms: AcceptFilterTerms;
  readonly #look: FirstLook;
  #state: State = "await-first";
  #alarm: Alarm | null = null;
  /** What came. */
  #kept: Uint8Array[] = [];
  #ended = false;
  #to: ConnectionEvents | null = null;
  #error: UpcallError | null = null;

  /** Starts the connection. */
  constructor(endpoint: Endpoint, connection: Connection, terms: AcceptFilterTerms) {
    this.#endpoint = endpoint;
    this.inner = connection;
    this.#terms = terms;
    this.#look = terms.wire.firstLook(endpoint, connection.peer, terms.accessHooks);
    this.#alarm = endpoint.platform.idleTimers.after(endpoint.limits.greetingTime, () => this.#late());
    connection.start(this);
  }

  get peer(): Peer {
    return this.inner.peer;
  }

  get unsent(): number {
    return this.inner.unsent;
  }

  get traits(): Connection["traits"] {
    return this.inner.traits;
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
    this.#endpoint.platform.clock.nextTurn(() => {
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
    try {
      if (this.#look.received(bytes)) this.#admit();
    } catch (error) {
      this.refuse(error as UpcallError);
    }
  }

  drained(): void {
    this.#to?.drained();
  }

  ended(): void {
    this.#ended = true;
    if (this.#state === "passed-on" && this.#kept.length === 0) this.#to?.ended();
    else if (this.#state === "await-first" && this.#look.silent) this.#admit();
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
    const said = this.#terms.wire.refusal(this.#endpoint, error);
    if (said !== null) sayWhy(this.#endpoint, this.inner, said);
    this.#leave();
    // What comes is not looked at any more, but that the other side ends is heard.
    this.inner.resume();
  }

  #admit(): void {
    this.#alarm?.cancel();
    this.#state = "await-worker";
    this.inner.pause();
    // What was read together with these bytes is still being told.
    this.#endpoint.platform.clock.defer(() => {
      if (this.#state === "await-worker") this.#terms.admitted();
    });
  }

  #late(): void {
    const error = this.#look.late();
    if (error === null) this.#leave();
    else this.refuse(error);
  }

  /** Ends in good order; a side that does not end as well is not waited for. */
  #leave(): void {
    this.#state = "await-end";
    this.#kept = [];
    this.#alarm?.cancel();
    this.#alarm = this.#endpoint.platform.deadlines.after(maxGoodbyeMs, () => this.inner.destroy());
    this.inner.end();
  }
}
