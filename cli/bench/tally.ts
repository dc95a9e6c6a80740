// The command `bench`: how the calls ended. It knows no load and no terminal, and its memory does not grow with their
// number.

import { type Code, type Outcome, type Reason, UpcallError } from "upcall";
import { Histogram } from "./histogram.ts";
import { Timeline } from "./timeline.ts";

/** Calls that failed in the same way. */
export interface Failure {
  readonly code: Code;
  readonly reason: Reason;
  readonly outcome: Outcome;
  /** The message of the first of them, cut where it is long. */
  readonly message: string;
  count: number;
  /** Milliseconds of the one that took longest. */
  longest: number;
}

const maxMessageCharacters = 300;

export class Tally {
  /**
   * Milliseconds of the calls that returned, and of those that ended by their deadline: to leave those out would leave
   * out the worst. Other failures are no measure of the server's work.
   */
  readonly times: Histogram = new Histogram();
  /** The open loop: milliseconds between when a call was due and when it was made. */
  readonly late: Histogram = new Histogram();
  /** When calls ended, as long as it was measured. */
  readonly timeline: Timeline = new Timeline();
  readonly failures: Map<string, Failure> = new Map();
  returned = 0;
  failed = 0;
  /** Calls that ended while it was measured; the others ended later and count all the same. */
  endedWithin = 0;

  /** @param at milliseconds since the beginning */
  within(at: number): void {
    this.endedWithin++;
    this.timeline.count(at);
  }

  hasReturned(milliseconds: number): void {
    this.returned++;
    this.times.record(milliseconds);
  }

  hasFailed(error: unknown, milliseconds: number): void {
    this.failed++;
    const { code, reason, outcome, message } = known(error);
    if (code === "DEADLINE_EXCEEDED") this.times.record(milliseconds);
    // All three have a fixed set of values, so the number of kinds is limited.
    const kind = `${code} ${reason} ${outcome}`;
    const failure = this.failures.get(kind);
    if (failure === undefined) {
      const short = message.length > maxMessageCharacters ? `${message.slice(0, maxMessageCharacters)} ...` : message;
      this.failures.set(kind, { code, reason, outcome, message: short, count: 1, longest: milliseconds });
    } else {
      failure.count++;
      failure.longest = Math.max(failure.longest, milliseconds);
    }
  }
}

function known(error: unknown): UpcallError {
  if (error instanceof UpcallError) return error;
  return new UpcallError("INTERNAL", String(error), { reason: "SYSTEM", outcome: "unknown" });
}

/** Whether a call that fails in this way would fail each time: the request is wrong, or there is no server. */
export function isHopeless(error: unknown): boolean {
  if (!(error instanceof UpcallError) || error.outcome !== "not-executed") return false;
  if (error.code === "INVALID_ARGUMENT" || error.code === "UNIMPLEMENTED") return true;
  return hopeless.has(error.reason);
}

const hopeless: ReadonlySet<Reason> = new Set([
  "TOO_LARGE",
  "TOO_DEEP",
  "TOO_MANY",
  "CONNECTION_REFUSED",
  "NAME_NOT_RESOLVED",
]);
