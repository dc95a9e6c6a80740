// The limit of calls that run at once over plain UDP, and how many of them one address may have.

import assert from "node:assert/strict";
import { test } from "node:test";
import { defineInterface, implement, method } from "upcall";
import { PlainDatagrams } from "#internal/session/plain/datagrams.js";
import { plainTarget } from "#internal/session/plain/plain-upcall.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { peerAt } from "../harness/link.js";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const Line = defineInterface("Line", { request: method<(text: string) => string>() });

/** Datagrams to a method that answers when it is told to. */
function served(limits: { running: number; runningServer?: number }) {
  const clock = new VirtualClock();
  const endpoint = newEndpoint(clock, { ...limits, timeout: 1_000 });
  const waiting = new Map<string, (reply: string) => void>();
  const line = { request: (text: string) => new Promise<string>((resolve) => waiting.set(text, resolve)) };
  const dispatcher = new InlineDispatcher(endpoint, new SkeletonTable([implement(Line, line)]));
  const datagrams = new PlainDatagrams(endpoint, plainTarget(dispatcher, [Line], null));
  const replies: string[] = [];
  const send = (text: string, peer: string): void =>
    datagrams.received(new TextEncoder().encode(text), peerAt(peer), (reply) =>
      replies.push(new TextDecoder().decode(reply)),
    );
  return { clock, endpoint, waiting, datagrams, replies, send };
}

test("a method that never settles keeps others out until the deadlines of its upcalls, and no longer", async () => {
  const { clock, endpoint, waiting, replies, send } = served({ running: 8, runningServer: 8 });
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 20; i++) send(`${round}-${i}`, `10.0.0.${i}:1`);
    assert.equal(endpoint.counters.runningNow, 8);
    await clock.advance(1_020);
    assert.equal(endpoint.counters.runningNow, 0);
  }
  send("good", "10.0.9.9:1");
  await clock.settle();
  waiting.get("good")?.("reply");
  await clock.settle();
  assert.deepEqual(replies, ["reply"]);
  // A late reply is still sent, for the last ones; and nothing is counted twice.
  waiting.get("19-0")?.("late");
  waiting.get("0-0")?.("much too late");
  await clock.settle();
  assert.deepEqual(replies, ["reply", "late"]);
  assert.equal(endpoint.counters.runningNow, 0);
  assert.equal(endpoint.counters.refusedRunning, 20 * 12);
});

test("one address cannot have all places", async () => {
  const { endpoint, send } = served({ running: 8 });
  for (let i = 0; i < 20; i++) send(`greedy ${i}`, `10.0.0.1:${i}`);
  assert.equal(endpoint.counters.runningNow, 6);
  send("good", "10.0.0.2:1");
  assert.equal(endpoint.counters.runningNow, 7);
  assert.equal(endpoint.counters.datagramsDropped, 14);
});
