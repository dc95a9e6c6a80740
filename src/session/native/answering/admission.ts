// The session, the callee's half: whether a call may begin now, by what runs, what waits to be sent, and how long it
// is.

import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { argumentsTooLarge, busy, draining, heldTooLong } from "../../../failure/call-refusals.ts";
import type { FrameOutput } from "../output/output.ts";

/** Milliseconds of the object's own code in a call that makes no other call wait. */
const fastCall = 0.1;
/** Where they are fast, so many may begin before the clock is read again: reading it costs a part of what they do. */
const mostUnseen = 16;

export class Admission {
  /** No new call is taken. */
  draining = false;
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  /** This turn, by its time, and how many milliseconds of it are surely over. */
  #turn = -1;
  #over = 0;
  /** Calls since the clock was read, and after how many it is read again. */
  #calls = 0;
  #every = 1;

  constructor(endpoint: Endpoint, output: FrameOutput) {
    this.#endpoint = endpoint;
    this.#output = output;
  }

  /** Whether the other side leaves so much unread that nothing should be added. */
  get unread(): boolean {
    const { unsent, long } = this.#output;
    const { unsentPause, unsentClose } = this.#endpoint.limits;
    // Small calls pass between the pieces of long results, but long results must not heap up.
    return unsent >= unsentPause || long.bytes >= unsentClose;
  }

  /** When this turn began, in milliseconds on the clock. */
  get time(): number {
    return this.#output.time;
  }

  /** Whether one more may run beside `running` others of this connection; else it waits. */
  room(running: number): boolean {
    return running < this.#endpoint.limits.running && !this.unread;
  }

  /**
   * Why a call with so many bytes of arguments is refused beside `running` others of this connection; null where it is
   * not. A full server still begins one call of each connection: else a few connections could take it from all others.
   *
   * @param time when this turn began, in milliseconds on the clock
   * @param remaining milliseconds that the call had then
   */
  refusal(length: number, running: number, time: number, remaining: number): UpcallError | null {
    if (time !== this.#turn) this.#begin(time);
    else if (++this.#calls >= this.#every) this.#look(time);
    const { limits, counters } = this.#endpoint;
    const room = running === 0 || counters.runningNow < limits.runningServer;
    const fits = room && length <= limits.message && this.#over < remaining && !this.draining;
    return fits ? null : this.#refused(length, remaining);
  }

  #refused(length: number, remaining: number): UpcallError {
    const { limits, counters } = this.#endpoint;
    if (this.draining) return draining();
    if (this.#over >= remaining) {
      counters.expired++;
      return heldTooLong();
    }
    if (length > limits.message) {
      counters.messagesTooLarge++;
      return argumentsTooLarge(length, limits.message);
    }
    counters.refusedRunning++;
    return busy();
  }

  #begin(time: number): void {
    this.#turn = time;
    this.#over = 0;
    this.#every = 1;
    this.#calls = 0;
  }

  /** Calls that came together begin one after the other: reads the clock, and says after how many it is read again. */
  #look(time: number): void {
    const over = this.#endpoint.platform.clock.now() - time;
    const fast = over - this.#over < fastCall * this.#calls;
    this.#every = fast ? Math.min(this.#every * 2, mostUnseen) : 1;
    this.#over = over;
    this.#calls = 0;
  }
}
