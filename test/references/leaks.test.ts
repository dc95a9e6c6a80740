// References that were never closed (leaks), found by the garbage collector and told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { close, within } from "upcall";
import { BankPair, nothingHeld } from "./pair.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects until it is so; the platform says when it tells of what it found. */
async function collected(pair: BankPair, so: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !so(); i++) {
    collect();
    await pair.settle();
  }
  assert.ok(so(), "the collector found it");
}

test("a reference that nobody closed and nobody has is given back, and reported with where it was made", async () => {
  const pair = new BankPair();
  await open(pair);
  await collected(pair, () => pair.server.transfer.exports.size === 0);
  assert.deepEqual(pair.leaks, [{ interface: "Account", made: "Bank.open result", peer: "the server" }]);
  assert.equal(pair.clientHome.counters.referencesLeaked, 1);
  assert.deepEqual(pair.held, nothingHeld);

  await pair.get(pair.bank.watch((index) => index));
  pair.real.watchers.splice(0);
  await collected(pair, () => pair.client.transfer.exports.size === 0);
  assert.deepEqual(pair.leaks[1], { interface: "upcall.Function", made: "Bank.watch argument 1", peer: "the client" });

  /** In a function of its own, so that nothing here keeps it. */
  async function open({ bank }: BankPair): Promise<void> {
    const account = await pair.get(bank.open("x"));
    assert.equal(await pair.get(account.deposit(1)), 1);
  }
});

test("one that was closed is none, and neither is one that somebody still has", async () => {
  const pair = new BankPair();
  await (async () => {
    await pair.get(close(await pair.get(pair.bank.open("x"))));
  })();
  // A second proxy is enough to keep it.
  const second = await (async () => within(await pair.get(pair.bank.open("y")), { timeout: 1_000 }))();
  for (let i = 0; i < 20; i++) {
    collect();
    await pair.settle();
  }
  assert.deepEqual(pair.leaks, []);
  assert.deepEqual(pair.held, { ...nothingHeld, serverObjects: 1, clientHolds: 1 });
  assert.equal(await pair.get(second.deposit(2)), 2);
});

test("a result that was only called is given back in silence", async () => {
  const pair = new BankPair();
  await (async () => {
    assert.equal(await pair.get(pair.bank.open("x").deposit(1)), 1);
  })();
  await collected(pair, () => pair.server.transfer.exports.size === 0);
  assert.deepEqual(pair.leaks, []);
  assert.equal(pair.clientHome.counters.referencesLeaked, 0);
});
