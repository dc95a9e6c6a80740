// Overload of a real pool of threads with ten times the load it can take: it refuses with BUSY, goes on working, and
// answers signs of life. Judged against its own work before, since other programs slow it down as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, open, type ProxyOf, serve, UpcallError } from "upcall";
import { reaches } from "../harness/tier.ts";
import { Spin } from "../workers/modules/spin.ts";

const cost = 5;
const threads = 2;
const seconds = 4;
/** Milliseconds. */
const setsIn = 1_500;

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

/** The part of their time that workers are at work when there is always some, and no more. */
async function peakOf(proxy: ProxyOf<typeof Spin>): Promise<number> {
  const began = performance.now();
  let worked = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - began < 1_000) {
      const ms = await proxy.spin(cost);
      worked += ms;
    }
  };
  await Promise.all(Array.from({ length: 4 * threads }, lane));
  return worked / (threads * (performance.now() - began));
}

test("a pool of threads under ten times its load works on, refuses at once, and recovers", {
  skip: reaches("all")
    ? false
    : "it wants the processors for itself: overload.test.ts is about the same on virtual time",
}, async (context) => {
  const module = new URL("../workers/modules/spin.js", import.meta.url);
  await using server = await serve(Spin, module, "tcp://127.0.0.1:0", { workers: `threads:${threads}` });
  await using connection = await open(server.url);
  const proxy = connection.proxy(Spin);
  // The first time warms up.
  await peakOf(proxy);
  const peak = await peakOf(proxy);
  const good: number[] = [];
  const busy: number[] = [];
  /**
   * Of those that were made when the load had set in (what waits by then is refused late, once): how many signs of life were
   * asked for after the call and were here before its refusal.
   */
  const overtaken: number[] = [];
  let asked = 0;
  const signs: number[] = [];
  const others: unknown[] = [];
  const calls: Promise<void>[] = [];
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const call = async (): Promise<void> => {
    const made = performance.now();
    const next = asked;
    try {
      good.push(await proxy.spin(cost));
    } catch (error) {
      if (error instanceof UpcallError && error.reason === "BUSY") {
        busy.push(performance.now() - made);
        if (made - began > setsIn) overtaken.push(Math.max(0, signs.length - next));
      } else others.push(error);
    }
  };
  const perMillisecond = (10 * threads) / cost;
  while (elapsed() < seconds * 1000) {
    while (calls.length < elapsed() * perMillisecond) calls.push(call());
    const since = performance.now();
    asked++;
    await connection.ping();
    signs.push(performance.now() - since);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const time = elapsed();
  const worked = good.reduce((sum, ms) => sum + ms, 0) / (threads * time);
  await Promise.all(calls);
  context.diagnostic(
    `workers at useful work ${(worked * 100).toFixed(0)} % of the time, ${(peak * 100).toFixed(0)} % before; ${busy.length} BUSY of ${calls.length}, p99 ${percentile(busy, 0.99).toFixed(1)} ms, later behind ${percentile(overtaken, 0.99)} signs of life, sign of life p99 ${percentile(signs, 0.99).toFixed(1)} ms`,
  );
  assert.ok(worked >= 0.8 * peak, `${worked} of ${peak}`);
  assert.deepEqual(others, []);
  assert.ok(overtaken.length > 1000, `${overtaken.length}`);
  // Where the workers get the processors by fits and starts, their speed is judged wrongly now and then, and some wait.
  assert.ok(percentile(overtaken, 0.9) <= 1, `${percentile(overtaken, 0.9)}`);
  assert.ok((await proxy.spin(cost)) >= cost);
  await close(proxy);
});
