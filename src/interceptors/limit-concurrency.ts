// Interceptors, shipped: limits how many calls run at once. Some more wait for their turn; further calls fail at once.

import { listen, unlisten } from "../aborts.ts";
import { type Clock, systemClock } from "../clock.ts";
import { notExecuted, textOf, type UpcallError } from "../errors.ts";
import { aClock, aWholeNumber, checkOptions, type Shapes } from "../options.ts";
import { maker } from "./given.ts";
import type { InterceptedCall, Interceptor } from "./interceptor.ts";

export interface LimitConcurrencyOptions {
  /**
   * Calls that wait for their turn, within their deadlines; one more fails with RESOURCE_EXHAUSTED (BUSY). Default
   * 1,024.
   */
  readonly queue?: number | undefined;
  /** Time, as a test may have one of its own. Default: the system's. */
  readonly clock?: Clock | undefined;
}

export const concurrencyOptions: Shapes<LimitConcurrencyOptions> = { queue: aWholeNumber(0), clock: aClock };

/**
 * Lets so many calls run at once. Calls made here and calls that came are counted apart: otherwise a method that calls
 * its caller back could wait for itself.
 *
 * @param most 1 or more
 * Calls fail, always `not-executed`, with RESOURCE_EXHAUSTED (BUSY) when the queue is full, and with DEADLINE_EXCEEDED
 * (EXPIRED) or CANCELLED (ABORTED) while they wait. @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
 */
export const limitConcurrency: (
  /** 1 or more. */
  most: number,
  options?: LimitConcurrencyOptions,
) => Interceptor = /* @__PURE__ */ maker("limitConcurrency(8)", (most, options = {}) => {
  checkOptions("limitConcurrency()", options, concurrencyOptions);
  const { queue = 1_024, clock = systemClock } = options;
  if (!Number.isInteger(most) || most < 1) throw bad(`it lets ${String(most)} calls run; it must be 1 or more`);
  const turns = { caller: new Turns(most, queue, clock), callee: new Turns(most, queue, clock) };
  return async (call, next) => {
    const mine = turns[call.side];
    if (!mine.begin()) await mine.wait(call);
    try {
      return await next();
    } finally {
      mine.end();
    }
  };
});

class Turns {
  readonly #max: number;
  readonly #queue: number;
  readonly #clock: Clock;
  #running = 0;
  /** Each begins when it is called. */
  readonly #waiting: Set<() => void> = new Set();

  constructor(most: number, queue: number, clock: Clock) {
    this.#max = most;
    this.#queue = queue;
    this.#clock = clock;
  }

  /** False when as many calls run as are allowed. */
  begin(): boolean {
    if (this.#running >= this.#max) return false;
    this.#running++;
    return true;
  }

  /** Fulfilled when the call may begin. @throws UpcallError as the calls of {@link limitConcurrency} fail */
  wait(call: InterceptedCall): Promise<void> {
    const { fullName } = call.entry;
    if (this.#waiting.size >= this.#queue) throw busy(fullName, this.#max, this.#waiting.size);
    const { signal } = call;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiting.delete(begin);
        timer.cancel();
        unlisten(signal, aborted);
      };
      const begin = (): void => {
        over();
        resolve();
      };
      const aborted = (): void => {
        over();
        reject(notWanted(fullName, signal?.reason));
      };
      const timer = this.#clock.after(call.remaining, () => {
        over();
        reject(late(fullName));
      });
      timer.keepAlive(true);
      listen(signal, aborted);
      if (signal?.aborted === true) aborted();
      else this.#waiting.add(begin);
    });
  }

  /** A call has ended: the next waiting call begins, if there is one. */
  end(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running--;
    else next();
  }
}

function busy(fullName: string, most: number, waiting: number): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    `${fullName} was not called: ${most} calls run and ${waiting} wait already, which is what limitConcurrency allows here: try again later`,
  );
}

function late(fullName: string): UpcallError {
  return notExecuted(
    "DEADLINE_EXCEEDED",
    "EXPIRED",
    `${fullName} was not called: its deadline passed while it waited for its turn`,
  );
}

function notWanted(fullName: string, reason: unknown): UpcallError {
  return notExecuted(
    "CANCELLED",
    "ABORTED",
    `${fullName} was not called: it was cancelled while it waited for its turn (${textOf(reason)})`,
  );
}

function bad(what: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_OPTION", `limitConcurrency: ${what}`);
}
