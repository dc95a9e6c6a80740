// Long messages in pieces, on virtual time: the limit of a message's size, small calls that pass between the pieces,
// and cancelling one half-way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits, type Limits } from "upcall";
import { Counters } from "#internal/counters.js";
import { Deadlines } from "#internal/endpoint/deadlines.js";
import { Scramble } from "#internal/endpoint/id-map.js";
import { MemoryBudget } from "#internal/endpoint/memory-budget.js";
import { SpareMemory } from "#internal/endpoint/spare-memory.js";
import { PartialMessages } from "#internal/session/native/input/partial.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneClient, AloneServer, numberOf } from "../harness/alone.ts";
import { nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";
import { bodyOf, decoded, type Frame } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const echo = numberOf["echo"] ?? 0;

/** Pieces of messages that no session is told of. */
function partialOf(limits: Limits): PartialMessages {
  const clock = new VirtualClock();
  const idleTimers = new Deadlines(clock, false);
  return new PartialMessages({
    limits,
    spare: new SpareMemory(idleTimers),
    ids: new Scramble(),
    counters: new Counters(),
    account: new MemoryBudget(clock, limits.memory).account(new Counters(), { address: "" }),
    idleTimers,
    until: (_header, now) => now + limits.timeout,
    gaveUp: () => {},
  });
}

function add(
  partial: PartialMessages,
  frameKind: number,
  call: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  more: boolean,
): ReturnType<PartialMessages["add"]> {
  const header = { kind: frameKind, flags: 0, method: 0, call, remaining: 0, owned: false };
  return partial.add(header, bytes, start, end, more, 0);
}

test("4 MiB of arguments pass, and a byte more is refused here before anything is sent", async () => {
  const pair = new Pair();
  await pair.settle();
  // An array of one binary: 1 byte of array, 5 of the binary's head.
  const most = new Uint8Array(4 * MiB - 6).fill(1);
  const passes = pair.call("echo", [most]);
  const refused = pair.call("echo", [new Uint8Array(most.length + 1)]);
  await pair.settle();
  assert.equal((resultOf(passes) as Uint8Array).length, most.length);
  assert.equal(saysOf(refused), "RESOURCE_EXHAUSTED TOO_LARGE not-executed");
  assert.equal(pair.real.echoed.length, 1);
  assert.equal(pair.clientHome.counters.messagesTooLarge, 1);
});

test("a server that takes less says so in its welcome, and the client refuses by that", async () => {
  const pair = new Pair({ serverLimits: { message: 1000 } });
  await pair.settle();
  const passes = pair.call("note", [new Uint8Array(1000 - 4)]);
  const refused = pair.call("note", [new Uint8Array(1000 - 3)]);
  await pair.settle();
  assert.equal(resultOf(passes), undefined);
  assert.equal(saysOf(refused), "RESOURCE_EXHAUSTED TOO_LARGE not-executed");
});

test("whoever sends more than it was told is refused by the server, in one frame or in pieces", async () => {
  const alone = new AloneServer({ message: 1000 });
  await alone.greet();
  const body = bodyOf([new Uint8Array(1000 - 3)]);
  alone.client.send(kind.call, { call: 1, method: echo }, body);
  alone.client.send(kind.call, { call: 2, method: echo, flags: flag.more }, body.subarray(0, 600));
  alone.client.send(kind.call, { call: 2, method: echo }, body.subarray(600));
  const fits = bodyOf([new Uint8Array(1000 - 4)]);
  alone.client.send(kind.call, { call: 3, method: echo, flags: flag.more }, fits.subarray(0, 600));
  alone.client.send(kind.call, { call: 3, method: echo }, fits.subarray(600));
  await alone.clock.settle();
  const failures = alone.client.ofKind(kind.failure);
  assert.deepEqual(
    failures.map((frame) => [frame.call, (decoded(frame) as { reason: string }).reason]),
    [
      [1, "TOO_LARGE"],
      [2, "TOO_LARGE"],
    ],
  );
  assert.equal(alone.real.echoed.length, 1);
  assert.equal(alone.endpoint.counters.messagesTooLarge, 2);
});

test("a result over the server's limit, or over the client's, is executed and refused, and the next call passes", async () => {
  for (const terms of [
    { serverLimits: { message: 1000 } },
    { clientLimits: { message: 1000 } },
    { clientLimits: { message: 300 * KiB } },
  ]) {
    const pair = new Pair(terms);
    await pair.settle();
    const call = pair.call("wait", ["x"]);
    await pair.settle();
    pair.real.waiting.get("x")?.resolve(new Uint8Array(400 * KiB));
    await pair.settle();
    assert.equal(saysOf(call), "RESOURCE_EXHAUSTED TOO_LARGE executed");
    const next = pair.call("echo", ["next"]);
    await pair.settle();
    assert.equal(resultOf(next), "next");
    assert.equal(pair.clientHome.counters.messagesTooLarge + pair.serverHome.counters.messagesTooLarge, 1);
    assert.deepEqual(pair.left, nothingLeft);
  }
});

test("a result in one frame that is over the client's limit is refused there", async () => {
  const pair = new Pair({ clientLimits: { message: 1000 } });
  await pair.settle();
  pair.real.given.set("it", new Uint8Array(2000));
  const call = pair.call("fail", ["it"]);
  await pair.settle();
  assert.equal(saysOf(call), "RESOURCE_EXHAUSTED TOO_LARGE executed");
  assert.equal(pair.clientHome.counters.messagesTooLarge, 1);
});

test("small calls pass between the pieces of a long one", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  alone.end.full = true;
  alone.call("echo", [new Uint8Array(MiB - 100)]);
  await alone.clock.settle();
  alone.call("echo", ["small"]);
  await alone.clock.settle();
  let answered = 0;
  for (let i = 0; i < 20; i++) {
    alone.end.take();
    alone.end.full = true;
    await alone.clock.settle();
    for (const { call } of alone.server.ofKind(kind.ping).slice(answered)) {
      alone.server.send(kind.pong, { call });
      answered++;
    }
    await alone.clock.settle();
  }
  alone.end.take();
  await alone.clock.settle();
  const frames = alone.server.ofKind(kind.call);
  const small = frames.findIndex((frame) => frame.call === 2);
  const last = frames.findLastIndex((frame) => frame.call === 1);
  assert.ok(small > 0 && small < last, frames.map(({ call }) => call).join());
  assert.deepEqual(
    frames.filter(({ call }) => call === 1).map(({ flags }) => flags),
    [1, 1, 1, 0],
  );
});

