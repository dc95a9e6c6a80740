// Long messages over every medium, to every model of workers: they arrive as they were, small calls pass them, and
// memory that is used again shows nothing of others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Limits, open, serve } from "upcall";
import { everyModel } from "../harness/every-model.ts";
import { ofTier } from "../harness/tier.ts";
import { Long, sum } from "./long-subject.ts";

const MiB = 1024 * 1024;
const module = new URL("./modules/long.js", import.meta.url);
/** Whoever works with long messages waits for them. */
const limits: Partial<Limits> = {
  message: 24 * MiB,
  partialBytes: 96 * MiB,
  waitingBytes: 96 * MiB,
  queueTime: 60_000,
};

function numbered(length: number, first: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = first + at * 7;
  return bytes;
}

/** Memory goes round from the second one on. */
const rounds = ofTier({ quick: 2, gate: 3, all: 3 });

everyModel("long messages", { sparing: true }, ({ workers, url }) => {
  test("what is kept stays, what is borrowed is right for as long as it is borrowed, and memory goes round", async () => {
    await using server = await serve(Long, module, url(), { workers, limits });
    await using far = await connect(Long, server.url, { limits });
    for (let round = 0; round < rounds; round++) {
      const calls = Array.from({ length: 6 }, async (_, i) => {
        const bytes = numbered(MiB + (i % 3) * 700_000, round * 6 + i);
        const expected = sum(bytes);
        if (i % 2 === 0) assert.deepEqual(await far.borrow(bytes), [expected, expected]);
        else assert.deepEqual(await far.keep(bytes), { sum: expected, unchanged: true });
      });
      await Promise.all(calls);
    }
    await far[Symbol.asyncDispose]();
    await server.close();
    assert.ok(server.counters().memoryReused > 0);
  });

  test("long results come back, and small calls of another proxy overtake long ones", async () => {
    await using server = await serve(Long, module, url(), { workers, limits });
    await using connection = await open(server.url, { limits });
    const [far, other] = [connection.proxy(Long), connection.proxy(Long)];
    await other.small("ready");
    const order: string[] = [];
    const long = numbered(20 * MiB, 1);
    const turned = far.turned(long).then((bytes) => {
      order.push("long");
      return bytes;
    });
    assert.equal(await other.small("passes"), "passes");
    order.push("small");
    const bytes = await turned;
    assert.deepEqual(order, ["small", "long"]);
    assert.equal(bytes.length, long.length);
    assert.ok(Buffer.from(long).reverse().equals(bytes));
  });
});
