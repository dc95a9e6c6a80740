// The lease of references: a client that vanishes loses its references after a time without a sign of life, on virtual
// time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close } from "upcall";
import { kind } from "#internal/wire/native/frame.js";
import { BankPair, nothingLeft, saysOf } from "./pair.ts";
import { BankAlone } from "./strangers.ts";

test("a side that holds objects and vanishes loses them when the lease is over", async () => {
  const alone = new BankAlone({ lease: 30_000 });
  await alone.ask("Bank.open", ["x"]);
  assert.equal(alone.session.transfer.exports.size, 1);
  await alone.clock.advance(26_000);
  // It was asked for a sign of life, and gave none.
  assert.equal(alone.client.ofKind(kind.ping).length, 1);
  assert.equal(alone.closed.length, 0);
  await alone.clock.advance(4_008);
  assert.equal(alone.closed[0]?.reason, "CONNECTION_LOST");
  assert.match(alone.closed[0]?.message ?? "", /30000 ms.*references that it held are taken back.*limits\.lease/);
  assert.equal(alone.session.transfer.exports.size, 0);
  assert.equal(alone.endpoint.counters.leasesExpired, 1);
});

test("any sign of life keeps them, a pong too", async () => {
  const pair = new BankPair({ serverLimits: { lease: 3_000 } });
  const account = await pair.get(pair.bank.open("x"));
  await pair.clock.advance(600_000);
  assert.equal(await pair.get(account.balance()), 0);
  assert.deepEqual(pair.serverClosed, []);
  // Quiet sides are asked, and no more often than they must be.
  const pings = pair.framesOf(pair.far).filter((frame) => frame.kind === kind.ping).length;
  assert.ok(pings > 100 && pings <= 600, `${pings}`);
  await pair.get(close(account));
  const before = pair.far.written.length;
  await pair.clock.advance(600_000);
  assert.equal(pair.far.written.length, before, "nothing is held, so nothing is asked");
  assert.deepEqual(pair.left, nothingLeft);
  assert.equal(pair.clock.timers, 0);
});

test("a lease of an idle connection is its keepalive, whichever is the shorter", async () => {
  for (const [limits, silence] of [
    [{ keepalive: 12_000, keepaliveAnswer: 4_000 }, 16_000],
    [{ keepalive: 120_000, keepaliveAnswer: 60_000 }, 40_000],
  ] as const) {
    const alone = new BankAlone(limits);
    await alone.ask("Bank.open", ["x"]);
    await alone.clock.advance(silence * 0.7);
    assert.equal(alone.closed.length, 0);
    await alone.clock.advance(silence * 0.3 + 8);
    assert.equal(alone.closed[0]?.reason, "CONNECTION_LOST");
    assert.equal(alone.endpoint.counters.silentCloses, 1);
  }
});

test("a lease keeps no process alive", async () => {
  const pair = new BankPair();
  await pair.get(pair.bank.open("x"));
  assert.equal(pair.clock.kept, 0);
});

test("who connected takes its own objects back as well", async () => {
  const pair = new BankPair({ clientLimits: { lease: 3_000 } });
  await pair.get(pair.bank.watch((index) => index));
  pair.far.held = true;
  await pair.clock.advance(5_000);
  assert.equal(pair.clientClosed[0]?.reason, "CONNECTION_LOST");
  assert.equal(pair.client.transfer.exports.size, 0);
  assert.equal(await saysOf(pair.real.tell(1)), "UNAVAILABLE CONNECTION_LOST not-executed");
});
