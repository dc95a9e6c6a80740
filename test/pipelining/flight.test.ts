// Pipelining: calls of a promise (of a result that is not here yet) travel in one flight, in order, with cancels,
// deadlines and errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, type Local, UpcallError, within } from "upcall";
import { flag, kind } from "#internal/wire/native/frame.js";
import type { LinkEnd } from "../harness/link.ts";
import { decoded, framesIn } from "../harness/stranger.ts";
import { type Bank, RealAccount, RealBank } from "../references/bank.ts";
import { BankPair, nothingHeld, nothingLeft, saysOf } from "../references/pair.ts";

const names = Object.fromEntries(Object.entries(kind).map(([name, number]) => [number, name]));

/** A pair that has greeted, and what each end has written since, write by write. */
async function greeted(): Promise<{ pair: BankPair; since: (end: LinkEnd) => string[][] }> {
  const pair = new BankPair();
  await pair.get(pair.bank.plain(1));
  // The interface of what comes is announced once.
  const account = pair.bank.open("before");
  await pair.get(account.balance());
  await pair.get(close(account));
  const before = new Map([pair.near, pair.far].map((end) => [end, end.written.length]));
  const since = (end: LinkEnd): string[][] => {
    const first = before.get(end) ?? 0;
    const all = end.written.slice(0, first);
    let seen = framesIn(all).length;
    return end.written.slice(first).map((chunk) => {
      all.push(chunk);
      const frames = framesIn(all);
      const kinds = frames.slice(seen).map((frame) => names[frame.kind] ?? "?");
      seen = frames.length;
      return kinds;
    });
  };
  return { pair, since };
}

test("a call of a result that is not here yet is one flight: one write each way", async () => {
  const { pair, since } = await greeted();
  assert.equal(await pair.get(pair.bank.open("x").deposit(5)), 5);
  assert.deepEqual(since(pair.far), [["reply", "reply"]]);
  // Afterwards, in a word of its own, the result is given up.
  assert.deepEqual(since(pair.near), [["call", "call"], ["release"]]);
  const [, second] = pair
    .framesOf(pair.near)
    .filter((frame) => frame.kind === kind.call)
    .slice(-2);
  assert.equal(second?.flags, flag.target | flag.promised);
});

test("a chain of them is one flight, however long", async () => {
  const { pair, since } = await greeted();
  const deposit = pair.bank.branch("a").branch("b").branch("c").open("x").deposit(7);
  assert.equal(await pair.get(deposit), 7);
  assert.deepEqual(since(pair.far), [["reply", "reply", "reply", "reply", "reply"]]);
  assert.deepEqual(
    since(pair.near)[0]?.filter((name) => name !== "announce"),
    Array.from({ length: 5 }, () => "call"),
  );
  assert.equal(pair.real.branch("a").branch("b").branch("c").open("x").amount, 7);
});

test("several calls of one result begin in their order", async () => {
  const { pair, since } = await greeted();
  const account = pair.bank.openLater("x");
  const sums = Promise.all([1, 2, 3].map((amount) => account.deposit(amount)));
  await pair.settle();
  assert.equal(pair.server.upcalls.promised, 4);
  pair.real.later[0]?.settle();
  assert.deepEqual(await pair.get(sums), [1, 3, 6]);
  assert.equal(since(pair.near).length, 2);
});

test("where the first call fails, the others do with its error, and have not run", async () => {
  const { pair } = await greeted();
  const none = pair.bank.openNone("x");
  const calls = [none.deposit(1), none.balance(), within(none, { timeout: 50 }).deposit(2)];
  const said = await pair.get(Promise.all(calls.map(saysOf)));
  assert.deepEqual(
    said,
    calls.map(() => "NOT_FOUND THROWN not-executed"),
  );
  await assert.rejects(none.deposit(3), /Bank\.openNone failed.*there is no account x/);
  await assert.rejects(none, { code: "NOT_FOUND", outcome: "executed", message: "there is no account x" });
  assert.deepEqual(pair.left, nothingLeft);
});

test("an error that was told with a call of the result is nobody's unhandled rejection", async () => {
  const { pair } = await greeted();
  const seen: unknown[] = [];
  const unhandled = (error: unknown): void => void seen.push(error);
  process.on("unhandledRejection", unhandled);
  await pair.get(saysOf(pair.bank.branch("a").openNone("x").deposit(1)));
  await pair.get(saysOf(pair.bank.openNone("x").balance()));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  assert.deepEqual(seen, []);
});

