// The histogram of `upcall bench`: how far its percentiles may be from the true ones, and what its correction adds.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Histogram } from "#internal/cli/bench/histogram.js";
import { fc } from "../../harness/properties.ts";

const widest = 1 / 256;
/** Milliseconds: below it, everything is one slot. */
const least = 2 ** -14;

const time = fc.oneof(
  fc.double({ min: least, max: 1e8, noNaN: true }),
  fc.double({ min: 0.01, max: 100, noNaN: true }),
  // Powers of two and their neighbours: where slots begin.
  fc
    .tuple(fc.integer({ min: -13, max: 26 }), fc.constantFrom(-1, 0, 1))
    .map(([power, by]) => 2 ** power * (1 + by * 2 ** -52)),
  fc.integer({ min: 1, max: 86_400_000 }),
);
const times = fc.array(time, { minLength: 1, maxLength: 300 });
const perMille = fc.constantFrom(0, 1, 10, 500, 900, 990, 999, 1000);

function histogramOf(all: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const each of all) histogram.record(each);
  return histogram;
}

/** The nearest rank. */
function exactly(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * part) / 1000) - 1)] ?? Number.NaN;
}

suite("percentiles", () => {
  test("are never too small, and at most 1/256 too large", () => {
    fc.assert(
      fc.property(times, perMille, (all, part) => {
        const found = histogramOf(all).percentile(part);
        const truth = exactly(
          all.toSorted((one, other) => one - other),
          part,
        );
        assert.ok(truth <= found && found <= truth * (1 + widest), `${found} for ${truth}`);
      }),
    );
  });

  test("count, least, most and mean are exact, whatever was recorded", () => {
    fc.assert(
      fc.property(times, (all) => {
        const { count, min, max, mean } = histogramOf(all);
        assert.deepEqual([count, min, max], [all.length, Math.min(...all), Math.max(...all)]);
        const truth = all.reduce((sum, each) => sum + each, 0) / all.length;
        assert.ok(Math.abs(mean - truth) <= truth * 1e-9);
      }),
    );
  });

  test("no time is lost: beside the slots it is in the first or the last one", () => {
    const histogram = histogramOf([0, -1, 1e-9, Number.NaN, 1e12, Number.POSITIVE_INFINITY]);
    const slots = [...histogram.slots()];
    assert.deepEqual([histogram.count, slots.map(({ count }) => count)], [6, [4, 2]]);
    assert.equal(histogramOf([1e12]).percentile(500), 1e12);
    assert.equal(histogramOf([1e-9]).percentile(500), 1e-9);
  });

  test("of nothing are 0", () => {
    const { mean, count } = new Histogram();
    assert.deepEqual([new Histogram().percentile(990), mean, count], [0, 0, 0]);
    assert.equal(new Histogram().corrected(1).count, 0);
  });

  test("rank in thousandths: the 999th of 1,000 is p99.9, and not the last", () => {
    const histogram = histogramOf(Array.from({ length: 1000 }, (_, index) => index + 1));
    assert.ok(histogram.percentile(999) < 1000 * (1 + widest) && histogram.percentile(999) >= 999);
    assert.equal(histogram.percentile(1000), 1000);
    assert.ok(histogram.percentile(500) < 501 * (1 + widest));
  });
});

test("each slot begins where the one before ends, or after it, and holds its times", () => {
  fc.assert(
    fc.property(times, (all) => {
      const slots = [...histogramOf(all).slots()];
      let before = 0;
      for (const { from, to, count } of slots) {
        assert.ok(before <= from && from < to && to - from <= from * widest * (1 + 1e-12));
        assert.equal(all.filter((each) => from <= each && each < to).length, count);
        before = to;
      }
    }),
  );
});

suite("the correction for coordinated omission", () => {
  /** HdrHistogram's, one value after the other. */
  function correctedValues(all: readonly number[], interval: number): number[] {
    return all.flatMap((value) => {
      const added = [value];
      for (let k = 1; value - k * interval >= interval; k++) added.push(value - k * interval);
      return added;
    });
  }

  const whole = fc.integer({ min: 1, max: 5_000 });

  test("adds what one caller left out while it waited", () => {
    fc.assert(
      fc.property(whole, whole, perMille, (value, interval, part) => {
        const corrected = histogramOf([value]).corrected(interval);
        const truth = correctedValues([value], interval).toSorted((one, other) => one - other);
        assert.equal(corrected.count, truth.length);
        assert.equal(corrected.max, value);
        const [found, exact] = [corrected.percentile(part), exactly(truth, part)];
        assert.ok(exact <= found && found <= exact * (1 + widest), `${found} for ${exact}`);
      }),
    );
  });

  test("of many is the sum of the corrections of each slot", () => {
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 30 }), whole, (all, interval) => {
        const histogram = histogramOf(all);
        const ends = [...histogram.slots()].map(({ to, count }) => ({ value: Math.min(to, histogram.max), count }));
        const truth = ends.reduce(
          (sum, { value, count }) => sum + count * correctedValues([value], interval).length,
          0,
        );
        assert.equal(histogram.corrected(interval).count, truth);
      }),
    );
  });

  test("a stall of a second, seen by one caller of a call a millisecond, is a thousand times", () => {
    const times = Array.from({ length: 9_000 }, () => 1);
    const histogram = histogramOf([...times, 1000]);
    assert.ok(histogram.percentile(999) < 1.01);
    const corrected = histogram.corrected(1);
    assert.equal(corrected.count, 9_001 + 999);
    // A tenth of the time was a stall, so a tenth of the calls would have met it.
    assert.ok(corrected.percentile(990) > 890 && corrected.percentile(990) < 910);
    assert.ok(corrected.percentile(900) < 2);
    assert.equal(corrected.min, 1);
  });

  test("takes no longer for a stall that left out millions", () => {
    const corrected = histogramOf([86_400_000]).corrected(0.001);
    assert.ok(Math.abs(corrected.count - 86_400_000_000) <= 1);
  });
});
