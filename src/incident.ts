// Ground: what is told of an error that user code threw and no interface declares. Its caller hears of an id only; the
// side that threw it is told all of it here. It knows no stage of the walk.

import type { Clock } from "./clock.ts";
import { described } from "./inspect.ts";
import { BoundedLog, mostLines, oneLine } from "./log.ts";

/** How much of an undeclared error its caller is shown: `nothing` of it but an id, its `message`, or `everything`. */
export const exposures = ["nothing", "message", "everything"] as const;

export type Expose = (typeof exposures)[number];

/** Something was thrown that no interface declares. */
export interface IncidentReport {
  /** 16 hexadecimal digits, as the caller's `error.incident` and the end of its message have them. */
  readonly incident: string;
  /** What was thrown, as it is: in JavaScript that may be anything. */
  readonly error: unknown;
  /** `Interface.method`; for a bare function `upcall.Function.call`. */
  readonly method: string;
  /** The address of whoever made the call. */
  readonly peer: string;
  /** The call's id on its connection (with a pool of workers, on the link to the worker); 0 where there is none. */
  readonly call: number;
}

/**
 * Told of what user code threw and no interface declares. What it throws itself, or rejects with, is written on standard
 * error, once, and the incident is then told there as well.
 */
export type OnError = (report: IncidentReport) => void;

/**
 * All of it as one line: whoever looks for the id finds the stack with it, and no text of the error can look like a line
 * of its own.
 */
export function lineOf({ incident, error, method, peer, call }: IncidentReport): string {
  return oneLine(`upcall: incident ${incident}: ${method} (call ${call} of ${peer}) threw ${described(error)}`);
}

/** Lines on standard error: what happens where nobody said anything else. Who asked to be told is told of each. */
export class IncidentLog {
  readonly #log: BoundedLog;

  /** @param write of the platform's standard error, unless a test has another */
  constructor(clock: Clock, write?: (line: string) => void) {
    this.#log = new BoundedLog(clock, leftOut, write);
  }

  tell(report: IncidentReport): void {
    this.#log.put(() => lineOf(report));
  }

  /** Says how many were left out, where any were. */
  rest(): void {
    this.#log.rest();
  }
}

function leftOut(count: number): string {
  const [what, were] = count === 1 ? ["incident", "was"] : ["incidents", "were"];
  return `upcall: ${count} more ${what} ${were} left out: there are at most ${mostLines} lines in a second; onError is told of each`;
}
