// The session, the caller's half: calls that go out in pieces. Each is past when its last piece has gone, or the rest
// of it was given up: then a call without a reply is over, and those that were made behind it follow.

import type { PendingCall, PendingRing } from "../../../call/pending/pending.ts";
import type { Clock } from "../../../clock.ts";
import type { LongMessages } from "../output/long.ts";
import type { UnsentCalls } from "./unsent.ts";

/** What becomes of such calls. */
export interface PiecedTerms {
  /** A call without a reply was sent. */
  readonly sentOneway: (call: PendingCall) => void;
  /** A call cannot be sent to its end, because the memory of an argument was given away. */
  readonly torn: (call: PendingCall) => void;
}

export class PiecedCalls {
  readonly #clock: Pick<Clock, "defer">;
  readonly #long: LongMessages;
  readonly #unsent: UnsentCalls;
  readonly #ring: PendingRing;
  readonly #terms: PiecedTerms;

  constructor(
    clock: Pick<Clock, "defer">,
    long: LongMessages,
    unsent: UnsentCalls,
    ring: PendingRing,
    terms: PiecedTerms,
  ) {
    this.#clock = clock;
    this.#long = long;
    this.#unsent = unsent;
    this.#ring = ring;
    this.#terms = terms;
  }

  /** A call that has its id goes out in pieces from now on. */
  begin(call: PendingCall): void {
    this.#long.torn ??= (id) => {
      const torn = this.#ring.find(id);
      if (torn !== null) this.#terms.torn(torn);
    };
    this.#long.gone ??= (id) => this.#gone(id);
    if (call.oneway) this.#ring.keep(call);
    this.#unsent.begun(call);
  }

  #gone(id: number): void {
    const call = this.#unsent.ended(id);
    if (call === null) return;
    call.gone();
    // First those who wait for the result of a call that was given up hear that there will be none.
    if (call.settled) return this.#clock.defer(() => this.#unsent.past(call));
    if (call.oneway) this.#terms.sentOneway(call);
    this.#unsent.past(call);
  }
}
