// For all sessions: a connection whose output makes no progress is given up. A peer that does not read must not cost
// memory without limit.

import type { Timer } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { UpcallError } from "../errors.ts";
import type { Endpoint } from "./platform.ts";

/** A sender of bytes. */
export interface Output {
  /** Bytes that wait in the connection. */
  readonly unsent: number;
  /** These, and the bytes that were sent and that the other end has surely not read. */
  readonly unread: number;
  /** Bytes that the other end, or the kernel, has taken since the beginning. */
  readonly taken: number;
}

/**
 * What was handed to a connection.
 *
 * @param handed   gives the bytes handed over since the beginning
 * @param underWay gives those that were taken, and that the other end has surely not read
 */
export function outputOf(connection: Connection, handed: () => number, underWay: () => number = () => 0): Output {
  return {
    get unsent() {
      return connection.unsent;
    },
    get unread() {
      return connection.unsent + underWay();
    },
    get taken() {
      return handed() - connection.unsent - underWay();
    },
  };
}

export class Pressure {
  readonly #endpoint: Endpoint;
  readonly #output: Output;
  readonly #stuck: (error: UpcallError) => void;
  #over = false;
  #watch: Timer | null = null;
  #lastTaken = 0;

  /** @param stuck the other side does not read: the connection cannot go on */
  constructor(endpoint: Endpoint, output: Output, stuck: (error: UpcallError) => void) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.#stuck = stuck;
  }

  /** Checks how much is unsent. It is called after every write that was not taken whole. */
  check(): void {
    const { unsent, unread } = this.#output;
    if (this.#over || unread === 0) return;
    if (unsent > this.#endpoint.limits.unsentClose) this.#giveUp(`${unsent} bytes are unsent`);
    else if (this.#watch === null) this.#startWatch();
  }

  close(): void {
    this.#over = true;
    this.#watch?.cancel();
    this.#watch = null;
  }

  #startWatch(): void {
    const { platform, limits } = this.#endpoint;
    // Not the unsent bytes: they stay the same where a slow reader takes as much as a busy writer adds.
    this.#lastTaken = this.#output.taken;
    this.#watch = platform.clock.after(limits.unsentTime, () => {
      this.#watch = null;
      const { unread, taken } = this.#output;
      if (unread > 0 && taken <= this.#lastTaken)
        this.#giveUp(`in ${limits.unsentTime} ms none of ${unread} bytes was taken`);
      else this.check();
    });
  }

  #giveUp(what: string): void {
    this.#endpoint.counters.unsentCloses++;
    this.#stuck(
      new UpcallError("UNAVAILABLE", `the other side does not read: ${what}`, {
        reason: "CONNECTION_LOST",
        outcome: "unknown",
      }),
    );
  }
}
