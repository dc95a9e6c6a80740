// Interceptors, shipped: no more than so many calls at once; some more wait for their turn, and the rest is told at once
// that there is no room.

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
 * Lets so many calls run at once, those made here and those that came each for themselves: a method that calls back its
 * caller would else wait for itself.
 *
 * @param most 1 or more
 * Errors: INVALID_ARGUMENT (BAD_OPTION). Calls fail, all `not-executed`, with RESOURCE_EXHAUSTED (BUSY) where the queue is
 * full, DEADLINE_EXCEEDED (EXPIRED) and CANCELLED (ABORTED) where they waited too long for their caller.
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
  readonly #most: number;
  readonly #queue: number;
  readonly #clock: Clock;
  #running = 0;
  /** Each begins when it is called. */
  readonly #waiting: Set<() => void> = new Set();

  constructor(most: number, queue: number, clock: Clock) {
    this.#most = most;
    this.#queue = queue;
    this.#clock = clock;
  }

  /** False where as many run as may. */
  begin(): boolean {
    if (this.#running >= this.#most) return false;
    this.#running++;
    return true;
  }

  /** Fulfilled when the call may begin. Errors: those that calls fail with. */
  wait(call: InterceptedCall): Promise<void> {
    const { fullName } = call.entry;
    if (this.#waiting.size >= this.#queue) throw busy(fullName, this.#most, this.#waiting.size);
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

  /** One has ended: its turn is the next one's, or nobody's. */
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
