// A factory of objects that never settles: the calls that wait for its object end by their deadlines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, implement, type Per, serve, within } from "upcall";
import { Never } from "./never.ts";

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

for (const per of ["call", "connection"] as const satisfies readonly Per[])
  test(`for each ${per}: a call that waits for it is over at its deadline, and has not run`, async () => {
    const late: (() => void)[] = [];
    let disposed = 0;
    const object = { ping: () => "pong", [Symbol.dispose]: () => void disposed++ };
    const make = (): Promise<typeof object> => new Promise((resolve) => late.push(() => resolve(object)));
    await using server = await serve([implement(Never, make, { per })], "tcp://127.0.0.1:0");
    await using never = await connect(Never, server.url);
    for (let i = 0; i < 3; i++)
      await assert.rejects(within(never, { timeout: 30 }).ping(), { code: "DEADLINE_EXCEEDED" });
    await until(() => server.counters().runningNow === 0);
    assert.equal(server.counters().upcallsThrown, 0);
    // One that comes after all has nobody, or is there for the next call.
    for (const resolve of late) resolve();
    if (per === "call") await until(() => disposed === 3);
    else assert.equal(await never.ping(), "pong");
  });

test("in a pool it costs no worker", async () => {
  const module = new URL("./modules/never-made.js", import.meta.url);
  const limits = { grace: 20_000, queueTime: 60_000 };
  await using server = await serve(Never, module, "tcp://127.0.0.1:0", { workers: "threads:1", limits });
  await using never = await connect(Never, server.url);
  await assert.rejects(within(never, { timeout: 50 }).ping(), { code: "DEADLINE_EXCEEDED" });
  await until(() => server.counters().runningNow === 0);
  assert.equal(server.counters().workersEnded, 0);
});
