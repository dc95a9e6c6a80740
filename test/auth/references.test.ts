// Authorization of calls to references and of pipelined calls: who was given an object may still not call all of its
// methods.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close } from "upcall";
import type { WantedCall } from "#internal/call/access.js";
import { BankPair, nothingLeft, saysOf } from "../references/pair.ts";

const denied = "PERMISSION_DENIED NOT_ALLOWED not-executed";

test("the hook is asked with the object's interface and method", async () => {
  const asked: string[] = [];
  const pair = new BankPair({
    authorize: ({ interface: name, method }) => {
      asked.push(`${name}.${method}`);
      return method !== "deposit";
    },
  });
  const account = await pair.get(pair.bank.open("x"));
  assert.equal(await pair.get(account.balance()), 0);
  assert.equal(await pair.get(saysOf(account.deposit(5))), denied);
  assert.deepEqual(asked, ["Bank.open", "Account.balance", "Account.deposit"]);
  assert.equal(await pair.get(account.balance()), 0);
  await pair.get(close(account));
  assert.deepEqual(pair.left, nothingLeft);
});

test("an object whose arguments were refused unread is not held", async () => {
  const pair = new BankPair({ authorize: () => false });
  assert.equal(await pair.get(saysOf(pair.bank.watch((index) => index))), denied);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a call of a result waits while it is asked whether the call that returns it may be made", async () => {
  const answers: { call: WantedCall; answer: (said: boolean) => void }[] = [];
  const pair = new BankPair({ authorize: (call) => new Promise((answer) => answers.push({ call, answer })) });
  const deposit = pair.bank.open("x").deposit(5);
  await pair.settle();
  assert.deepEqual(
    answers.map(({ call }) => call.method),
    ["open"],
  );
  answers[0]?.answer(true);
  await pair.settle();
  assert.deepEqual(
    answers.map(({ call }) => call.method),
    ["open", "deposit"],
  );
  answers[1]?.answer(true);
  assert.equal(await pair.get(deposit), 5);
  const { pending, running, promised, deadlines } = pair.left;
  assert.deepEqual([pending, running, promised, deadlines], [0, 0, 0, 0]);
});

test("where that call is refused, or cancelled, so is what was to be called of it", async () => {
  for (const how of ["refused", "late"] as const) {
    const answers: ((said: boolean) => void)[] = [];
    const pair = new BankPair({ authorize: () => new Promise((answer) => answers.push(answer)) });
    const deposit = saysOf(pair.bank.open("x").deposit(5));
    await pair.settle();
    if (how === "refused") answers[0]?.(false);
    else await pair.clock.advance(5_008);
    assert.equal(await pair.get(deposit), denied);
    assert.equal(answers.length, 1);
    assert.deepEqual(pair.left, nothingLeft);
  }
});
