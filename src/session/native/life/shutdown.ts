// The session: how it ends in good order. The other side is told that nothing new is taken, what runs may finish, then
// goodbye is said. Made when a session begins to end; most of its life there is none.

import type { Connection } from "../../../connection.ts";
import type { Alarm } from "../../../endpoint/deadlines.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { closedError } from "../../../failure/losses.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { Outbox } from "../output/outbox.ts";

/** Milliseconds that the other side has to answer our end of the connection with its own. */
const maxGoodbyeMs = 1_000;

function nothingTold(): void {}

/** What runs on a connection that ends in good order. */
export interface Draining {
  /** The id of the last call that was taken here, 0 for none; null where the other side has nothing to call. */
  readonly lastTaken: number | null;
  /** No new calls, in neither direction; fulfilled when all that runs has settled, or null where nothing runs. */
  drained(error: () => UpcallError): Promise<void> | null;
  /** What still runs when the time for that is over. */
  cancel(drain: number): void;
}

export class Shutdown {
  readonly #endpoint: Endpoint;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #halves: Draining;
  #closing: Promise<void> | null = null;
  #gone: () => void = nothingTold;
  #over = false;
  #limit: Alarm | null = null;
  #goodbye: Alarm | null = null;

  constructor(endpoint: Endpoint, connection: Connection, outbox: Outbox, halves: Draining) {
    this.#endpoint = endpoint;
    this.#connection = connection;
    this.#outbox = outbox;
    this.#halves = halves;
  }

  /** Whether this side asked for the end. */
  get closing(): boolean {
    return this.#closing !== null;
  }

  /**
   * Takes no new calls and lets what runs finish, up to the drain limit; fulfilled when the connection is gone. May be
   * called twice.
   *
   * @param tell whether the other side can be told that nothing new is taken
   */
  close(tell: boolean): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    if (this.#over) this.#closing = Promise.resolve();
    else {
      this.#closing = new Promise((resolve) => {
        this.#gone = resolve;
      });
      this.#drain(tell);
    }
    return this.#closing;
  }

  /**
   * Sends what there is and says goodbye; a side that does not answer it is not waited for.
   *
   * @param ended whether the other side has ended already
   */
  end(ended: boolean): void {
    if (this.#over) return;
    this.#outbox.end();
    // Where both have ended and nothing is left to be sent, the medium closes by itself.
    if (this.#goodbye !== null || (ended && this.#outbox.frames.unsent + this.#outbox.frames.long.bytes === 0)) return;
    this.#goodbye = this.#endpoint.platform.deadlines.after(maxGoodbyeMs, () => this.#connection.destroy());
  }

  /** The connection is gone. */
  over(): void {
    this.#over = true;
    this.#limit?.cancel();
    this.#goodbye?.cancel();
    this.#gone();
    // What is let go of is collected early; else a short connection keeps its own objects alive until a full
    // collection.
    this.#limit = null;
    this.#goodbye = null;
    this.#gone = nothingTold;
  }

  /** Where nothing runs, goodbye is said at once, with what this turn had to say. */
  #drain(tell: boolean): void {
    const drained = this.#halves.drained(() => closedError(this.#connection.peer.toString()));
    const { busy } = this.#outbox.frames;
    if (tell && !busy) this.#goAway();
    if (drained === null && !busy) return this.end(false);
    const { platform, limits } = this.#endpoint;
    this.#limit = platform.deadlines.after(limits.drain, () => {
      this.#halves.cancel(limits.drain);
      this.end(false);
    });
    // In a getter of a value that is being sent nothing can be said; that is over with the next promise.
    const told = busy ? Promise.resolve().then(() => (tell ? this.#goAway() : undefined)) : null;
    void Promise.all([drained, told]).then(() => this.end(false));
  }

  /** Which calls were taken: the other side need not wait to hear of those behind them. */
  #goAway(): void {
    const last = this.#halves.lastTaken;
    if (last !== null && !this.#over) this.#outbox.frames.put(kind.goAway, flag.skippable, 0, last, 0, null);
  }
}
