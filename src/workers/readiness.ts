// Workers: what a worker reports of itself: whether it has loaded its modules, told by its own report or by its death,
// and at its end what it counted.

import type { CounterValues } from "../counters.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { afterStart, notLoadedInTime } from "./start-time.ts";
import type { Listener, Report, WorkerTask } from "./worker-contract.ts";

export interface Readiness {
  readonly promise: Promise<void>;
  readonly counted: () => CounterValues | null;
  readonly listener: Listener;
  take(report: Exclude<Report, { taken: true }>): void;
  fail(error: UpcallError): void;
}

/**
 * @param name of the worker
 * @param end  ends it: its modules were not loaded in time
 */
export function readiness({ modules, limits }: WorkerTask, name: string, end: () => void): Readiness {
  let counters: CounterValues | null = null;
  const listener: Listener = { told: null };
  let settle: { resolve: () => void; reject: (error: UpcallError) => void } | null = null;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const stopTimer = afterStart(limits.workerStart, () => {
    settle?.reject(notLoadedInTime(modules, limits.workerStart, `, so ${name} was ended`));
    end();
  });
  // Those who wait see the error; no one waits for a worker that is replaced later.
  promise.then(stopTimer, stopTimer);
  return {
    promise,
    counted: () => counters,
    listener,
    take(report) {
      if ("events" in report || "look" in report) listener.told?.(report);
      else if ("counters" in report) counters = report.counters;
      else if (report.ready) settle?.resolve();
      else if (report.unsupported) settle?.reject(notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", report.message));
      else settle?.reject(notExecuted("INVALID_ARGUMENT", "MODULE_NOT_LOADED", report.message));
    },
    fail: (error) => settle?.reject(error),
  };
}
