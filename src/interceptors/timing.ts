// Interceptors, shipped: how long each call took, and how it ended.

import { type Clock, systemClock } from "../clock.ts";
import { notExecuted } from "../errors.ts";
import { Hooks } from "../hook.ts";
import { aClock, checkOptions, type Shapes } from "../options.ts";
import { maker } from "./given.ts";
import type { InterceptedCall, Interceptor } from "./interceptor.ts";

/** One call that is over. */
export interface CallTiming {
  readonly side: "caller" | "callee";
  readonly interface: string;
  readonly method: string;
  readonly peer: string;
  /** The call's id on its connection; 0 at the caller. */
  readonly id: number;
  readonly milliseconds: number;
  /** The error that it failed with; null for a result. */
  readonly error: unknown;
}

export interface TimingOptions {
  /** Time, as a test may have one of its own. Default: the system's. */
  readonly clock?: Clock | undefined;
}

export const timingOptions: Shapes<TimingOptions> = { clock: aClock };

/**
 * Calls `told` for every call when it is over: at the caller when its result is back, at the callee when the object is
 * done. As the outermost interceptor it measures what the caller sees; inside of `retry` it measures each attempt. An
 * error of `told` is written on standard error, once.
 */
export const timing: (told: (timing: CallTiming) => void, options?: TimingOptions) => Interceptor =
  /* @__PURE__ */ maker("timing((call) => ...)", (told, options = {}) => {
    if (typeof told !== "function")
      throw notExecuted("INVALID_ARGUMENT", "BAD_OPTION", "timing() wants a function that is told of each call");
    return timed("timing()", "the function of timing()", told, options);
  });

/**
 * @param where the function that was given the options
 * @param name  what `told` is called where it fails
 */
export function timed(
  where: string,
  name: string,
  told: (timing: CallTiming) => unknown,
  options: TimingOptions,
): Interceptor {
  checkOptions(where, options, timingOptions);
  const { clock = systemClock } = options;
  const hooks = new Hooks(clock);
  const tell = ({ side, interface: subject, method, peer, id }: InterceptedCall, begun: number, error: unknown): void =>
    hooks.tell(name, told, { side, interface: subject, method, peer, id, milliseconds: clock.now() - begun, error });
  return async (call, next) => {
    const begun = clock.now();
    try {
      const value = await next();
      tell(call, begun, null);
      return value;
    } catch (error) {
      tell(call, begun, error);
      throw error;
    }
  };
}
