// Ground: reports of errors that user code threw and no interface declares. The caller gets only an id; the side that
// threw the error gets all of it here. It knows no stage of the walk.

import type { Clock } from "./clock.ts";
import { described } from "./inspect.ts";
import { BoundedLog, mostLines, oneLine } from "./log.ts";

/** How much of an undeclared error its caller is shown: `nothing` of it but an id, its `message`, or `everything`. */
export const exposures = ["nothing", "message", "everything"] as const;

export type Expose = (typeof exposures)[number];

/** User code threw an error that no interface declares. */
export interface IncidentReport {
  /** 16 hexadecimal digits, as the caller's `error.incident` and the end of its message have them. */
  readonly incident: string;
  /** The thrown value. In JavaScript it can be any value. */
  readonly error: unknown;
  /** `Interface.method`; for a bare function `upcall.Function.call`. */
  readonly method: string;
  /** The address of the caller. */
  readonly peer: string;
  /** The call's id on its connection (with a pool of workers, on the link to the worker); 0 where there is none. */
  readonly call: number;
}

/**
 * Called with errors that user code threw and no interface declares. When it fails itself, its first error is written
 * on standard error, and the incident is written there too.
 */
export type OnError = (report: IncidentReport) => void;

/**
 * All of it as one line: a search for the id finds the stack too, and no part of the error can look like another line
 * of the log.
 */
export function lineOf({ incident, error, method, peer, call }: IncidentReport): string {
  return oneLine(`upcall: incident ${incident}: ${method} (call ${call} of ${peer}) threw ${described(error)}`);
}

/** The default: lines on standard error, a limited number in a second. `onError` gets every incident. */
export class IncidentLog {
  readonly #log: BoundedLog;

  /** @param write of the platform's standard error, unless a test has another */
  constructor(clock: Clock, write?: (line: string) => void) {
    this.#log = new BoundedLog(clock, leftOut, write);
  }

  tell(report: IncidentReport): void {
    this.#log.put(() => lineOf(report));
  }

  /** Writes how many lines were left out, if any were. */
  rest(): void {
    this.#log.rest();
  }
}

function leftOut(count: number): string {
  const [what, were] = count === 1 ? ["incident", "was"] : ["incidents", "were"];
  return `upcall: ${count} more ${what} ${were} left out: there are at most ${mostLines} lines in a second; onError is told of each`;
}
