// Workers: a real pool under ten times of what it can do. Other programs on this machine slow it down as well, so it is
// judged by what its workers did with their time, and its answers against signs of life on the same connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, open, serve, UpcallError } from "upcall";
import { Spin } from "./modules/spin.ts";

const cost = 5;
const threads = 2;
const seconds = 4;
/** Milliseconds. */
const setsIn = 1_500;

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

test("a pool of threads under ten times its load works on, refuses at once, and recovers", async (context) => {
  const module = new URL("./modules/spin.js", import.meta.url);
  await using server = await serve(Spin, module, "tcp://127.0.0.1:0", { workers: `threads:${threads}` });
  await using connection = await open(server.url);
  const proxy = connection.proxy(Spin);
  const good: number[] = [];
  const busy: number[] = [];
  /** Those of them that were made when the load had set in: what waits by then is refused late, once. */
  const steady: number[] = [];
  const signs: number[] = [];
  const others: unknown[] = [];
  const calls: Promise<void>[] = [];
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const call = async (): Promise<void> => {
    const made = performance.now();
    try {
      good.push(await proxy.spin(cost));
    } catch (error) {
      if (error instanceof UpcallError && error.reason === "BUSY") {
        busy.push(performance.now() - made);
        if (made - began > setsIn) steady.push(performance.now() - made);
      } else others.push(error);
    }
  };
  const perMillisecond = (10 * threads) / cost;
  while (elapsed() < seconds * 1000) {
    while (calls.length < elapsed() * perMillisecond) calls.push(call());
    const asked = performance.now();
    await connection.ping();
    signs.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const time = elapsed();
  const worked = good.reduce((sum, ms) => sum + ms, 0) / (threads * time);
  await Promise.all(calls);
  context.diagnostic(
    `workers at useful work ${(worked * 100).toFixed(0)} % of the time; ${busy.length} BUSY of ${calls.length}, p99 ${percentile(busy, 0.99).toFixed(1)} ms, later ${percentile(steady, 0.99).toFixed(1)} ms, sign of life p99 ${percentile(signs, 0.99).toFixed(1)} ms`,
  );
  assert.ok(worked >= 0.8, `${worked}`);
  assert.deepEqual(others, []);
  assert.ok(steady.length > 1000, `${busy.length}`);
  assert.ok(percentile(steady, 0.99) <= 10 + percentile(signs, 0.99));
  assert.ok((await proxy.spin(cost)) >= cost);
  await close(proxy);
});
