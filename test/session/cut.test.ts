// A lost connection (disconnect), cut after any byte of a call or a reply: every call settles with a true outcome, and
// nothing is left.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manners } from "../harness/link.ts";
import { fc, runs } from "../harness/properties.ts";
import { nothingLeft, Pair, resultOf } from "../harness/sessions.ts";

/** Bytes that each side writes for the calls of this file, when nothing goes wrong. */
async function lengths(make: (pair: Pair) => void): Promise<{ near: number; far: number }> {
  const pair = new Pair();
  make(pair);
  await pair.settle();
  const count = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { near: count(pair.near.written), far: count(pair.far.written) };
}

async function checkCut(terms: { near?: Manners; far?: Manners }, values: readonly unknown[]): Promise<void> {
  const pair = new Pair(terms);
  const calls = values.map((value) => pair.call("echo", [value]));
  await pair.settle();
  await pair.advance(60_000);
  const ran = new Set(pair.real.echoed);
  calls.forEach((call, i) => {
    assert.ok(call.settled !== null, "every call settles");
    if ("value" in call.settled) assert.deepEqual(call.settled.value, values[i]);
    else {
      const { outcome, code } = call.settled.error;
      assert.equal(code, "UNAVAILABLE");
      assert.notEqual(outcome, "executed");
      if (outcome === "not-executed") assert.equal(ran.has(values[i]), false, "what did not run has not run");
    }
  });
  assert.deepEqual(pair.left, nothingLeft);
  assert.equal(pair.clientClosed.length, 1);
  assert.equal(pair.serverClosed.length, 1);
}

test("a connection cut after any byte of a call settles it, and leaves nothing behind", async () => {
  const values = ["one call"];
  const { near } = await lengths((pair) => pair.call("echo", values));
  for (let cutAfter = 0; cutAfter <= near; cutAfter++) await checkCut({ near: { cutAfter } }, values);
});

test("a connection cut after any byte of a reply settles its call, and leaves nothing behind", async () => {
  const values = ["one call"];
  const { far } = await lengths((pair) => pair.call("echo", values));
  for (let cutAfter = 0; cutAfter <= far; cutAfter++) await checkCut({ far: { cutAfter } }, values);
});

test("whatever the calls, the segments and the cut, every call settles once with an outcome that is true", async () => {
  const manners = fc.record(
    { segment: fc.integer({ min: 1, max: 300 }), cutAfter: fc.integer({ min: 0, max: 3_000 }) },
    { requiredKeys: ["cutAfter"] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 200 }), { maxLength: 40 }),
      manners,
      manners,
      async (texts, near, far) => {
        const values = texts.map((text, i) => `${i}:${text}`);
        // A cut for certain, however few bytes there are: both ends go after a while.
        const pair = { near, far };
        await checkCut(
          { ...pair, near: { ...near, cutAfter: Math.min(near.cutAfter, 60 + values.join("").length) } },
          values,
        );
      },
    ),
    runs(80),
  );
});

test("segments of one byte change nothing", async () => {
  const pair = new Pair({ near: { segment: 1 }, far: { segment: 1 } });
  const values = Array.from({ length: 50 }, (_, i) => ({ i, text: "x".repeat(i) }));
  const calls = values.map((value) => pair.call("echo", [value]));
  await pair.settle();
  assert.deepEqual(calls.map(resultOf), values);
});