test("a long call that is cancelled is not sent to its end, and the other side forgets what came of it", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  alone.end.full = true;
  const control = new AbortController();
  alone.call("echo", [new Uint8Array(MiB - 100)], { signal: control.signal });
  await alone.clock.settle();
  control.abort();
  await alone.clock.settle();
  alone.end.take();
  await alone.clock.settle();
  assert.equal(alone.server.ofKind(kind.call).length, 1);
  assert.equal(alone.server.ofKind(kind.cancel).length, 1);

  const server = new AloneServer({ running: 1 });
  await server.greet();
  const piece = { method: echo, flags: flag.more };
  for (let call = 1; call <= 5; call++) {
    server.client.send(kind.call, { ...piece, call }, new Uint8Array(1000));
    server.client.send(kind.cancel, { call });
  }
  await server.clock.settle();
  assert.equal(server.client.ofKind(kind.refusal).length, 0);
});

test("long calls that were cancelled take no room from those that follow", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  alone.end.full = true;
  for (let i = 0; i < 5; i++) {
    const control = new AbortController();
    alone.call("echo", [new Uint8Array(MiB - 100)], { signal: control.signal });
    await alone.clock.settle();
    control.abort();
    await alone.clock.settle();
  }
  const before = alone.server.ofKind(kind.call).length;
  alone.end.take();
  alone.call("echo", ["small"]);
  await alone.clock.settle();
  assert.equal(alone.server.ofKind(kind.call).at(-1)?.body.length, 7);
  assert.ok(alone.server.ofKind(kind.call).length > before);
});

test("a long call whose deadline passes is cut off and told", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  alone.end.full = true;
  const call = alone.call("echo", [new Uint8Array(MiB - 100)], { timeout: 100 });
  await alone.clock.advance(108);
  assert.equal(saysOf(call), "DEADLINE_EXCEEDED TIMEOUT unknown");
  alone.end.take();
  await alone.clock.settle();
  assert.equal(alone.server.ofKind(kind.cancel).length, 1);
});

