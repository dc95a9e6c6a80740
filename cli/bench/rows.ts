// The command `bench`: a histogram's thousands of slots as a few rows that a person can read, with round bounds. Pure.

import type { Histogram, Slot } from "./histogram.ts";

/** Bounds within one power of ten, from coarse to fine. */
const steps: readonly (readonly number[])[] = [
  [1],
  [1, 2, 5],
  [1, 1.5, 2.5, 4, 6],
  [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8],
  [1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.4, 7.2, 8, 9],
];
const maxBodyRows = 12;
const maxTailRows = 9;
/** Milliseconds: a tenth of a microsecond. 0 has no logarithm. */
const minBoundMs = 1e-4;

/**
 * Rows from the least time to the most. Where nearly all times are, from p1 to p99, they are as fine as fits; beside it
 * they are coarse, because little is there and it may reach far.
 */
export function rowsOf(histogram: Histogram): Slot[] {
  if (histogram.count === 0) return [];
  const body = boundsOver(histogram.percentile(10), histogram.percentile(990), maxBodyRows, steps.slice(1));
  const [first = 0, last = 0] = [body[0], body.at(-1)];
  const coarse = steps.slice(0, 2);
  const below = histogram.min < first ? boundsOver(histogram.min, first, maxTailRows, coarse) : [];
  const above = histogram.max >= last ? boundsOver(last, histogram.max, maxTailRows, coarse) : [];
  const bounds = [...below.filter((bound) => bound < first), ...body, ...above.filter((bound) => bound > last)];
  const counts = bounds.slice(1).map(() => 0);
  let row = 0;
  for (const { from, to, count } of histogram.slots()) {
    // A slot across a bound belongs to the row that has its middle.
    while (row < counts.length - 1 && (from + to) / 2 >= (bounds[row + 1] ?? 0)) row++;
    counts[row] = (counts[row] ?? 0) + count;
  }
  return counts.map((count, index) => ({ from: bounds[index] ?? 0, to: bounds[index + 1] ?? 0, count }));
}

/** Round bounds, from one that is not above `least` to one that is above `most`: the finest that are few enough. */
function boundsOver(least: number, most: number, rows: number, kinds: readonly (readonly number[])[]): number[] {
  const from = Math.max(least, minBoundMs);
  const all = kinds.map((within) => boundsBy(within, from, Math.max(from, most)));
  return all.findLast((bounds) => bounds.length <= rows + 1) ?? all[0] ?? [];
}

function boundsBy(within: readonly number[], least: number, most: number): number[] {
  // One more power at each side: the logarithm of 999.9999999999999 is 3.
  const [from, to] = [Math.floor(Math.log10(least)) - 1, Math.floor(Math.log10(most)) + 1];
  const bounds: number[] = [];
  for (let power = from; power <= to; power++) {
    for (const step of within) {
      // Written and read, because 3 * 0.1 is 0.30000000000000004.
      const bound = Number(`${step}e${power}`);
      if (bound <= least) bounds.splice(0, bounds.length, bound);
      else if (bounds.length === 0 || (bounds.at(-1) ?? 0) <= most) bounds.push(bound);
    }
  }
  return bounds;
}
