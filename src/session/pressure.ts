// The session: a connection whose output makes no progress is given up, so that one side that does not read costs
// neither memory nor time without end.

import type { Timer } from "../clock.ts";
import { UpcallError } from "../errors.ts";
import type { Outbox } from "./outbox.ts";
import type { Household } from "./platform.ts";

export class Pressure {
  readonly #home: Household;
  readonly #outbox: Outbox;
  readonly #stuck: (error: UpcallError) => void;
  #over = false;
  #watch: Timer | null = null;
  #lastUnsent = 0;

  /** @param stuck the other side does not read: the connection cannot go on */
  constructor(home: Household, outbox: Outbox, stuck: (error: UpcallError) => void) {
    this.#home = home;
    this.#outbox = outbox;
    this.#stuck = stuck;
  }

  /** Looks how much is unsent; called after every write that was not taken whole. */
  check(): void {
    const { unsent } = this.#outbox;
    if (this.#over || unsent === 0) return;
    if (unsent > this.#home.limits.unsentClose) this.#giveUp(`${unsent} bytes are unsent`);
    else if (this.#watch === null) this.#startWatch(unsent);
  }

  close(): void {
    this.#over = true;
    this.#watch?.cancel();
    this.#watch = null;
  }

  #startWatch(unsent: number): void {
    const { platform, limits } = this.#home;
    this.#lastUnsent = unsent;
    this.#watch = platform.clock.after(limits.unsentTime, () => {
      this.#watch = null;
      const now = this.#outbox.unsent;
      if (now > 0 && now >= this.#lastUnsent)
        this.#giveUp(`in ${limits.unsentTime} ms none of ${now} unsent bytes was taken`);
      else this.check();
    });
  }

  #giveUp(what: string): void {
    this.#home.counters.unsentCloses++;
    this.#stuck(
      new UpcallError("UNAVAILABLE", `the other side does not read: ${what}`, {
        reason: "CONNECTION_LOST",
        outcome: "unknown",
      }),
    );
  }
}