test("more unfinished messages than calls may run end the connection; so do pieces of what has none", async () => {
  const alone = new AloneServer({ running: 3 });
  await alone.greet();
  for (let call = 1; call <= 4; call++)
    alone.client.send(kind.call, { call, method: echo, flags: flag.more }, new Uint8Array(1));
  await alone.clock.settle();
  assert.equal(alone.client.ofKind(kind.refusal).length, 1);
  for (const frameKind of [kind.cancel, kind.ping, kind.announce]) {
    const one = new AloneServer();
    await one.greet();
    one.client.send(frameKind, { flags: flag.more });
    await one.clock.settle();
    assert.equal(one.client.ofKind(kind.refusal).length, 1);
  }
});

test("pieces of no byte, or of one, cost no more memory than bytes that came", () => {
  const partial = partialOf(defaultLimits);
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  const byte = new Uint8Array(1);
  for (let i = 0; i < 300_000; i++) add(partial, kind.call, 1, byte, 0, i % 2, true);
  const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
  assert.ok(grown < 16 * MiB, `${grown} bytes`);
  assert.equal((add(partial, kind.call, 1, byte, 0, 1, false) as Uint8Array).length, 150_001);
  assert.equal(partial.size, 0);
});

test("all messages in pieces of one connection share a limit; what goes over it is given up to its end", () => {
  const partial = partialOf({ ...defaultLimits, message: 100, partialBytes: 150 });
  const bytes = new Uint8Array(100).fill(1);
  assert.equal(add(partial, kind.call, 1, bytes, 0, 100, true), "more");
  assert.equal(add(partial, kind.call, 2, bytes, 0, 60, true), "more");
  assert.equal(add(partial, kind.call, 2, bytes, 0, 60, true), "more");
  assert.equal(add(partial, kind.call, 2, bytes, 0, 1, false), "too-large");
  assert.equal((add(partial, kind.call, 1, bytes, 0, 0, false) as Uint8Array).length, 100);
  assert.equal(add(partial, kind.reply, 1, bytes, 0, 100, false) instanceof Uint8Array, true);
  // What was held of a message that is given up is free for others at once.
  assert.equal(add(partial, kind.call, 7, bytes, 0, 90, true), "more");
  assert.equal(add(partial, kind.call, 7, bytes, 0, 20, true), "more");
  assert.equal(add(partial, kind.call, 8, bytes, 0, 100, true), "more");
  assert.equal((add(partial, kind.call, 8, bytes, 0, 0, false) as Uint8Array).length, 100);
  assert.equal(add(partial, kind.call, 7, bytes, 0, 0, false), "too-large");
  add(partial, kind.call, 3, bytes, 0, 100, true);
  partial.forget(kind.call, 3);
  partial.forget(kind.call, 3);
  assert.equal((add(partial, kind.call, 4, bytes, 0, 100, false) as Uint8Array).length, 100);
  add(partial, kind.call, 5, bytes, 0, 100, true);
  partial.clear();
  assert.equal((add(partial, kind.call, 6, bytes, 0, 100, false) as Uint8Array).length, 100);
});

test("a message in pieces is the same call as in one frame, whatever the pieces", async () => {
  const body = bodyOf(["x".repeat(300)]);
  for (const size of [1, 7, 299]) {
    const alone = new AloneServer();
    await alone.greet();
    for (let at = 0; at < body.length; at += size) {
      const flags = at + size < body.length ? flag.more : 0;
      alone.client.send(kind.call, { call: 1, method: echo, flags }, body.subarray(at, at + size));
    }
    await alone.clock.settle();
    const replies: Frame[] = alone.client.ofKind(kind.reply);
    assert.equal(decoded(replies[0]), "x".repeat(300));
  }
});

test("pieces go as their pings are answered, and a small call goes at once, however much waits", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  for (let i = 0; i < 4; i++) alone.call("echo", [new Uint8Array(4 * MiB - 100)]);
  await alone.clock.settle();
  assert.equal(alone.server.ofKind(kind.call).length, 1);
  alone.call("echo", ["small"]);
  await alone.clock.settle();
  assert.deepEqual(
    alone.server.ofKind(kind.call).map(({ call }) => call),
    [1, 5],
  );
  for (let answered = 0; answered < 64; answered++) {
    const ping = alone.server.ofKind(kind.ping)[answered];
    assert.ok(ping, `${answered} pieces`);
    alone.server.send(kind.pong, { call: ping.call });
    await alone.clock.settle();
  }
  for (const call of [1, 2, 3, 4]) {
    const pieces = alone.server.ofKind(kind.call).filter((frame) => frame.call === call);
    assert.equal(pieces.length, 16);
    const bytes = pieces.reduce((sum, { body }) => sum + body.length, 0);
    assert.equal(bytes, 4 * MiB - 100 + 6);
    const told = alone.server.ofKind(kind.length).find((frame) => frame.call === call);
    assert.deepEqual([told?.method, told?.remaining], [kind.call, bytes]);
  }
});

