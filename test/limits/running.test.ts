// Limits of calls that run at once in a server, and of announced interfaces: each connection still gets its turn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kind } from "#internal/wire/native/frame.js";
import { AloneServer, numberOf } from "../harness/alone.ts";
import { link } from "../harness/link.ts";
import { newEndpoint, RealWork, serverSession, Work } from "../harness/sessions.ts";
import { bodyOf, decoded, Stranger } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const interfaces = [["Work", Work.table.map(({ name, method }) => [name, method.kind])]];

function call(stranger: Stranger, method: string, id: number): void {
  stranger.send(kind.call, { method: numberOf[method] ?? 0, call: id, remaining: 1000 }, bodyOf([`${id}`]));
}

test("a server that runs as many calls as it may still runs one for each connection", async () => {
  const clock = new VirtualClock();
  const endpoint = newEndpoint(clock, { runningServer: 3 });
  const open = async (): Promise<Stranger> => {
    const [near, far] = link();
    serverSession(endpoint, far, new RealWork());
    const stranger = new Stranger(near);
    stranger.greet({ interfaces, limits: { calls: 100, message: 1000 } });
    await clock.settle();
    return stranger;
  };
  const greedy = await open();
  for (let id = 1; id <= 5; id++) call(greedy, "wait", id);
  await clock.settle();
  assert.equal(greedy.ofKind(kind.failure).length, 2);
  const modest = await open();
  call(modest, "echo", 1);
  await clock.settle();
  assert.equal(decoded(modest.ofKind(kind.reply)[0]), "1");
  // One at a time, and not two.
  call(modest, "wait", 2);
  call(modest, "wait", 3);
  await clock.settle();
  assert.equal(modest.ofKind(kind.failure).length, 1);
  assert.equal(endpoint.counters.refusedRunning, 3);
  assert.equal(endpoint.counters.runningNow, 4);
});

test("announcing nothing changes nothing, and announcing too much costs the connection", async () => {
  const alone = new AloneServer({ announced: Work.table.length + 1 });
  await alone.greet();
  for (let count = 0; count < 1_000; count++) alone.client.send(kind.announce, {}, bodyOf([]));
  alone.client.send(kind.announce, {}, bodyOf([["Other", [["one", "call"]]]]));
  call(alone.client, "echo", 1);
  await alone.clock.settle();
  assert.equal(decoded(alone.client.ofKind(kind.reply)[0]), "1");
  alone.client.send(kind.announce, {}, bodyOf([["Other", [["two", "call"]]]]));
  await alone.clock.settle();
  assert.equal(alone.closed[0]?.reason, "TOO_MANY");
});
