// The session, references: a side that holds objects of ours must give signs of life. When nothing came for a third of the
// lease it is asked for one; when nothing came for all of it, it has vanished, and what it held is taken back.

import type { Timer } from "../../../clock.ts";
import { UpcallError } from "../../../errors.ts";
import type { Household } from "../../platform.ts";

const parts = 3;

export interface LeaseTerms {
  /** How many chunks of bytes have come. */
  readonly heard: () => number;
  /** Asks for a sign of life. */
  readonly ask: () => void;
  /** Nothing came for as long as the lease is. */
  readonly vanished: (error: UpcallError) => void;
}

export class Lease {
  readonly #home: Household;
  readonly #peer: string;
  readonly #terms: LeaseTerms;
  #timer: Timer | null = null;
  #heard = 0;
  #silent = 0;

  constructor(home: Household, peer: string, terms: LeaseTerms) {
    this.#peer = peer;
    this.#home = home;
    this.#terms = terms;
  }

  /** The other side holds the first object of ours. */
  begin(): void {
    this.#silent = 0;
    this.#heard = this.#terms.heard();
    this.#watch();
  }

  /** It holds none any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #watch(): void {
    this.#timer?.cancel();
    this.#timer = this.#home.platform.clock.after(this.#home.limits.lease / parts, () => this.#look());
  }

  #look(): void {
    this.#timer = null;
    const heard = this.#terms.heard();
    this.#silent = heard === this.#heard ? this.#silent + 1 : 0;
    this.#heard = heard;
    if (this.#silent >= parts) {
      this.#home.counters.leasesExpired++;
      this.#terms.vanished(vanished(this.#peer, this.#home.limits.lease));
      return;
    }
    if (this.#silent > 0) this.#terms.ask();
    this.#watch();
  }
}

function vanished(peer: string, lease: number): UpcallError {
  return new UpcallError(
    "UNAVAILABLE",
    `nothing came from ${peer} for ${lease} ms while it held references: they are taken back (limits.lease)`,
    { reason: "CONNECTION_LOST", outcome: "unknown" },
  );
}
