// What `upcall bench` draws and writes: bars, sparks, numbers and lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as draw from "#internal/cli/bench/draw.js";
import { fc } from "../../harness/properties.ts";

test("a bar is as long as its share, and what is more than nothing can be seen", () => {
  assert.deepEqual(
    [0, 1e-9, 0.5, 1].map((share) => draw.bar(share, 4, true)),
    ["", "\u258f", "\u2588\u2588", "\u2588\u2588\u2588\u2588"],
  );
  assert.equal(draw.bar(0.28125, 4, true), "\u2588\u258f");
  assert.deepEqual(
    [0, 1e-9, 0.5, 1].map((share) => draw.bar(share, 4, false)),
    ["", "#", "##", "####"],
  );
});

test("a spark for each number, and a meter", () => {
  assert.equal(draw.spark([0, 4, 8], true), "\u2581\u2585\u2588");
  assert.equal(draw.spark([0, 0], true), "\u2581\u2581");
  assert.equal(draw.spark([0, 50, 100], false), "_-#");
  assert.equal(draw.meter(0.25, 8, false), "==------");
});

test("numbers as people write them", () => {
  assert.deepEqual([0, 7, 1234567, 1.234, 123.45, 12345.6].map(draw.grouped), [
    "0",
    "7",
    "1,234,567",
    "1.23",
    "123.5",
    "12,346",
  ]);
  assert.deepEqual([0, 999, 1500, 999_600, 12_345_678, 5e9].map(draw.bytesPerSecond), [
    "0 B/s",
    "999 B/s",
    "1.50 kB/s",
    "1.00 MB/s",
    "12.3 MB/s",
    "5.00 GB/s",
  ]);
  assert.deepEqual([1, 0.9987, 0.5, 0.00012].map(draw.percent), ["100 %", "99.9 %", "50 %", "0.012 %"]);
  assert.deepEqual([draw.counted(1, "call"), draw.counted(2000, "call")], ["1 call", "2,000 calls"]);
});

test("few enough numbers, with the same mean where they are shared out evenly", () => {
  assert.deepEqual(draw.condensed([1, 3, 5, 7], 2), [2, 6]);
  assert.deepEqual(draw.condensed([1, 3, 5], 2), [2, 5]);
  assert.deepEqual(draw.condensed([1, 3], 60), [1, 3]);
});

test("wrapped lines hold every word in order, and are no longer than they must be", () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      (words, width) => {
        const lines = draw.wrapped(words.join(" "), width);
        assert.equal(lines.join(" "), words.join(" "));
        for (const line of lines) assert.ok(line.length <= width || !line.includes(" "), line);
      },
    ),
  );
});

test("blocks where the locale is UTF-8; the narrower variable wins", () => {
  assert.equal(draw.showsBlocks({ LANG: "de_AT.UTF-8" }), true);
  assert.equal(draw.showsBlocks({ LANG: "de_AT.UTF-8", LC_ALL: "C" }), false);
  assert.equal(draw.showsBlocks({ LC_ALL: "", LC_CTYPE: "C.utf8" }), true);
  assert.equal(draw.showsBlocks({}), false);
});
