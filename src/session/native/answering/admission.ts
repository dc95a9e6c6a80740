// The session, the callee's half: whether a call may begin now, by what runs, what waits to be sent, and how long it is.

import type { UpcallError } from "../../../errors.ts";
import type { Household } from "../../platform.ts";
import type { Outbox } from "../outbox.ts";
import { argumentsTooLarge, busy, draining, heldTooLong } from "./refusals.ts";

/** Milliseconds of the object's own code in a call that keeps nobody waiting. */
const fastCall = 0.1;

export class Admission {
  /** No new call is taken. */
  draining = false;
  readonly #home: Household;
  readonly #outbox: Outbox;
  /** This turn, by its time; when the clock was read in it last, how many calls ago, and after how many it is read again. */
  #turn = -1;
  #read = 0;
  #calls = 0;
  #every = 1;

  constructor(home: Household, outbox: Outbox) {
    this.#home = home;
    this.#outbox = outbox;
  }

  /** Whether the other side leaves so much unread that nothing should be added. */
  get unread(): boolean {
    return this.#outbox.unsent >= this.#home.limits.unsentPause;
  }

  /** Whether one more may run beside `running` others of this connection; else it waits. */
  room(running: number): boolean {
    return running < this.#home.limits.running && !this.unread;
  }

  /**
   * Why a call with so many bytes of arguments is refused; null where it is not.
   *
   * @param remaining milliseconds that it had when this turn began
   */
  refusal(length: number, remaining: number): UpcallError | null {
    const { limits, counters } = this.#home;
    if (this.draining) return draining();
    if (this.#passed >= remaining) {
      counters.expired++;
      return heldTooLong();
    }
    if (length > limits.message) {
      counters.messagesTooLarge++;
      return argumentsTooLarge(length, limits.message);
    }
    if (counters.runningNow >= limits.runningServer) {
      counters.refusedRunning++;
      return busy();
    }
    return null;
  }

  /**
   * Milliseconds of this turn that are surely over: calls that came together begin one after the other. The clock is read
   * for each where they are slow; where they are fast, for one in eight, since reading it costs as much as they do.
   */
  get #passed(): number {
    const { time } = this.#outbox;
    if (time !== this.#turn) {
      this.#turn = this.#read = time;
      this.#calls = 0;
      this.#every = 1;
    } else if (++this.#calls >= this.#every) {
      const now = this.#home.platform.clock.now();
      const fast = now - this.#read < fastCall * this.#calls;
      this.#every = fast ? Math.min(this.#every * 2, 8) : 1;
      this.#read = now;
      this.#calls = 0;
    }
    return this.#read - time;
  }
}
