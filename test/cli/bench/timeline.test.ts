// The timeline of `upcall bench`: no call is lost when its slices are merged, and there are never more than 60.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "#internal/cli/bench/timeline.js";
import { fc } from "../../harness/properties.ts";

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

test("each call is in the slice of its time, however often slices were merged", () => {
  const at = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 1_000_000 }));
  fc.assert(
    fc.property(fc.array(at, { maxLength: 200 }), fc.integer({ min: 0, max: 100_000 }), (times, more) => {
      const timeline = new Timeline();
      const sorted = times.toSorted((one, other) => one - other);
      for (const each of sorted) timeline.count(each);
      const counts = timeline.counts((sorted.at(-1) ?? 0) + more);
      assert.ok(counts.length <= 60);
      for (const [index, count] of counts.entries()) {
        const [from, to] = [index * timeline.slice, (index + 1) * timeline.slice];
        assert.equal(count, sorted.filter((each) => from <= each && each < to).length);
      }
    }),
  );
});

test("a slice that is not whole is left out, and an end without calls is not", () => {
  const timeline = new Timeline();
  for (let at = 0; at < 100; at += 10) timeline.count(at);
  assert.deepEqual(timeline.counts(95), [2, 2, 2, 2]);
  assert.deepEqual(timeline.counts(160), [2, 2, 2, 2, 2, 0, 0, 0]);
  const counts = timeline.counts(10_000);
  assert.ok(counts.length <= 60 && counts.length > 25);
  assert.equal(sum(counts), 10);
});
