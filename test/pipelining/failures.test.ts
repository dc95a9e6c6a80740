// Pipelined calls whose first call fails: each of the chain fails with that error. Each side alone, with the other one
// played by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "upcall";
import { flag, kind } from "#internal/wire/native/frame.js";
import { bodyOf } from "../harness/stranger.ts";
import { Bank } from "../references/bank.ts";
import { saysOf } from "../references/pair.ts";
import { BankAlone, ClientAlone, failureIn } from "../references/strangers.ts";

const flags = flag.target | flag.promised;

test("a server tells every call of a chain of the first failure, whenever it comes", async () => {
  for (const late of [false, true]) {
    const alone = new BankAlone();
    const calls = [alone.send("Bank.branchLater", ["a"])];
    if (late) await failing(alone);
    calls.push(alone.send("Bank.branch", ["b"], { target: 1, flags }));
    if (late) await alone.clock.settle();
    for (const name of ["c", "d"]) calls.push(alone.send("Bank.branch", [name], { target: calls.length, flags }));
    calls.push(alone.send("Bank.plain", [1], { target: calls.length, flags }));
    if (!late) await failing(alone);
    await alone.clock.settle();
    assert.deepEqual(
      calls.map((call) => failureIn(alone.answer(call))),
      calls.map((_, index) => `ABORTED THROWN ${index === 0 ? "executed" : "not-executed"}`),
    );
    assert.equal(alone.endpoint.counters.badReferences, 0);
    alone.client.send(kind.release, { flags: flag.promised }, bodyOf(calls));
    await alone.clock.settle();
    assert.equal(alone.session.upcalls.promised, 0);
  }

  async function failing(alone: BankAlone): Promise<void> {
    await alone.clock.settle();
    alone.real.later[0]?.settle(new UpcallError("ABORTED", "not now"));
    await alone.clock.settle();
  }
});

test("calls of the result of one that was refused, or taken back, hear why", async () => {
  const alone = new BankAlone({ pipelineDepth: 2, pipelined: 3 });
  const chain = [alone.send("Bank.branchLater", ["a"])];
  for (let i = 0; i < 4; i++) chain.push(alone.send("Bank.branch", ["b"], { target: chain.length, flags }));
  await alone.clock.settle();
  const refused = "RESOURCE_EXHAUSTED TOO_MANY not-executed";
  assert.deepEqual(
    chain.slice(3).map((call) => failureIn(alone.answer(call))),
    [refused, refused],
  );
  // A call that waits is given up; the next one names it.
  alone.client.send(kind.cancel, { call: 2 });
  const behind = alone.send("Bank.branch", ["b"], { target: 2, flags });
  const last = alone.send("Bank.plain", [1], { target: behind, flags });
  await alone.clock.settle();
  for (const call of [2, behind, last]) assert.match(failureIn(alone.answer(call)), /^CANCELLED \w+ not-executed$/);
  assert.equal(alone.endpoint.counters.badReferences, 0);
});

test("a oneway that names a method with a result leaves nothing that could be called", async () => {
  const alone = new BankAlone();
  for (let i = 0; i < 10; i++) alone.send("Bank.open", ["x"], { flags: flag.oneway });
  await alone.clock.settle();
  assert.equal(alone.session.upcalls.promised, 0);
});

test("a client tells every call of a chain of the first failure, whatever else its server says of them", async () => {
  const alone = new ClientAlone();
  const first = alone.bank.branch("a");
  const said = [first, first.branch("b").branch("c"), first.branch("b").branch("c").branch("d").plain(1)].map(saysOf);
  await alone.clock.settle();
  const failure = { code: "ABORTED", reason: "THROWN", outcome: "executed", message: "not now" };
  alone.server.send(kind.failure, { call: alone.calls[0]?.call ?? 0 }, bodyOf(failure));
  await alone.clock.settle();
  const unknown = {
    code: "INVALID_ARGUMENT",
    reason: "BAD_REFERENCE",
    outcome: "not-executed",
    message: "no such call",
  };
  for (const { call } of alone.calls.slice(1)) alone.server.send(kind.failure, { call }, bodyOf(unknown));
  await alone.clock.settle();
  assert.deepEqual(await Promise.all(said), [
    "ABORTED THROWN executed",
    "ABORTED THROWN not-executed",
    "ABORTED THROWN not-executed",
  ]);
});

test("a call whose result was never called is not kept by its server", async () => {
  const alone = new ClientAlone();
  const caller = alone.session;
  const entry = Bank.table.find(({ name }) => name === "open");
  assert.ok(entry !== undefined);
  const result = saysOf(caller.call(caller.announce(Bank), entry, ["x"], null));
  await alone.clock.settle();
  const [call] = alone.calls;
  assert.ok(call !== undefined);
  alone.reply(call.call, 5);
  await alone.clock.settle();
  assert.equal(await result, "INTERNAL BAD_RESULT executed");
  const released = alone.server.ofKind(kind.release);
  assert.deepEqual(
    released.map((frame) => frame.flags),
    [flag.promised],
  );
});