test("a failure runs through a chain, whoever fails in it", async () => {
  const { pair } = await greeted();
  const chain = pair.bank.branch("a").openNone("x");
  const second = pair.bank.branch("a").openLater("y");
  const said = [chain.deposit(1), second, second.deposit(1)].map(saysOf);
  await pair.settle();
  pair.real.branch("a").later[0]?.settle(new UpcallError("ABORTED", "not now"));
  await pair.settle();
  assert.deepEqual(await Promise.all(said), [
    "NOT_FOUND THROWN not-executed",
    "ABORTED THROWN executed",
    "ABORTED THROWN not-executed",
  ]);
  assert.equal(pair.real.branch("a").accounts.size, 0);
});

test("a method that is not there fails with its calls, though nothing could be kept for it", async () => {
  const pair = new BankPair();
  const { bank } = pair;
  // As if this side were newer than the other.
  await pair.get(bank.plain(1));
  pair.real.odd = { account: process };
  const account = bank.open("x");
  assert.equal(await saysOf(pair.get(account.deposit(1))), "INTERNAL BAD_RESULT not-executed");
  assert.equal(await saysOf(account), "INTERNAL BAD_RESULT executed");
});

test("a call that depends on too many others is refused, and they go on", async () => {
  const pair = new BankPair({ serverLimits: { pipelineDepth: 3 } });
  const calls: Promise<string>[] = [];
  let branch = pair.bank.branchLater("a");
  for (let i = 0; i < 4; i++) {
    calls.push(saysOf(branch.plain(i)));
    branch = branch.branch("b");
  }
  const last = saysOf(branch);
  await pair.settle();
  assert.equal(pair.serverHome.counters.refusedPipelined, 2);
  pair.real.later[0]?.settle();
  await pair.settle();
  const refused = "RESOURCE_EXHAUSTED TOO_MANY not-executed";
  assert.deepEqual(await Promise.all(calls), ["returned 0", "returned 1", "returned 2", refused]);
  assert.equal(await last, refused);
  assert.equal(pair.left["promised"], 0);
});

test("what depends on calls that are settled has no depth", async () => {
  const pair = new BankPair({ serverLimits: { pipelineDepth: 1 } });
  let branch = pair.bank.branch("a");
  for (let i = 0; i < 20; i++) branch = branch.branch("b");
  assert.equal(await pair.get(branch.plain(1)), 1);
});

test("calls that wait for a result are bounded", async () => {
  const pair = new BankPair({ serverLimits: { pipelined: 2 } });
  const account = pair.bank.openLater("x");
  const calls = [1, 2, 3].map((amount) => saysOf(account.deposit(amount)));
  await pair.settle();
  assert.equal(pair.serverHome.counters.refusedPipelined, 1);
  pair.real.later[0]?.settle();
  await pair.settle();
  assert.deepEqual(await Promise.all(calls), ["returned 1", "returned 3", "RESOURCE_EXHAUSTED BUSY not-executed"]);
  assert.equal(pair.serverHome.counters.pipelined, 3);
});

test("a call whose deadline passes while it waits for the result does not run", async () => {
  const pair = new BankPair();
  const account = pair.bank.openLater("x");
  const call = within(account, { timeout: 100 }).deposit(1);
  call.catch(() => {});
  await pair.clock.advance(200);
  assert.equal(await saysOf(call), "DEADLINE_EXCEEDED TIMEOUT unknown");
  pair.real.later[0]?.settle();
  await pair.settle();
  assert.equal(pair.real.open("x").amount, 0);
});

test("a call that is cancelled while it waits for the result does not run", async () => {
  const pair = new BankPair();
  const account = pair.bank.openLater("x");
  const control = new AbortController();
  const call = within(account, { signal: control.signal }).deposit(1);
  call.catch(() => {});
  await pair.settle();
  control.abort();
  await pair.settle();
  pair.real.later[0]?.settle();
  await pair.get(account);
  assert.equal(pair.real.open("x").amount, 0);
  await pair.get(close(account));
  assert.deepEqual(pair.left, nothingLeft);
});

