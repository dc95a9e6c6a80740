// The command `bench`: the results, as the object that --json prints and that the printed page is made of. Pure.

import type { Histogram, Slot } from "./histogram.ts";
import type { Measured } from "./measure.ts";
import { rowsOf } from "./rows.ts";
import type { Failure } from "./tally.ts";
import type { BenchTerms } from "./terms.ts";

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly "p99.9": number;
  readonly max: number;
}

export interface Result {
  readonly url: string;
  /** `Interface.method`, or null on the plain wire. */
  readonly method: string | null;
  readonly loop: "closed" | "open";
  readonly inFlight: number;
  readonly connections: number | null;
  /** Calls a second that were wanted; null in the closed loop. */
  readonly rate: number | null;
  /** Seconds. */
  readonly warmUp: number;
  readonly seconds: number;
  /** By a signal. */
  readonly interrupted: boolean;
  /** Calls made: returned + failed + unfinished. */
  readonly calls: number;
  readonly returned: number;
  readonly failed: number;
  readonly unfinished: number;
  /** The open loop: calls that were due and were not made, because no lane was free. */
  readonly overdue: number | null;
  /** Calls that ended within the seconds. */
  readonly callsPerSecond: number;
  readonly bytesSentPerSecond: number;
  readonly bytesReceivedPerSecond: number;
  /** Of one processor, how much this process took: near 1 it may be what was measured. */
  readonly processor: number;
  /** Of the calls that returned or ended by their deadline; null when there was none. Milliseconds. */
  readonly times: (Percentiles & { readonly count: number; readonly min: number; readonly mean: number }) | null;
  /** The closed loop: the same, corrected for coordinated omission, with so many times added for the interval. */
  readonly steady: (Percentiles & { readonly interval: number; readonly added: number }) | null;
  /** The open loop: milliseconds from when a call was due to when it was made. They are within its time. */
  readonly late: Percentiles | null;
  readonly histogram: readonly Slot[];
  /** Calls that ended in each slice. */
  readonly timeline: { readonly sliceSeconds: number; readonly calls: readonly number[] };
  readonly errors: readonly Failure[];
  readonly connectionsLost: number;
}

export function resultOf(terms: BenchTerms, method: string | null, measured: Measured): Result {
  const { url, aim, load: loadTerms } = terms;
  const { tally, load } = measured;
  const { times } = tally;
  const seconds = load.elapsed / 1000;
  const perSecond = (count: number): number => (seconds === 0 ? 0 : rounded(count / seconds));
  const open = loadTerms.rate !== null;
  const { returned, failed } = tally;
  return {
    url,
    method,
    loop: open ? "open" : "closed",
    inFlight: loadTerms.inFlight,
    connections: aim.wire === "native" ? aim.connections : null,
    rate: loadTerms.rate,
    warmUp: terms.warmUp / 1000,
    seconds: rounded(seconds),
    interrupted: measured.interrupted,
    calls: load.begun,
    returned,
    failed,
    unfinished: load.begun - returned - failed,
    overdue: open ? load.overdue : null,
    callsPerSecond: perSecond(tally.endedWithin),
    bytesSentPerSecond: perSecond(measured.sent),
    bytesReceivedPerSecond: perSecond(measured.received),
    processor: perSecond(measured.processor / 1e6),
    times:
      times.count === 0
        ? null
        : { count: times.count, min: rounded(times.min), mean: rounded(times.mean), ...percentilesOf(times) },
    steady: open || times.count === 0 ? null : steadyOf(times),
    late: open && tally.late.count > 0 ? percentilesOf(tally.late) : null,
    histogram: rowsOf(times),
    timeline: { calls: tally.timeline.counts(load.elapsed), sliceSeconds: tally.timeline.slice / 1000 },
    errors: [...tally.failures.values()]
      .map((failure) => ({ ...failure, longest: rounded(failure.longest) }))
      .toSorted((one, other) => other.count - one.count),
    connectionsLost: load.lost,
  };
}

function percentilesOf(histogram: Histogram): Percentiles {
  return {
    p50: rounded(histogram.percentile(500)),
    p90: rounded(histogram.percentile(900)),
    p99: rounded(histogram.percentile(990)),
    "p99.9": rounded(histogram.percentile(999)),
    max: rounded(histogram.max),
  };
}

/** The median stands for the pace of a caller that nothing holds up: stalls, however long, do not move it. */
function steadyOf(times: Histogram): Result["steady"] {
  const interval = times.percentile(500);
  const corrected = times.corrected(interval);
  return { interval: rounded(interval), added: corrected.count - times.count, ...percentilesOf(corrected) };
}

/** Three digits behind the point, which are microseconds where it is milliseconds; more only look exact. */
function rounded(number: number): number {
  return Math.round(number * 1000) / 1000;
}
