// The session, the callee's half: whether a call may begin now, by what runs, what waits to be sent, and how long it is.

import type { UpcallError } from "../../../errors.ts";
import type { Household } from "../../platform.ts";
import type { Outbox } from "../outbox.ts";
import { argumentsTooLarge, busy, draining } from "./refusals.ts";

export class Admission {
  /** No new call is taken. */
  draining = false;
  readonly #home: Household;
  readonly #outbox: Outbox;

  constructor(home: Household, outbox: Outbox) {
    this.#home = home;
    this.#outbox = outbox;
  }

  /** Whether the other side leaves so much unread that nothing should be added. */
  get unread(): boolean {
    const { unsent, long } = this.#outbox;
    const { unsentPause, unsentClose } = this.#home.limits;
    // Small calls pass between the pieces of long results, but long results must not heap up.
    return unsent >= unsentPause || long.bytes >= unsentClose;
  }

  /** Whether one more may run beside `running` others of this connection; else it waits. */
  room(running: number): boolean {
    return running < this.#home.limits.running && !this.unread;
  }

  /**
   * Why a call with so many bytes of arguments is refused beside `running` others of this connection; null where it is
   * not. A full server still begins one call of each connection: else a few connections could take it from all others.
   */
  refusal(length: number, running: number): UpcallError | null {
    const { limits, counters } = this.#home;
    if (this.draining) return draining();
    if (length > limits.message) {
      counters.messagesTooLarge++;
      return argumentsTooLarge(length, limits.message);
    }
    if (running > 0 && counters.runningNow >= limits.runningServer) {
      counters.refusedRunning++;
      return busy();
    }
    return null;
  }
}
