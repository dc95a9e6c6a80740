// Workers: what is said of one that ended though its owner did not end it. The owner's log has all of it, once and
// under an id, and when the next one is started; whose calls ran there is told the id, and nothing of what the worker's
// code threw.

import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, textOf, UpcallError } from "../errors.ts";
import { incidentId } from "../failure/thrown.ts";
import { described } from "../inspect.ts";
import { BoundedLog, mostLines } from "../log.ts";
import type { Ending } from "./worker-contract.ts";

/** The end of a worker, as those are told of it who had calls there. */
export interface Loss {
  readonly incident: string;
  /** What happened, as far as a caller may know it. */
  readonly why: string;
}

const leftOut = (count: number): string =>
  `upcall: ${count} more ${count === 1 ? "worker" : "workers"} ended; at most ${mostLines} are named in a second`;

export class LostWorkers {
  readonly #endpoint: Endpoint;
  readonly #log: BoundedLog;
  /** Why none could be started, as it was told last, and under which id; null while they can. */
  #told: { readonly reason: string; readonly incident: string } | null = null;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#log = new BoundedLog(endpoint.platform.clock, leftOut);
  }

  lost({ name, how, thrown }: Ending): Loss {
    const { platform, expose } = this.#endpoint;
    const shown = thrown === null || expose === "nothing" ? "" : `: ${textOf(thrown.error)}`;
    return { incident: incidentId(platform), why: `${name} ${how}${shown}` };
  }

  /**
   * Writes it down, where it was not said before.
   *
   * @param unready why it never was ready; null where it was
   * @param next    what is done now, as the end of a sentence
   * @returns the loss under the id that it is written under
   */
  tell({ name, how, thrown }: Ending, loss: Loss, unready: UpcallError | null, next: string): Loss {
    const early = unready?.reason === "WORKER_LOST";
    if (unready !== null) {
      // One that is tried again and again says the same each time.
      const reason = early ? how : unready.message.replace(name, "");
      if (this.#told?.reason === reason) return { ...loss, incident: this.#told.incident };
      this.#told = { reason, incident: loss.incident };
    }
    const stack = thrown === null ? "" : `: ${described(thrown.error)}`;
    const what =
      unready === null || early ? `${name} ${how}${early ? " before it was ready" : ""}${stack}` : unready.message;
    this.#log.put(() => `upcall: incident ${loss.incident}: ${what}; ${next}`);
    return loss;
  }

  /** A worker is ready: where it could not be told of the last ones, that is over. */
  ready(name: string): void {
    if (this.#told === null) return;
    this.#told = null;
    this.#log.put(() => `upcall: workers can be started again: ${name} is ready`);
  }

  /** The server closes. */
  close(): void {
    this.#log.rest();
  }
}

/** What a call is told that finds no worker, because none could be started, or the last ones ended. */
export function noWorker({ incident, why }: Loss, unready: UpcallError | null): UpcallError {
  const [reason, what] =
    unready?.reason === "MODULE_NOT_LOADED"
      ? (["MODULE_NOT_LOADED", "workers of the server cannot load their module now"] as const)
      : ([
          "WORKER_LOST",
          `${why}${unready === null ? "" : " before it was ready"}, and no other one is ready yet`,
        ] as const);
  return new UpcallError(
    "UNAVAILABLE",
    `no worker is there for the call: ${what}; the server's log has more under ${incident}: try again later`,
    { reason, outcome: "not-executed", incident },
  );
}

/** The error of a worker that ended before it was ready, for the program that serves. */
export function endedEarly({ name, how, thrown }: Ending): UpcallError {
  const text = thrown === null ? "" : `: ${textOf(thrown.error)}`;
  return notExecuted("UNAVAILABLE", "WORKER_LOST", `${name} ${how} before it was ready${text}`, thrown?.error);
}
