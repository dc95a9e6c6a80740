// References and callbacks, on virtual time: objects and functions in arguments and results, their identity, closing
// them, and their tables.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, implement, Skeleton, within } from "upcall";
import { kind } from "#internal/wire/native/frame.js";
import { decoded } from "../harness/stranger.ts";
import { Account, RealAccount } from "./bank.ts";
import { BankPair, nothingHeld, nothingLeft, saysOf } from "./pair.ts";

test("a function given as an argument is called back, and given back when it is closed", async () => {
  const pair = new BankPair();
  const seen: number[] = [];
  const each = pair.bank.each(3, (index) => {
    seen.push(index);
    return index * 2;
  });
  assert.equal(await pair.get(each), 6);
  assert.deepEqual(seen, [0, 1, 2]);
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("a function that came as a result is called", async () => {
  const pair = new BankPair();
  const count = await pair.get(pair.bank.counter());
  assert.equal(await pair.get(count()), 1);
  assert.equal(await pair.get(count()), 2);
  assert.equal(pair.real.count, 2);
  await pair.get(close(count));
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("the same object is the same proxy, and the original when it comes home", async () => {
  const pair = new BankPair();
  const one = await pair.get(pair.bank.open("x"));
  const two = await pair.get(pair.bank.open("x"));
  const other = await pair.get(pair.bank.open("y"));
  assert.equal(one, two);
  assert.notEqual(one, other);
  assert.equal(await pair.get(pair.bank.same("x", one, two)), true);
  assert.equal(await pair.get(pair.bank.same("x", one, other)), false);
  assert.equal(await pair.get(pair.bank.back(one)), one);
  // The second proxy is of the same object.
  assert.equal(await pair.get(pair.bank.same("x", one, within(one, { timeout: 1000 }))), true);
  assert.deepEqual(pair.held, { ...nothingHeld, serverObjects: 2, clientHolds: 2 });
});

test("an object of the caller's comes home as itself, whatever it was given as", async () => {
  const pair = new BankPair();
  class Own extends Skeleton(Account) {
    deposit = (amount: number): number => amount;
    balance(): number {
      return 1;
    }
    wait(): number {
      return 2;
    }
    fail(): void {}
    static {
      Own.prototype.deposit = (amount) => amount;
    }
  }
  const plain = new RealAccount();
  const delegate = new RealAccount();
  const own = new Own();
  assert.equal(await pair.get(pair.bank.back(plain)), plain);
  assert.equal(await pair.get(pair.bank.back(own)), own);
  assert.equal(await pair.get(pair.bank.back(implement(Account, delegate))), delegate);
  assert.equal(await pair.get(pair.bank.pay(plain, 5)), 5);
  assert.equal(plain.amount, 5);
});

test("closing gives an object back, and its proxy makes no more calls", async () => {
  const pair = new BankPair();
  const account = await pair.get(pair.bank.open("x"));
  await pair.get(close(account));
  await pair.get(close(account));
  assert.equal(await saysOf(account.balance()), "UNAVAILABLE CLOSED not-executed");
  assert.equal(await saysOf(pair.bank.back(account)), "UNAVAILABLE CLOSED not-executed");
  assert.deepEqual(pair.left, nothingLeft);
  // Another one can be asked for.
  const again = await pair.get(pair.bank.open("x"));
  assert.notEqual(again, account);
  assert.equal(await pair.get(again.deposit(1)), 1);
});

test("an object that was sent twice is given back twice, in one word", async () => {
  const pair = new BankPair();
  const account = await pair.get(pair.bank.open("x"));
  await pair.get(pair.bank.open("x"));
  await pair.get(account[Symbol.asyncDispose]());
  const released = pair.framesOf(pair.near).filter((frame) => frame.kind === kind.release && frame.flags === 0);
  assert.deepEqual(released.map(decoded), [[1, 2]]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("an object that is sent again while it is given back stays", async () => {
  const pair = new BankPair();
  const account = await pair.get(pair.bank.open("x"));
  pair.near.held = true;
  const again = pair.bank.open("x");
  await pair.settle();
  const closing = close(account);
  await pair.settle();
  pair.near.release();
  const other = await pair.get(again);
  await pair.get(closing);
  assert.equal(await pair.get(other.deposit(3)), 3);
  assert.deepEqual(pair.held, { ...nothingHeld, serverObjects: 1, clientHolds: 1 });
});

test("closing waits for the calls that run, so that none of them meets a closed reference", async () => {
  const pair = new BankPair();
  const account = await pair.get(pair.bank.open("x"));
  const waiting = account.wait();
  await pair.settle();
  let closed = false;
  const closing = close(account).then(() => {
    closed = true;
  });
  await pair.settle();
  assert.equal(closed, false);
  pair.real.open("x").release[0]?.();
  assert.equal(await pair.get(waiting), 0);
  await pair.get(closing);
  assert.deepEqual(pair.left, nothingLeft);
});

test("an object that comes again while its proxy is closing is another proxy, which works", async () => {
  const pair = new BankPair();
  const account = await pair.get(pair.bank.open("x"));
  const waiting = account.wait();
  await pair.settle();
  const closing = close(account);
  const other = await pair.get(pair.bank.open("x"));
  assert.notEqual(other, account);
  assert.equal(await pair.get(other.deposit(1)), 1);
  pair.real.open("x").release[0]?.();
  assert.equal(await pair.get(waiting), 1);
  await pair.get(closing);
  assert.deepEqual(pair.held, { ...nothingHeld, serverObjects: 1, clientHolds: 1 });
  assert.equal(await pair.get(other.deposit(1)), 2);
  await pair.get(close(other));
  assert.deepEqual(pair.left, nothingLeft);
});

test("when the connection ends, both sides hold nothing of each other's", async () => {
  for (const end of ["close", "break"] as const) {
    const pair = new BankPair();
    const account = await pair.get(pair.bank.open("x"));
    await pair.get(pair.bank.watch((index) => index));
    assert.deepEqual(pair.held, { clientObjects: 1, serverObjects: 1, clientHolds: 1, serverHolds: 1 });
    const waiting = account.wait();
    waiting.catch(() => {});
    await pair.settle();
    if (end === "close") {
      pair.real.open("x").release[0]?.();
      await pair.get(pair.client.close());
    } else {
      pair.near.break();
      pair.far.break();
      await pair.settle();
      assert.equal(await saysOf(waiting), "UNAVAILABLE CONNECTION_LOST unknown");
      assert.equal(pair.real.open("x").signals[0]?.aborted, true);
      pair.real.open("x").release[0]?.();
      await pair.settle();
    }
    const code = end === "close" ? "CLOSED" : "CONNECTION_LOST";
    assert.equal(await saysOf(account.balance()), `UNAVAILABLE ${code} not-executed`);
    assert.equal(await saysOf(pair.real.tell(1)), `UNAVAILABLE ${code} not-executed`);
    await close(account);
    assert.deepEqual(pair.left, nothingLeft, end);
  }
});

test("each side has a limit of its own", async () => {
  const pair = new BankPair({ serverLimits: { references: 2 } });
  const kept = [await pair.get(pair.bank.open("a")), await pair.get(pair.bank.open("b"))];
  assert.equal(await saysOf(pair.get(pair.bank.open("c"))), "RESOURCE_EXHAUSTED TOO_MANY executed");
  // One that is held already is no further one.
  assert.equal(await pair.get(pair.bank.open("b")), kept[1]);
  const one = (index: number): number => index;
  await pair.get(pair.bank.watch(one));
  await pair.get(pair.bank.watch((index) => index));
  assert.equal(await saysOf(pair.get(pair.bank.watch((index) => index))), "RESOURCE_EXHAUSTED TOO_MANY not-executed");
  await pair.get(pair.bank.watch(one));
  assert.deepEqual(pair.held, { clientObjects: 2, serverObjects: 2, clientHolds: 2, serverHolds: 2 });
  for (const account of kept) await pair.get(close(account));
  await pair.get(pair.bank.open("d"));
  assert.equal(pair.serverHome.counters.referencesRefused, 2);
});

test("a caller whose own limit is met gives a result back, and says so", async () => {
  const pair = new BankPair({ clientLimits: { references: 1 } });
  const account = await pair.get(pair.bank.open("a"));
  assert.equal(await saysOf(pair.get(pair.bank.open("b"))), "RESOURCE_EXHAUSTED TOO_MANY executed");
  await pair.settle();
  assert.deepEqual(pair.held, { ...nothingHeld, serverObjects: 1, clientHolds: 1 });
  const own = (index: number): number => index;
  await pair.get(pair.bank.watch(own));
  assert.equal(await saysOf(pair.get(pair.bank.watch((index) => index))), "RESOURCE_EXHAUSTED TOO_MANY not-executed");
  await pair.get(close(account));
  await pair.get(pair.bank.open("b"));
});

test("what a call took along is taken back where it was not read", async () => {
  const own = (index: number): number => index;
  // Refused by the callee: its deadline passed before there was room.
  const busy = new BankPair({ serverLimits: { running: 1 } });
  const later = busy.bank.openLater("x");
  await busy.settle();
  // Never sent: it waits on this side, and is given up.
  const control = new AbortController();
  const watching = within(busy.bank, { signal: control.signal }).watch(own);
  watching.catch(() => {});
  assert.equal(busy.client.transfer.exports.size, 1);
  control.abort();
  assert.equal(busy.client.transfer.exports.size, 0);
  busy.real.later[0]?.settle();
  await busy.get(close(await busy.get(later)));
  await busy.settle();
  assert.deepEqual(busy.left, nothingLeft);

  // Cannot be marshalled.
  const pair = new BankPair();
  assert.equal(
    await saysOf(pair.bank.each(Symbol("no") as unknown as number, own)),
    "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed",
  );
  assert.equal(pair.client.transfer.exports.size, 0);
  // A server that closes reads nothing any more.
  const running = pair.bank.openLater("x");
  running.catch(() => {});
  await pair.settle();
  void pair.server.close();
  assert.equal(await saysOf(pair.get(pair.bank.watch(own))), "UNAVAILABLE CLOSED not-executed");
  assert.equal(pair.client.transfer.exports.size, 0);
  pair.real.later[0]?.settle();
  await pair.settle();
});

test("what a call took along that was cut off in the middle is taken back", async () => {
  const pair = new BankPair();
  await pair.settle();
  pair.near.full = true;
  const control = new AbortController();
  const long = pair.bank.each(1, (index) => index);
  await pair.settle();
  const cut = within(pair.bank, { signal: control.signal }).same(
    "x".repeat(1_000_000),
    new RealAccount(),
    new RealAccount(),
  );
  cut.catch(() => {});
  await pair.settle();
  assert.equal(pair.client.transfer.exports.size, 3);
  control.abort();
  assert.equal(pair.client.transfer.exports.size, 1);
  pair.near.take();
  assert.equal(await pair.get(long), 0);
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("a result that nobody waits for any more is given back", async () => {
  const pair = new BankPair();
  const control = new AbortController();
  const opening = within(pair.bank, { signal: control.signal }).openLater("x");
  opening.catch(() => {});
  const late = within(pair.bank, { timeout: 100 }).openLater("y");
  late.catch(() => {});
  await pair.settle();
  control.abort();
  await pair.clock.advance(200);
  assert.equal(await saysOf(opening), "CANCELLED ABORTED unknown");
  assert.equal(await saysOf(late), "DEADLINE_EXCEEDED TIMEOUT unknown");
  for (const { settle } of pair.real.later) settle();
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("what a call took along that is given up is held as long as a call of it runs, and no longer", async () => {
  const pair = new BankPair();
  const account = new RealAccount();
  const control = new AbortController();
  const { bank } = pair;
  const each = within(bank, { signal: control.signal }).each(1, async () => await account.wait());
  each.catch(() => {});
  await pair.settle();
  control.abort();
  await pair.settle();
  // The method goes on, and what it calls is under way.
  assert.equal(pair.client.transfer.exports.size, 1);
  account.release[0]?.();
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("what cannot stand where a reference is declared is refused with its place", async () => {
  const pair = new BankPair();
  const { bank } = pair;
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /^Bank\.back argument 1 must be an object with the methods of Account; it is undefined/],
    [null, /it is null/],
    [7, /it is number/],
    [() => 1, /it is function/],
    [{}, /lacks deposit\(\), balance\(\), wait\(\), fail\(\)/],
    [process, /does not implement Account/],
    [bank, /must be an object of Account; it is one of Bank/],
    [bank.open("x"), /await it first/],
    [thenable(new RealAccount()), /has a method then\(\)/],
  ];
  for (const [value, message] of wrong) {
    await assert.rejects(bank.back(value as RealAccount), {
      code: "INVALID_ARGUMENT",
      reason: "BAD_ARGUMENT",
      message,
    });
  }
  await assert.rejects(bank.watch(7 as never), { message: /^Bank\.watch argument 1 must be a function; it is number/ });
  await assert.rejects(bank.plain(new RealAccount()), { reason: "NOT_MARSHALLABLE" });
  await assert.rejects(bank.plain([() => 1]), { reason: "NOT_MARSHALLABLE" });
  await pair.settle();
  assert.deepEqual(pair.client.transfer.exports.size, 0);
});

/** Something that a promise would wait for. */
function thenable<T extends object>(object: T): T {
  const name: string = "then";
  return Object.defineProperty(object, name, { value: () => assert.fail("it was waited for") });
}

test("a result that is no reference is the implementation's fault", async () => {
  const pair = new BankPair();
  const open = (value: unknown): Promise<string> => {
    pair.real.odd = { account: value };
    return saysOf(pair.get(pair.bank.open("x")));
  };
  for (const value of [undefined, null, process, () => 1, {}, { deposit: 1 }, "text", pair.real])
    assert.equal(await open(value), "INTERNAL BAD_RESULT executed");
  assert.deepEqual(pair.left, nothingLeft);
});

test("an object that is held as two interfaces is two references", async () => {
  const pair = new BankPair();
  const both = Object.assign(pair.real, { deposit: () => 1, balance: () => 2, wait: () => 3, fail: () => {} });
  pair.real.odd = { account: both };
  pair.real.branches.set("x", both);
  const account = await pair.get(pair.bank.open("x"));
  const branch = await pair.get(pair.bank.branch("x"));
  assert.notEqual(account as unknown, branch);
  assert.equal(await pair.get(account.balance()), 2);
  await pair.get(close(account));
  await pair.settle();
  assert.equal(await pair.get(branch.plain(1)), 1);
  assert.deepEqual(pair.held, { ...nothingHeld, serverObjects: 1, clientHolds: 1 });
});

test("an error of a reference's method is the method's own", async () => {
  const pair = new BankPair();
  const account = await pair.get(pair.bank.open("x"));
  await assert.rejects(pair.get(account.fail()), {
    code: "FAILED_PRECONDITION",
    outcome: "executed",
    message: "there is no money",
  });
});

test("an object whose method is a getter that throws costs its call", async () => {
  const pair = new BankPair();
  const odd = {
    get deposit(): never {
      throw new Error("not today");
    },
    balance: () => 1,
    wait: () => 1,
    fail: () => {},
  };
  await assert.rejects(pair.bank.back(odd), /not today/);
  pair.real.odd = { account: odd };
  assert.equal(await saysOf(pair.get(pair.bank.open("x"))), "INTERNAL BAD_RESULT executed");
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});
