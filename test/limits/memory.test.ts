// `limits.memory`: the budget of memory that all connections share, who is refused and who is closed when it is short.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Counters } from "#internal/counters.js";
import { type Account, MemoryBudget } from "#internal/endpoint/memory-budget.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneServer, numberOf } from "../harness/alone.ts";
import { peerAt } from "../harness/link.js";
import { bodyOf, decoded } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const echo = numberOf["echo"] ?? 0;

/** Accounts of peers, and which of them were closed, in that order. */
function opened(most: number, peers: readonly string[]) {
  const clock = new VirtualClock();
  const budget = new MemoryBudget(clock, most);
  const counters = new Counters();
  const closed: string[] = [];
  const accounts = peers.map((peer, index) => {
    const account = budget.account(counters, peerAt(peer));
    account.owner = { overMemory: () => void closed.push(`${index}`) };
    return account;
  });
  return { clock, budget, counters, closed, accounts: accounts as [Account, Account, Account] };
}

test("whoever holds most is refused more above three quarters, and is closed above the whole; others are not", async () => {
  const { clock, budget, counters, closed, accounts } = opened(16 * MiB, ["unix", "unix", "unix"]);
  const [large, small, tiny] = accounts;
  large.hold(8 * MiB);
  small.hold(3 * MiB);
  tiny.hold(MiB - 2);
  assert.deepEqual([large.admits(3), small.admits(3), tiny.admits(1), tiny.admits(3)], [false, true, true, true]);
  assert.equal(counters.refusedMemory, 1);
  small.hold(4 * MiB + 2);
  await clock.settle();
  assert.deepEqual([closed, budget.held], [[], 16 * MiB]);
  tiny.hold(1);
  await clock.settle();
  assert.deepEqual([closed, budget.held], [["0"], 8 * MiB + 1]);
  // What a closed one lets go of later was counted already.
  large.hold(-8 * MiB);
  small.close();
  tiny.close();
  assert.deepEqual([budget.held, counters.heldNow], [0, 0]);
});

test("a connection that holds less than 1 MiB is never closed, however many of them there are", async () => {
  const { clock, budget, closed, accounts } = opened(
    4 * MiB,
    Array.from({ length: 8 }, () => "unix"),
  );
  for (const account of accounts) account.hold(MiB - 1);
  await clock.settle();
  assert.deepEqual(closed, []);
  assert.ok(budget.held > budget.most);
});

test("one address has half of it, and is known no longer than it has a connection; unix and memory share the whole", async () => {
  const { clock, budget, closed, accounts } = opened(16 * MiB, ["10.0.0.1:1", "10.0.0.1:2", "::1:3"]);
  const [one, two, other] = accounts;
  one.hold(5 * MiB);
  two.hold(MiB);
  assert.deepEqual([one.admits(1), two.admits(1), other.admits(5 * MiB)], [false, true, true]);
  two.hold(2 * MiB + 1);
  await clock.settle();
  assert.deepEqual([closed, budget.held, budget.addresses], [["0"], 3 * MiB + 1, 2]);
  for (const account of accounts) account.close();
  assert.deepEqual([budget.held, budget.addresses], [0, 0]);
  for (const peer of ["unix", "memory", "memory:app", "unix:/run/it"]) {
    const alone = opened(16 * MiB, [peer]);
    alone.accounts[0].hold(16 * MiB);
    await alone.clock.settle();
    assert.deepEqual([alone.closed, alone.budget.addresses], [[], 0], peer);
  }
});

test("what a dispatcher keeps is counted until it gives it back, also when the connection is gone", () => {
  const { budget, accounts } = opened(16 * MiB, ["10.0.0.1:1", "10.0.0.1:2"]);
  const [one] = accounts;
  one.hold(MiB);
  one.lend(2 * MiB);
  one.close();
  assert.deepEqual([budget.held, budget.addresses], [2 * MiB, 1]);
  one.giveBack(2 * MiB);
  assert.deepEqual([budget.held, budget.addresses], [0, 0]);
});

/** As much of a long message as 256 KiB, and more to follow. */
function piece(alone: AloneServer, call: number, remaining = 30_000): void {
  const body = bodyOf([new Uint8Array(512 * KiB)]);
  alone.client.send(kind.call, { call, method: echo, flags: flag.more, remaining }, body.subarray(0, 256 * KiB));
}

test("pieces of a message that is never whole are let go of at the deadline of their call, and its caller is told", async () => {
  const alone = new AloneServer();
  await alone.greet();
  piece(alone, 1, 5_000);
  piece(alone, 2, 20_000);
  await alone.clock.settle();
  assert.ok(alone.endpoint.counters.heldNow >= 512 * KiB);
  await alone.clock.advance(5_020);
  const [failure, ...others] = alone.client.ofKind(kind.failure);
  assert.deepEqual(others, []);
  assert.equal(failure?.call, 1);
  assert.equal((decoded(failure) as { reason: string }).reason, "EXPIRED");
  assert.ok(alone.endpoint.counters.heldNow <= 512 * KiB);
  // What still comes of it is passed over, and nothing is said a second time.
  piece(alone, 1, 5_000);
  alone.client.send(kind.call, { call: 1, method: echo, remaining: 5_000 }, new Uint8Array(10));
  await alone.clock.advance(16_000);
  assert.equal(alone.client.ofKind(kind.failure).length, 2);
  assert.equal(alone.endpoint.counters.heldNow, 0);
  assert.equal(alone.real.echoed.length, 0);
});

test("pieces of the connection that holds most are refused while memory is short, and small calls are not", async () => {
  const alone = new AloneServer({ memory: 4 * MiB, message: MiB });
  await alone.greet();
  for (let call = 1; call <= 12; call++) piece(alone, call);
  alone.client.send(kind.call, { call: 20, method: echo }, bodyOf(["small"]));
  await alone.clock.settle();
  const failures = alone.client.ofKind(kind.failure);
  assert.ok(failures.length > 0);
  for (const failure of failures) {
    const { code, reason, outcome } = decoded(failure) as { code: string; reason: string; outcome: string };
    assert.deepEqual([code, reason, outcome], ["RESOURCE_EXHAUSTED", "BUSY", "not-executed"]);
  }
  assert.ok(alone.endpoint.memory.held <= 3 * MiB, `${alone.endpoint.memory.held}`);
  assert.ok(alone.endpoint.counters.refusedMemory > 0);
  assert.deepEqual(alone.real.echoed, ["small"]);
});
