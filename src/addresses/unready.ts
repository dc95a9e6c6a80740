// Addresses: those who wait until a greeting was answered, each no longer than its time. It knows no link.

import type { Deadlines } from "../endpoint/deadlines.ts";
import { UpcallError } from "../errors.ts";

interface Waiting {
  /** @param error null: the greeting was answered */
  readonly over: (error: UpcallError | null) => void;
}

export class Unready {
  readonly #deadlines: Deadlines;
  #waiting: Set<Waiting> = new Set();

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** @param late why it fails after so many milliseconds */
  wait(ms: number, late: () => UpcallError): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        over: (error) => {
          this.#waiting.delete(waiting);
          alarm.cancel();
          if (error === null) resolve();
          else reject(error);
        },
      };
      const alarm = this.#deadlines.after(ms, () => waiting.over(late()));
      this.#waiting.add(waiting);
    });
  }

  ready(): void {
    for (const { over } of this.#waiting) over(null);
  }

  /** @param error why no one need wait any more; null where they still may */
  refused(error: UpcallError | null): void {
    if (error !== null) for (const { over } of this.#waiting) over(error);
  }
}

export function unanswered(urls: string, ms: number): UpcallError {
  return new UpcallError("DEADLINE_EXCEEDED", `no greeting was answered by ${urls} within ${ms} ms`, {
    reason: "TIMEOUT",
    outcome: "not-executed",
  });
}
