// Interceptors, shipped: how long each call took, and how it ended.

import { type Clock, systemClock } from "../clock.ts";
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
  /** What it failed with; null where it did not. */
  readonly error: unknown;
}

export interface TimingOptions {
  /** Time. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Tells `told` of every call when it is over: at the caller with its result's way back, at the callee when the object is
 * done. Outermost it measures what the caller sees; inside of `retry` each attempt. What `told` throws is lost.
 */
export function timing(told: (timing: CallTiming) => void, options: TimingOptions = {}): Interceptor {
  const { clock = systemClock } = options;
  return async (call, next) => {
    const begun = clock.now();
    try {
      const value = await next();
      tell(told, call, clock.now() - begun, null);
      return value;
    } catch (error) {
      tell(told, call, clock.now() - begun, error);
      throw error;
    }
  };
}

function tell(
  told: (timing: CallTiming) => void,
  { side, interface: name, method, peer, id }: InterceptedCall,
  milliseconds: number,
  error: unknown,
): void {
  try {
    told({ side, interface: name, method, peer, id, milliseconds, error });
  } catch {
    // It was told; what it made of that is its own affair.
  }
}
