// Interceptors, shipped: calls that failed for a reason that may pass are made again, within their deadline. A budget
// keeps a server in trouble from getting many more calls because of it. Source of the idea: the retry budgets of
// Finagle, and "Exponential backoff and jitter" (AWS, 2015), full jitter.

import { listen, unlisten } from "../aborts.ts";
import { type Clock, systemClock, systemRandomness } from "../clock.ts";
import { randomOf } from "../endpoint/random.ts";
import { type Outcome, textOf, UpcallError } from "../errors.ts";
import { isStream } from "../interface/spec.ts";
import { aClock, aFunction, aNumber, checkOptions, type Shapes } from "../options.ts";
import { maker } from "./given.ts";
import type { InterceptedCall, Interceptor } from "./interceptor.ts";

export interface RetryOptions {
  /** How often a call is made at most, the first time counted. Default 4. */
  readonly attempts?: number | undefined;
  /** Calls that may be made again, as a part of all calls of the last 10 s. Default 0.2. */
  readonly budget?: number | undefined;
  /**
   * Calls that may be made again in each second besides those of `budget`, so that a caller that makes few has some.
   * Default 10.
   */
  readonly perSecond?: number | undefined;
  /** The most milliseconds before the second attempt; each further wait may be twice as long. Default 50. */
  readonly base?: number | undefined;
  /** The most milliseconds before any attempt, however many there were. Default 2,000. */
  readonly most?: number | undefined;
  /** Time, as a test may have one of its own. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** A number from 0 up to 1, by which each longest wait is multiplied. Default: the system's randomness. */
  readonly random?: (() => number) | undefined;
}

export const retryOptions: Shapes<RetryOptions> = {
  attempts: aNumber(1, 100),
  budget: aNumber(0, 1),
  perSecond: aNumber(0, 1_000_000),
  base: aNumber(0, 3_600_000),
  most: aNumber(0, 3_600_000),
  clock: aClock,
  random: aFunction,
};

/**
 * Makes calls again that failed with UNAVAILABLE or RESOURCE_EXHAUSTED (BUSY). Where the method did not run, always;
 * where it ran, or may have run, only if the interface says that it is idempotent. Other calls would fail again, or
 * would be done twice. A call with a stream in its arguments is made once, because the stream can be read only once.
 *
 * It retries calls made here; calls that came pass it unchanged. The last attempt's error is thrown, with an outcome
 * that is true for all attempts.
 *
 * @throws UpcallError INVALID_ARGUMENT (BAD_OPTION)
 */
export const retry: (options?: RetryOptions) => Interceptor = /* @__PURE__ */ maker("retry()", (options = {}) => {
  checkOptions("retry()", options, retryOptions);
  const { attempts = 4, base = 50, most = 2_000, clock = systemClock, random = randomOf(systemRandomness) } = options;
  const budget = new RetryBudget(clock, options.budget ?? 0.2, options.perSecond ?? 10);
  return async (call, next) => {
    if (call.side !== "caller" || takesStreams(call)) return await next();
    budget.called();
    let outcome: Outcome = "not-executed";
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        if (!(error instanceof UpcallError)) throw error;
        if (error.outcome !== "not-executed") outcome = error.outcome;
        if (attempt >= attempts || !mayPass(error) || !mayRepeat(call, error)) throw ended(error, outcome);
        const wait = random() * Math.min(most, base * 2 ** (attempt - 1));
        if (wait >= call.remaining || !budget.take()) throw ended(error, outcome);
        await pause(clock, wait, call.signal);
        if (call.signal?.aborted === true) throw cancelled(call, outcome, call.signal.reason);
      }
    }
  };
});

/** Whether the same call may succeed a little later. */
function mayPass({ code, reason }: UpcallError): boolean {
  return code === "UNAVAILABLE" || (code === "RESOURCE_EXHAUSTED" && reason === "BUSY");
}

function mayRepeat({ entry }: InterceptedCall, { outcome }: UpcallError): boolean {
  return outcome === "not-executed" || entry.method.idempotent;
}

function takesStreams({ entry }: InterceptedCall): boolean {
  return entry.method.carries?.args.some((spec) => isStream(spec)) === true;
}

/** The last error. Its outcome is changed when an earlier attempt may have run and the last one did not. */
function ended(error: UpcallError, outcome: Outcome): UpcallError {
  if (error.outcome !== "not-executed" || outcome === "not-executed") return error;
  const { code, reason, message } = error;
  return new UpcallError(code, `${message}; an attempt before may have run`, { reason, outcome, cause: error });
}

function cancelled({ entry }: InterceptedCall, outcome: Outcome, cause: unknown): UpcallError {
  return new UpcallError(
    "CANCELLED",
    `${entry.fullName} was cancelled by its caller's signal before it was tried again (${textOf(cause)})`,
    { reason: "ABORTED", outcome, cause },
  );
}

/** Waits until the time is over or the signal aborts. */
function pause(clock: Clock, ms: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel();
      unlisten(signal, over);
      resolve();
    };
    const timer = clock.after(ms, over);
    timer.keepAlive(true);
    listen(signal, over);
  });
}

/** How many seconds count for the budget. */
const windowSeconds = 10;

/** Counts calls and repetitions of the last ten seconds, each second in a place of its own. */
class RetryBudget {
  readonly #clock: Clock;
  readonly #part: number;
  readonly #perSecond: number;
  readonly #calls: number[] = Array.from({ length: windowSeconds }, () => 0);
  readonly #taken: number[] = Array.from({ length: windowSeconds }, () => 0);
  #second: number;

  constructor(clock: Clock, part: number, perSecond: number) {
    this.#clock = clock;
    this.#part = part;
    this.#perSecond = perSecond;
    this.#second = Math.floor(clock.now() / 1000);
  }

  called(): void {
    this.#add(this.#calls);
  }

  /** Takes one repetition; false when none is left now. */
  take(): boolean {
    this.#forget();
    if (sum(this.#taken) + 1 > this.#part * sum(this.#calls) + this.#perSecond * windowSeconds) return false;
    this.#add(this.#taken);
    return true;
  }

  #add(counts: number[]): void {
    this.#forget();
    const place = this.#second % windowSeconds;
    counts[place] = (counts[place] ?? 0) + 1;
  }

  /** Clears the places of the seconds that have passed since the last call. */
  #forget(): void {
    const now = Math.floor(this.#clock.now() / 1000);
    for (let passed = Math.min(windowSeconds, now - this.#second); passed > 0; passed--) {
      const place = (now - passed + 1) % windowSeconds;
      this.#calls[place] = 0;
      this.#taken[place] = 0;
    }
    this.#second = now;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}
