// References of one connection that are given to another: the program between them passes calls on, with metadata,
// deadlines and errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  close,
  connect,
  defineInterface,
  keep,
  method,
  type ProxyOf,
  reference,
  serve,
  type UpcallError,
  within,
} from "upcall";
import { any, Bank, RealAccount, RealBank } from "./bank.ts";

/** Where objects are left, for others. */
const Board = defineInterface("Board", {
  put: method({ args: [any<string>(), reference(() => Bank)] }),
  get: method({ args: [any<string>()], returns: reference(() => Bank) }),
  take: method<(name: string) => void>(),
  count: method<() => number>(),
});

class RealBoard {
  readonly #banks: Map<string, ProxyOf<typeof Bank>> = new Map();

  put(name: string, bank: ProxyOf<typeof Bank>): void {
    this.#banks.set(name, keep(bank));
  }

  get(name: string): ProxyOf<typeof Bank> {
    const bank = this.#banks.get(name);
    if (bank === undefined) throw new Error(`there is no ${name}`);
    return bank;
  }

  async take(name: string): Promise<void> {
    await close(this.get(name));
    this.#banks.delete(name);
  }

  count(): number {
    return this.#banks.size;
  }
}

/** Someone who has a bank, the board between, and someone who uses it. */
async function three(name: string) {
  const server = await serve(Board, new RealBoard(), `memory:${name}`);
  const [owner, user] = [await connect(Board, server.url), await connect(Board, server.url)];
  const real = new RealBank();
  await owner.put("bank", real);
  const bank = await user.get("bank");
  return {
    server,
    owner,
    user,
    real,
    bank,
    async [Symbol.asyncDispose]() {
      await Promise.all([close(owner), close(user)]);
      await server.close();
    },
  };
}

const errorOf = (promise: Promise<unknown>): Promise<UpcallError> =>
  promise.then(
    () => assert.fail("it returned"),
    (error: UpcallError) => error,
  );

test("calls, what they carry and their results are passed on, both ways", async () => {
  await using all = await three("passing");
  const { bank, real, owner } = all;
  assert.equal(await bank.plain("hello"), "hello");
  const account = await bank.open("x");
  assert.equal(await account.deposit(4), 4);
  assert.equal(real.open("x").amount, 4);
  assert.equal(await bank.same("x", account, account), true);
  assert.equal(await bank.each(3, (index) => index), 3);
  const own = new RealAccount();
  assert.equal(await bank.pay(own, 2), 2);
  assert.equal(await bank.back(own), own);
  assert.equal(await bank.branch("a").open("y").deposit(1), 1);
  // And at home it is who it is.
  assert.equal(await owner.get("bank"), real as unknown);
});

test("errors, deadlines and aborts are passed on as they are", async () => {
  await using all = await three("passing-errors");
  const { bank, real, user } = all;
  const none = await errorOf(bank.openNone("x"));
  assert.deepEqual([none.code, none.outcome, none.message], ["NOT_FOUND", "executed", "there is no account x"]);
  const account = await bank.open("x");
  const control = new AbortController();
  const waiting = errorOf(within(account, { signal: control.signal }).wait());
  while (real.open("x").signals.length === 0) await user.count();
  control.abort();
  assert.equal((await waiting).code, "CANCELLED");
  while (real.open("x").signals[0]?.aborted !== true) await user.count();
});

test("when the owner is gone, its objects are, and their callers are told", async () => {
  await using all = await three("passing-gone");
  const { bank, owner, user } = all;
  const account = await bank.open("x");
  await close(owner);
  for (const call of [account.balance(), bank.plain(1)]) {
    const error = await errorOf(call);
    assert.deepEqual([error.code, error.outcome], ["UNAVAILABLE", "not-executed"]);
  }
  assert.equal(await user.count(), 1);
});

test("what is passed on is held as long as somebody holds it, and no longer", async () => {
  await using all = await three("passing-held");
  const { bank, user, server } = all;
  const counters = () => {
    const { referencesNow, referencesHeldNow } = server.counters();
    return [referencesNow, referencesHeldNow];
  };
  // The board holds the bank, and the user holds it from the board.
  assert.deepEqual(counters(), [1, 1]);
  const account = await bank.open("x");
  const own = new RealAccount();
  assert.equal(await bank.pay(own, 1), 1);
  assert.equal(await account.deposit(1), 1);
  // What was lent to a call is held no longer than that.
  while (counters()[0] !== 2) await user.count();
  await close(account);
  while (counters()[0] !== 1) await user.count();
  await close(bank);
  while (counters()[0] !== 0) await user.count();
  assert.deepEqual(counters(), [0, 1]);
  await user.take("bank");
  while (counters()[1] !== 0) await user.count();
  assert.equal(server.counters().referencesLeaked, 0);
});

test("a proxy that connect gave is an object for others, too", async () => {
  await using bankServer = await serve(Bank, new RealBank(), "memory:passing-bank");
  await using board = await serve(Board, new RealBoard(), "memory:passing-board");
  await using bank = await connect(Bank, bankServer.url);
  await using here = await connect(Board, board.url);
  await here.put("bank", bank);
  await using there = await connect(Board, board.url);
  assert.equal(await there.get("bank").open("x").deposit(3), 3);
  assert.equal(await bank.open("x").balance(), 3);
  assert.equal(await here.get("bank"), bank);
});
