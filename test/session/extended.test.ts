// Room for later versions (compatibility): features that both sides name, extended frames (flag 20) whose entries are skipped
// or refused, bodies that are not looked at, and the name of one start of a server (instance).
import assert from "node:assert/strict";
import { test } from "node:test";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded, prefaceBytes } from "../harness/stranger.ts";

const echo = numberOf["echo"] ?? 0;
const skippable = [0, 5, 1, 0, 2, 0xab, 0xcd];
const wanted = [0, 3, 2, 0, 0];
const extended = flag.extended;

function bodyBehind(block: readonly number[], value: unknown): Uint8Array {
  return Buffer.concat([Uint8Array.from(block), bodyOf(value)]);
}

async function greeted(): Promise<AloneServer> {
  const alone = new AloneServer();
  await alone.greet();
  return alone;
}

test("both sides name what they understand, and know what both named", async () => {
  const pair = new Pair();
  assert.deepEqual([pair.client.handshake.features, pair.client.handshake.instance], [[], ""]);
  await pair.settle();
  assert.deepEqual(pair.client.handshake.features, ["extended"]);
  assert.deepEqual(pair.server.handshake.features, ["extended"]);
  assert.match(pair.client.handshake.instance, /^[0-9a-f]{32}$/);
});

test("a side of an older version names nothing, and features that make no sense are none", async () => {
  for (const features of [undefined, "extended", 5, {}, [5, ["extended"], "x".repeat(33), "resume"]]) {
    const server = new AloneServer();
    await server.greet(features === undefined ? {} : { features });
    assert.deepEqual(server.session.handshake.features, []);
    assert.equal(server.client.ofKind(kind.welcome).length, 1);
    const client = new AloneClient();
    client.server.end.write(prefaceBytes());
    client.server.send(
      kind.welcome,
      {},
      bodyOf({ version: 1, limits: { calls: 9, message: 99 }, features, instance: 7 }),
    );
    await client.clock.settle();
    assert.deepEqual([client.session.handshake.open, client.session.handshake.features], [true, []]);
    assert.equal(client.session.handshake.instance, "");
  }
});

test("of a long array of features the first 64 are looked at", async () => {
  const many = Array.from({ length: 64 }, (_, at) => `f${at}`);
  const server = new AloneServer();
  await server.greet({ features: [...many, "extended"] });
  assert.deepEqual(server.session.handshake.features, []);
  const other = new AloneServer();
  await other.greet({ features: [...many.slice(1), "extended", "extended"] });
  assert.deepEqual(other.session.handshake.features, ["extended"]);
});

test("all welcomes of one server name the same instance", async () => {
  const pair = new Pair();
  await pair.settle();
  const instances = [new AloneServer(), new AloneServer()].map(async (server) => {
    server.endpoint.instance = new Uint8Array(16).fill(0xa5);
    await server.greet();
    return (decoded(server.client.ofKind(kind.welcome)[0]) as { instance: Uint8Array }).instance;
  });
  assert.deepEqual(await Promise.all(instances), [new Uint8Array(16).fill(0xa5), new Uint8Array(16).fill(0xa5)]);
});

test("an entry with an odd tag is skipped, with or without metadata behind it, in pieces as well", async () => {
  const { client, clock } = await greeted();
  client.send(kind.call, { call: 1, method: echo, flags: extended }, bodyBehind(skippable, ["a"]));
  const metadata = Buffer.concat([Uint8Array.from([...skippable, 0, 1]), bodyOf({}), bodyOf(["b"])]);
  client.send(kind.call, { call: 2, method: echo, flags: extended | flag.annotated }, metadata);
  const body = bodyBehind([0, 0], ["c"]);
  client.send(kind.call, { call: 3, method: echo, flags: extended | flag.more }, body.subarray(0, 1));
  client.send(kind.call, { call: 3, method: echo, flags: extended }, body.subarray(1));
  await clock.settle();
  const replies = client.ofKind(kind.reply).map((frame) => [frame.call, decoded(frame)]);
  assert.deepEqual(replies, [
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ]);
});

