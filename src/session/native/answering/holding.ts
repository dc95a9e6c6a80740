// The session, the callee's half: calls that may not begin now. They are held, or refused where too many are; when
// there is room again they begin in their order, unless their deadline has passed.

import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import type { UpcallError } from "../../../errors.ts";
import { busy, draining, heldTooLong, heldTooMany } from "../../../failure/call-refusals.ts";
import type { Admission } from "./admission.ts";
import { type CallHeader, type HeldCall, HeldCalls, heldOf } from "./held.ts";

/**
 * Milliseconds that calls which were held may take of one turn, and how many are begun before the clock is looked at.
 */
const maxTurnMs = 5;
const callsBetweenClockLooks = 16;

/** What it asks of the half of the session it belongs to. */
export interface HoldingOwner {
  /** Upcalls that have not settled. */
  readonly size: number;
  begin(header: CallHeader, bytes: Uint8Array, start: number, end: number): void;
  /** Tells the caller of a call that did not run. */
  refuse(header: CallHeader, error: UpcallError): void;
}

export class Holding {
  readonly #endpoint: Endpoint;
  readonly #admission: Admission;
  readonly #owner: HoldingOwner;
  readonly #held: HeldCalls;
  #releasing = false;
  /** Others have their turn: the next ones are begun in the next. */
  #resting = false;

  constructor(endpoint: Endpoint, admission: Admission, account: Account, owner: HoldingOwner) {
    this.#endpoint = endpoint;
    this.#admission = admission;
    this.#owner = owner;
    this.#held = new HeldCalls(endpoint.limits, account);
  }

  get size(): number {
    return this.#held.size;
  }

  has(id: number): boolean {
    return this.#held.has(id);
  }

  hold(header: CallHeader, bytes: Uint8Array, start: number, end: number): void {
    const { limits, counters, platform } = this.#endpoint;
    const { unread } = this.#admission;
    // A caller that does not know this side's limit yet may send some calls more than may run; one that knows it may
    // not.
    if (this.#held.size < (unread || this.#resting ? limits.running : limits.earlyCalls)) {
      if (this.#held.add(heldOf(header, bytes.slice(start, end), platform.clock.now()))) return;
    }
    counters.refusedRunning++;
    this.#owner.refuse(header, unread ? heldTooMany() : busy());
  }

  /** What a call waited for has happened: it begins, or waits for room like others. */
  resume(call: HeldCall): void {
    if (this.#held.size === 0 && this.#admission.room(this.#owner.size)) this.#begin(call);
    else if (!this.#held.add(call)) this.#owner.refuse(call, heldTooMany());
  }

  /** There may be room again: calls that were held are begun. */
  release(): void {
    // A call that settles at once comes here again: the loop below goes on with the next, not the stack.
    if (this.#releasing || this.#resting) return;
    this.#releasing = true;
    const { clock } = this.#endpoint.platform;
    const until = clock.now() + maxTurnMs;
    for (let begun = 1; this.#held.size > 0 && this.#admission.room(this.#owner.size); begun++) {
      const held = this.#held.next();
      if (held === undefined) break;
      this.#begin(held);
      if (begun % callsBetweenClockLooks === 0 && clock.now() >= until) {
        this.#resting = true;
        break;
      }
    }
    this.#releasing = false;
    if (this.#resting)
      clock.nextTurn(() => {
        this.#resting = false;
        this.release();
      });
  }

  /** Takes one out by its id, where it is here. */
  remove(id: number): HeldCall | undefined {
    return this.#held.remove(id);
  }

  /** The server closes: those that are held did not run. */
  refuseAll(): void {
    for (let held = this.#held.next(); held !== undefined; held = this.#held.next())
      this.#owner.refuse(held, draining());
  }

  clear(): void {
    this.#held.clear();
  }

  #begin(held: HeldCall): void {
    const { platform, limits, counters } = this.#endpoint;
    const until = held.since + (held.remaining === 0 ? limits.timeout : held.remaining);
    if (platform.clock.now() >= until) {
      counters.expired++;
      return this.#owner.refuse(held, heldTooLong());
    }
    const remaining = Math.ceil(until - this.#admission.time);
    this.#owner.begin({ ...held, remaining }, held.body, 0, held.body.length);
  }
}