test("more long messages than may wait are refused, and small calls are not", async () => {
  const alone = new AloneClient({ waitingBytes: 7 * MiB });
  alone.server.welcome();
  await alone.clock.settle();
  const calls = Array.from({ length: 3 }, () => alone.call("echo", [new Uint8Array(3 * MiB)]));
  const small = alone.call("echo", ["small"]);
  await alone.clock.settle();
  assert.deepEqual(
    calls.map(({ settled }) => settled === null || saysOf({ settled })),
    [true, true, "RESOURCE_EXHAUSTED BUSY not-executed"],
  );
  assert.equal(small.settled, null);
  assert.ok(alone.server.ofKind(kind.call).some(({ call }) => call === 3));
});

test("a side that answers no piece for ten seconds is given up", async () => {
  const alone = new AloneClient();
  alone.server.welcome();
  await alone.clock.settle();
  const call = alone.call("echo", [new Uint8Array(3 * MiB)]);
  await alone.clock.settle();
  await alone.clock.advance(9_999);
  assert.equal(call.settled, null);
  await alone.clock.advance(10);
  assert.equal(saysOf(call), "UNAVAILABLE CONNECTION_LOST unknown");
  assert.equal(alone.endpoint.counters.unsentCloses, 1);
});

test("a long argument that is changed later arrives as it was; a longer one whose memory is given away fails its call alone", async () => {
  const pair = new Pair({ clientLimits: { message: 16 * MiB }, serverLimits: { message: 16 * MiB } });
  await pair.settle();
  const copied = new Uint8Array(3 * MiB).fill(1);
  const first = pair.call("echo", [copied]);
  copied.fill(2);
  await pair.settle();
  assert.ok((resultOf(first) as Uint8Array).every((byte) => byte === 1));
  const array = new Uint8Array(9 * MiB).fill(1);
  const torn = pair.call("echo", [array]);
  structuredClone(array, { transfer: [array.buffer] });
  await pair.settle();
  assert.equal(saysOf(torn), "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed");
  const next = pair.call("echo", [new Uint8Array(9 * MiB).fill(3)]);
  await pair.settle();
  assert.ok((resultOf(next) as Uint8Array).every((byte) => byte === 3));
  assert.equal(pair.real.echoed.length, 2);
  assert.deepEqual(pair.left, nothingLeft);
});

test("memory for a message is made by what its sender said, once some of it came, and not for more than may be held", () => {
  const partial = partialOf({ ...defaultLimits, message: 64 * MiB, partialBytes: 80 * MiB });
  const piece = new Uint8Array(256 * KiB).fill(1);
  partial.expect(kind.call, 1, 64 * MiB);
  for (let i = 0; i < 3; i++) add(partial, kind.call, 1, piece, 0, piece.length, true);
  assert.ok(partial.made <= 2 * MiB, `${partial.made}`);
  for (let i = 0; i < 4; i++) add(partial, kind.call, 1, piece, 0, piece.length, true);
  assert.equal(partial.made, 64 * MiB);
  // A second one that says so has no room, but for what comes.
  partial.expect(kind.call, 2, 64 * MiB);
  for (let i = 0; i < 8; i++) add(partial, kind.call, 2, piece, 0, piece.length, true);
  assert.ok(partial.made <= 68 * MiB, `${partial.made}`);
  partial.forget(kind.call, 1);
  partial.forget(kind.call, 2);
  assert.deepEqual([partial.size, partial.made], [0, 0]);
  // Longer and shorter than was said, and said of another one.
  for (const [said, pieces] of [
    [2 * MiB, 16],
    [8 * MiB, 6],
  ] as const) {
    partial.expect(kind.call, 3, said);
    for (let i = 1; i < pieces; i++) add(partial, kind.call, 3, piece, 0, piece.length, true);
    const whole = add(partial, kind.call, 3, piece, 0, piece.length, false);
    assert.ok(whole instanceof Uint8Array && whole.length === pieces * piece.length && whole.every((it) => it === 1));
  }
});