test("an even tag that is not known refuses the call, unread, and nothing else", async () => {
  const { client, clock, real } = await greeted();
  client.send(kind.call, { call: 1, method: echo, flags: extended }, bodyBehind(wanted, ["a"]));
  client.send(kind.call, { call: 2, method: echo, flags: extended | flag.oneway }, bodyBehind(wanted, ["b"]));
  client.send(kind.call, { call: 3, method: echo }, bodyOf(["c"]));
  await clock.settle();
  const [failure, ...others] = client.ofKind(kind.failure);
  assert.deepEqual([failure?.call, failure?.flags, others.length], [1, flag.unread, 0]);
  const { code, reason, outcome, message } = decoded(failure) as Record<string, string>;
  assert.deepEqual([code, reason, outcome], ["UNIMPLEMENTED", "NOT_SUPPORTED", "not-executed"]);
  assert.match(message ?? "", /tag 2/);
  assert.deepEqual(real.echoed, ["c"]);
});

test("blocks and entries that do not end where they say end the connection", async () => {
  for (const block of [[], [0], [0, 1], [0xff, 0xff, 1], [0, 2, 1, 0], [0, 4, 1, 0, 2, 7], [0, 3, 1, 0xff, 0xff]]) {
    const { client, clock, endpoint, real } = await greeted();
    client.send(kind.call, { call: 1, method: echo, flags: extended }, Uint8Array.from(block));
    await clock.settle();
    assert.equal((decoded(client.ofKind(kind.refusal)[0]) as { reason: string }).reason, "BAD_FRAME");
    assert.equal(endpoint.counters.badFrames, 1);
    assert.deepEqual(real.echoed, []);
  }
});

test("answers: what may be skipped is, what must be understood fails the call, and a failure is always told", async () => {
  const alone = new AloneClient();
  const { server } = alone;
  server.welcome();
  const calls = ["a", "b", "c"].map((name) => alone.call("slow", [name]));
  await alone.clock.settle();
  server.send(kind.reply, { call: 1, flags: extended }, bodyBehind(skippable, "one"));
  server.send(kind.reply, { call: 2, flags: extended }, bodyBehind(wanted, "two"));
  const failure = { code: "NOT_FOUND", reason: "THROWN", outcome: "executed", message: "three" };
  server.send(kind.failure, { call: 3, flags: extended }, bodyBehind(wanted, failure));
  server.send(kind.reply, { call: 99, flags: extended }, bodyBehind(wanted, "late"));
  await alone.clock.settle();
  const [one, two, three] = calls;
  assert.equal(resultOf(one ?? assert.fail()), "one");
  assert.equal(saysOf(two ?? assert.fail()), "INTERNAL BAD_RESULT executed");
  assert.equal(saysOf(three ?? assert.fail()), "NOT_FOUND THROWN executed");
  assert.equal(alone.session.takes, true);
});

test("bodies that are not looked at may have 1,024 bytes, and end the connection with one more", async () => {
  for (const frameKind of [kind.goAway, kind.ping, kind.pong, kind.cancel, kind.settledBelow]) {
    const { client, clock } = await greeted();
    client.send(frameKind, { call: 9 }, new Uint8Array(1_024).fill(0xc1));
    await clock.settle();
    assert.equal(client.ofKind(kind.refusal).length, 0, `${frameKind}`);
    client.send(frameKind, { call: 9 }, new Uint8Array(1_025));
    await clock.settle();
    assert.equal((decoded(client.ofKind(kind.refusal)[0]) as { reason: string }).reason, "BAD_FRAME", `${frameKind}`);
  }
});

test("kinds that are kept for later end the connection, unless they may be skipped", async () => {
  for (let frameKind = 19; frameKind < 32; frameKind++) {
    const { client, clock } = await greeted();
    client.send(frameKind, { flags: flag.skippable }, Uint8Array.of(1));
    await clock.settle();
    assert.equal(client.ofKind(kind.refusal).length, 0);
    client.send(frameKind);
    await clock.settle();
    assert.equal(client.ofKind(kind.refusal).length, 1);
  }
});
