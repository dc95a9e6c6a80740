// The line that `upcall bench` shows while it runs, for each thing that may be going on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "upcall";
import { partsOf } from "#internal/cli/bench/live.js";
import { Load, type LoadTerms } from "#internal/cli/bench/load.js";
import { Tally } from "#internal/cli/bench/tally.js";
import { VirtualClock } from "../../harness/virtual-clock.ts";

class Running {
  readonly clock: VirtualClock = new VirtualClock();
  readonly tally: Tally = new Tally();
  readonly terms: LoadTerms;
  readonly load: Load;

  /** Each call takes 2 ms. */
  constructor(terms: Partial<LoadTerms>) {
    const { clock } = this;
    this.terms = { inFlight: 1, duration: null, calls: null, rate: null, ...terms };
    const call = (): Promise<void> => new Promise((resolve) => clock.after(2, resolve));
    const time = { now: () => clock.now(), after: (ms: number, fn: () => void) => clock.after(ms, fn), early: 0 };
    this.load = new Load(time, [{ call, over: () => false }], this.terms, this.tally, () => {});
    void this.load.run();
  }

  parts(phase: "warm-up" | "measured", seen: readonly { at: number; ended: number }[] = []): string[] {
    return partsOf({ phase, load: this.load, terms: this.terms }, seen);
  }
}

test("time left, rate, percentiles and errors so far", async () => {
  const running = new Running({ duration: 10_000 });
  assert.deepEqual(running.parts("measured"), ["10.0 s left", "1 call in flight, none ended yet"]);
  await running.clock.advance(2_500);
  const seen = [
    { at: 1_500, ended: 750 },
    { at: 2_500, ended: 1_250 },
  ];
  const [so, percentiles] = [
    ["7.5 s left", "500 calls/s"],
    ["p50 2.000 ms", "p99 2.000 ms"],
  ];
  assert.deepEqual(running.parts("measured", seen), [...so, ...percentiles, "no errors"]);
  const error = new UpcallError("RESOURCE_EXHAUSTED", "no", { reason: "BUSY", outcome: "not-executed" });
  running.tally.hasFailed(error, 1);
  assert.deepEqual(running.parts("measured", seen), [...so, "1 error", ...percentiles]);
  assert.deepEqual(running.parts("warm-up", seen), ["warming up: 7.5 s left"]);
});

test("no percentiles where no time was measured", async () => {
  const running = new Running({ duration: 10_000 });
  const error = new UpcallError("RESOURCE_EXHAUSTED", "no", { reason: "BUSY", outcome: "not-executed" });
  running.tally.hasFailed(error, 1);
  running.tally.hasFailed(error, 1);
  assert.deepEqual(running.parts("measured"), ["10.0 s left", "0 calls/s", "2 errors"]);
});

test("calls made of those that are to be made", async () => {
  const running = new Running({ duration: 10_000, calls: 2_000 });
  await running.clock.advance(1_999);
  assert.equal(running.parts("measured")[0], "1,000 of 2,000 calls, 8.0 s left");
  assert.equal(new Running({ calls: 1 }).parts("measured")[0], "1 of 1 call");
});

test("what it waits for, once no more calls are made", async () => {
  const running = new Running({ duration: 1, inFlight: 2 });
  await running.clock.advance(1);
  assert.deepEqual(running.parts("measured"), ["waiting for 2 calls that still run; Ctrl-C does not wait"]);
});
