// The command `bench`: warms up, then measures. It knows neither what is called nor how it is shown.

import { performance } from "node:perf_hooks";
import { Load, type LoadTerms, type Time } from "./load.ts";
import { Tally } from "./tally.ts";
import type { Target } from "./target.ts";

/** The present phase, to be shown meanwhile. */
export interface Progress {
  readonly phase: "warm-up" | "measured";
  readonly load: Load;
  readonly terms: LoadTerms;
}

/** The raw measurements. */
export interface Measured {
  readonly tally: Tally;
  readonly load: Load;
  readonly sent: number;
  readonly received: number;
  /** Microseconds of processor time that this process took while it was measured. */
  readonly processor: number;
  readonly interrupted: boolean;
}

/**
 * Node's timers are late by up to a millisecond, and a little more; `setImmediate` comes round every few microseconds.
 */
const systemTime: Time = {
  now: () => performance.now(),
  early: 1.5,
  after(ms, fn) {
    if (ms > 0) {
      const timer = setTimeout(fn, ms);
      return { cancel: () => clearTimeout(timer) };
    }
    const immediate = setImmediate(fn);
    return { cancel: () => clearImmediate(immediate) };
  },
};

/**
 * Puts the load on a target.
 *
 * @param warmUp milliseconds before it counts
 * @param stopped fulfilled when it must end at once
 * @param show called with each phase when it begins
 * @throws the error of the first calls, where every further call would fail in the same way
 */
export async function measure(
  target: Pick<Target, "links" | "bytes">,
  terms: LoadTerms,
  warmUp: number,
  stopped: Promise<unknown>,
  show: (progress: Progress) => void,
): Promise<Measured> {
  let interrupted = false;
  let running: Load | null = null;
  void stopped.then(() => {
    interrupted = true;
    running?.stop();
  });
  const run = async (phase: Progress["phase"], loadTerms: LoadTerms, closed: () => void): Promise<Load> => {
    const load = new Load(systemTime, target.links, loadTerms, new Tally(), closed);
    if (interrupted) return load;
    running = load;
    const over = load.run();
    show({ phase, load, terms: loadTerms });
    await over;
    return load;
  };
  if (warmUp > 0) await run("warm-up", { ...terms, duration: warmUp, calls: null }, () => {});
  const before = { ...target.bytes(), cpu: process.cpuUsage() };
  let after = { sent: before.sent, received: before.received, cpu: { user: 0, system: 0 } };
  const load = await run("measured", terms, () => {
    after = { ...target.bytes(), cpu: process.cpuUsage(before.cpu) };
  });
  return {
    tally: load.tally,
    load,
    sent: after.sent - before.sent,
    received: after.received - before.received,
    processor: after.cpu.user + after.cpu.system,
    interrupted,
  };
}
