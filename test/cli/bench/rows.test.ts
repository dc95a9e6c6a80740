// The rows of `upcall bench`: round bounds, no call lost, few enough to read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "#internal/cli/bench/histogram.js";
import { rowsOf } from "#internal/cli/bench/rows.js";
import { fc } from "../../harness/properties.ts";

function rowsFor(times: readonly number[]): ReturnType<typeof rowsOf> {
  const histogram = new Histogram();
  for (const each of times) histogram.record(each);
  return rowsOf(histogram);
}

test("rows follow one another, hold every call, and reach from the least time to the most", () => {
  const time = fc.oneof(
    fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    fc.double({ min: 1, max: 2, noNaN: true }),
    fc.constantFrom(0, 1, 10, 100, 1000),
  );
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 500 }), (times) => {
      const rows = rowsFor(times);
      assert.equal(
        rows.reduce((sum, { count }) => sum + count, 0),
        times.length,
      );
      for (const [index, { from, to }] of rows.entries()) {
        assert.ok(from < to);
        if (index > 0) assert.equal(from, rows[index - 1]?.to);
      }
      assert.ok((rows[0]?.from ?? 1) <= Math.max(1e-4, Math.min(...times)));
      assert.ok((rows.at(-1)?.to ?? 0) >= Math.max(...times));
    }),
    { numRuns: 300 },
  );
});

test("fine where nearly all times are, coarse beside it", () => {
  const body = Array.from({ length: 1000 }, (_, index) => 1 + index / 1000);
  const rows = rowsFor([...body, 0.011, 900]);
  const bounds = rows.map(({ from }) => from);
  assert.deepEqual(
    bounds,
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2, 5, 10, 20, 50, 100, 200, 500],
  );
  assert.equal(rows.at(-1)?.to, 1000);
});

test("one time alone, and none", () => {
  assert.deepEqual(rowsFor([3]), [{ from: 2.8, to: 3.2, count: 1 }]);
  assert.deepEqual(rowsFor([]), []);
  // Its logarithm is that of 1000.
  assert.deepEqual(rowsFor([999.9999999999999]), [{ from: 900, to: 1000, count: 1 }]);
});