test("a first call that is given up goes on where it runs, and so do the calls of its result", async () => {
  const pair = new BankPair();
  const control = new AbortController();
  const account = within(pair.bank, { signal: control.signal }).openLater("x");
  const call = account.deposit(1);
  account.catch(() => {});
  await pair.settle();
  control.abort();
  await pair.settle();
  // Calls that are made now have nothing to go to.
  assert.equal(await saysOf(account.deposit(2)), "CANCELLED ABORTED not-executed");
  pair.real.later[0]?.settle();
  assert.equal(await pair.get(call), 1);
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("a call of the result of one that waits goes out behind it, or fails with it", async () => {
  const pair = new BankPair({ serverLimits: { running: 1 } });
  const running = pair.bank.openLater("x");
  await pair.settle();
  const control = new AbortController();
  const waiting = pair.bank.open("y").deposit(1);
  const aborted = within(pair.bank, { signal: control.signal }).open("z").deposit(1);
  const last = saysOf(aborted);
  control.abort();
  await pair.settle();
  assert.equal(await last, "CANCELLED ABORTED not-executed");
  pair.real.later[0]?.settle();
  assert.equal(await pair.get(waiting), 1);
  await pair.get(close(running));
  // The account y was only called; it is given back when nobody has its promise.
  assert.deepEqual(pair.left, { ...nothingLeft, serverObjects: 1, clientHolds: 1, counted: 2 });
});

test("a call of the result of one that travels in pieces does not overtake it", async () => {
  const pair = new BankPair();
  await pair.get(pair.bank.plain(1));
  const name = "x".repeat(1_000_000);
  assert.equal(await pair.get(pair.bank.open(name).deposit(4)), 4);
  assert.equal(pair.real.open(name).amount, 4);
  assert.equal(pair.serverHome.counters.badReferences, 0);
  await pair.settle();
  assert.deepEqual(pair.left, { ...nothingLeft, serverObjects: 1, clientHolds: 1, counted: 2 });
});

test("an object of the caller's that comes home is called all the same, before it is here and after", async () => {
  const pair = new BankPair();
  const own = new RealAccount();
  const back = pair.bank.back(own);
  assert.equal(await pair.get(back.deposit(2)), 2);
  assert.equal(await pair.get(back), own);
  assert.equal(await pair.get(back.deposit(3)), 5);
  await pair.settle();
  assert.equal(own.amount, 5);
});

test("a local object with async methods fits the same code", async () => {
  const real = new RealBank();
  const bank: Pick<Local<typeof Bank>, "open"> = { open: async (name) => asynchronous(real.open(name)) };
  const pair = new BankPair();
  assert.equal(await salary(bank), 10);
  assert.equal(await pair.get(salary(pair.bank)), 10);

  function asynchronous(account: RealAccount): Awaited<ReturnType<(typeof bank)["open"]>> {
    return {
      deposit: async (amount) => account.deposit(amount),
      balance: async () => account.balance(),
      wait: async () => await account.wait(),
      fail: async () => account.fail(),
    };
  }

  async function salary(any: typeof bank): Promise<number> {
    const account = await any.open("x");
    await account.deposit(4);
    return await account.deposit(6);
  }
});

test("a result that is only called, and never waited for, is nobody's leak, and one that is closed is given back", async () => {
  const pair = new BankPair();
  const account = pair.bank.open("x");
  await pair.get(account.deposit(1));
  await pair.get(close(account));
  assert.deepEqual(pair.held, nothingHeld);
  assert.equal(await saysOf(account.deposit(1)), "UNAVAILABLE CLOSED not-executed");
  const released = pair.framesOf(pair.near).filter((frame) => frame.kind === kind.release);
  assert.deepEqual(
    released.map((frame) => [frame.flags, decoded(frame)]),
    [
      [flag.promised, [1]],
      [0, [1, 1]],
    ],
  );
});

test("a promise of a reference is a promise", async () => {
  const pair = new BankPair();
  const account = pair.bank.open("x");
  assert.ok(account instanceof Promise);
  assert.equal(Object.getPrototypeOf(account.catch(() => {})), Promise.prototype);
  let done = false;
  const finished = account.finally(() => {
    done = true;
  });
  assert.equal(await pair.get(finished), await account);
  assert.equal(done, true);
  assert.equal("then" in (await account), false);
});
