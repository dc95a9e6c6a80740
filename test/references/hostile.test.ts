// References and hostile input: frames that break the rules of references cost the call, or the connection where the
// protocol is broken; tables stay within their limits.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { close, within } from "upcall";
import { handleKind } from "#internal/codec/handle.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { bodyOf, decoded, type Frame } from "../harness/stranger.ts";
import { ofTier } from "../harness/tier.ts";
import { RealAccount } from "./bank.ts";
import { BankPair, nothingLeft, saysOf } from "./pair.ts";
import { argumentsOf, BankAlone, ClientAlone, failureIn, handle, numberOf } from "./strangers.ts";

const badReference = "INVALID_ARGUMENT BAD_REFERENCE not-executed";
const { target, promised, unread } = flag;

/** The number under which the stranger got an account. */
async function opened(alone: BankAlone, name = "x"): Promise<number> {
  const reply = await alone.ask("Bank.open", [name]);
  assert.equal(reply?.kind, kind.reply);
  return new DataView(reply.body.buffer, reply.body.byteOffset).getUint32(4);
}

suite("calls of objects", () => {
  test("numbers that were never sent, or were given back, cost their call", async () => {
    const alone = new BankAlone();
    const account = await opened(alone);
    for (const number of [0, account + 1, 0x7fff_ffff, 0xffff_ffff]) {
      const answer = await alone.ask("Account.deposit", [1], { target: number, flags: target });
      assert.equal(failureIn(answer), badReference);
    }
    assert.equal((await alone.ask("Account.deposit", [1], { target: account, flags: target }))?.kind, kind.reply);
    alone.client.send(kind.release, {}, bodyOf([account, 1]));
    const answer = await alone.ask("Account.deposit", [1], { target: account, flags: target });
    assert.equal(failureIn(answer), badReference);
    assert.equal((answer?.flags ?? 0) & unread, unread);
    assert.equal(alone.real.open("x").amount, 1);
    assert.equal(alone.endpoint.counters.badReferences, 5);
    assert.deepEqual(alone.closed, []);
  });

  test("names that the interface does not have are not there, whatever the object has", async () => {
    const alone = new BankAlone();
    const account = await opened(alone);
    for (const name of ["constructor", "__proto__", "toString", "then", "amount", "release", "hasOwnProperty", ""]) {
      const answer = await alone.ask(`Account.${name}`, [], { target: account, flags: target });
      assert.equal(failureIn(answer), "UNIMPLEMENTED NO_METHOD not-executed", name);
    }
    const reply = await alone.ask("Bank.counter", []);
    const number = new DataView(reply?.body.buffer ?? new ArrayBuffer(0), reply?.body.byteOffset).getUint32(4);
    for (const name of ["apply", "bind", "constructor"]) {
      const answer = await alone.ask(`upcall.Function.${name}`, [], { target: number, flags: target });
      assert.equal(failureIn(answer), "UNIMPLEMENTED NO_METHOD not-executed", name);
    }
    assert.equal(decoded(await alone.ask("upcall.Function.call", [], { target: number, flags: target })), 1);
  });

  test("an object answers for the interface it was sent as, and for no other", async () => {
    const alone = new BankAlone();
    const account = await opened(alone);
    for (const method of ["Bank.plain", "Nothing.deposit", "upcall.Function.call"]) {
      const answer = await alone.ask(method, [1], { target: account, flags: target });
      assert.equal(failureIn(answer), badReference, method);
    }
    // And an interface's own object does not answer for that of another.
    assert.equal(failureIn(await alone.ask("Account.deposit", [1])), "UNIMPLEMENTED NO_INTERFACE not-executed");
  });

  test("a call of an object without room for its number breaks the protocol", async () => {
    for (const length of [0, 1, 3]) {
      const alone = new BankAlone();
      alone.client.send(
        kind.call,
        { method: numberOf("Account.deposit"), call: 1, flags: target },
        new Uint8Array(length),
      );
      await alone.clock.settle();
      assert.equal(alone.closed[0]?.reason, "BAD_FRAME", `${length}`);
    }
  });
});

suite("calls of results", () => {
  test("of calls that were never made, return no reference, or are these calls themselves, cost their call", async () => {
    const alone = new BankAlone();
    const plain = alone.send("Bank.plain", [1]);
    for (const number of [0, 99, 0xffff_ffff, plain, plain + 5]) {
      const answer = await alone.ask("Account.deposit", [1], { target: number, flags: target | promised });
      assert.equal(failureIn(answer), badReference, `${number}`);
    }
    assert.deepEqual(alone.closed, []);
  });

  test("with names that the result's interface does not have cost their call, before it is here and after", async () => {
    const alone = new BankAlone();
    const later = alone.send("Bank.openLater", ["x"]);
    const early = ["Account.constructor", "Bank.plain", "Nothing.deposit"].map((method) =>
      alone.send(method, [1], { target: later, flags: target | promised }),
    );
    await alone.clock.settle();
    for (const call of early) assert.equal(failureIn(alone.answer(call)), badReference);
    alone.real.later[0]?.settle();
    await alone.clock.settle();
    const answer = await alone.ask("Account.constructor", [], { target: later, flags: target | promised });
    assert.equal(failureIn(answer), "UNIMPLEMENTED NO_METHOD not-executed");
  });

  test("an id that is used twice while its call waits for a result breaks the protocol", async () => {
    const alone = new BankAlone();
    const later = alone.send("Bank.openLater", ["x"]);
    const header = { method: numberOf("Account.deposit"), call: 50, flags: target | promised };
    for (let i = 0; i < 2; i++) alone.client.send(kind.call, header, argumentsOf([1], later));
    await alone.clock.settle();
    assert.equal(alone.closed[0]?.reason, "BAD_FRAME");
  });

  test("results that nobody gives up do not pile up", async () => {
    const alone = new BankAlone({ references: 10 });
    for (let i = 0; i < 100; i++) await alone.ask("Bank.openNone", ["x"]);
    assert.equal(alone.session.upcalls.promised, 10);
    // The last ones are still known.
    const answer = await alone.ask("Account.deposit", [1], { target: 100, flags: target | promised });
    assert.equal(failureIn(answer), "NOT_FOUND THROWN not-executed");
  });
});

suite("what comes as an argument", () => {
  const cases: readonly (readonly [string, string, readonly unknown[]])[] = [
    ["an object of ours that was never sent", "Bank.back", [handle(handleKind.yours, 77)]],
    ["a function where an object is declared", "Bank.back", [handle(handleKind.stream, 1)]],
    ["plain data where an object is declared", "Bank.back", [{ deposit: 1 }]],
    ["nothing where an object is declared", "Bank.back", []],
    ["null where a function is declared", "Bank.watch", [null]],
    ["a reference where data is declared", "Bank.pay", [handle(handleKind.mine, 1), handle(handleKind.mine, 2)]],
    ["a reference where data is declared, first", "Bank.open", [handle(handleKind.mine, 1)]],
  ];
  for (const [name, method, args] of cases) {
    test(`${name} costs its call, and nothing is held`, async () => {
      const alone = new BankAlone();
      const answer = await alone.ask(method, args);
      assert.equal(failureIn(answer), badReference);
      assert.equal((answer?.flags ?? 0) & unread, unread);
      assert.equal(alone.session.transfer.imports.size, 0);
      assert.deepEqual(alone.closed, []);
    });
  }

  test("handles in a method of plain data, or deeper than the list, are no message", async () => {
    const alone = new BankAlone();
    for (const args of [[handle(handleKind.mine, 1)], [[handle(handleKind.mine, 1)]]])
      assert.equal(failureIn(await alone.ask("Bank.plain", args)), "INVALID_ARGUMENT BAD_MESSAGE not-executed");
    for (const name of ["next", "then", "toJSON"]) {
      const nested = Object.fromEntries([[name, handle(handleKind.mine, 1)]]);
      assert.equal(failureIn(await alone.ask("Bank.back", [nested])), "INVALID_ARGUMENT BAD_MESSAGE not-executed");
    }
  });

  test("an object of ours as another interface is none", async () => {
    const alone = new BankAlone();
    await alone.ask("Bank.branch", ["a"]);
    assert.equal(failureIn(await alone.ask("Bank.back", [handle(handleKind.yours, 1)])), badReference);
  });

  test("one number cannot be an object and a function", async () => {
    const alone = new BankAlone();
    await alone.ask("Bank.watch", [handle(handleKind.mine, 5)]);
    assert.equal(failureIn(await alone.ask("Bank.pay", [handle(handleKind.mine, 5), 1])), badReference);
    assert.equal(alone.session.transfer.imports.size, 1);
  });

  test("thousands of them are held as far as the limit goes", async () => {
    const alone = new BankAlone({ references: 100 });
    const rounds = ofTier({ quick: 20, gate: 50, all: 100 });
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const calls = Array.from({ length: 100 }, (_, i) =>
        alone.send("Bank.watch", [handle(handleKind.mine, round * 100 + i)]),
      );
      await alone.clock.settle();
      const failures = new Set(calls);
      for (const frame of alone.client.ofKind(kind.failure)) if (failures.has(frame.call)) refused++;
      alone.client.chunks.splice(1);
    }
    assert.equal(refused, rounds * 100 - 100);
    assert.equal(alone.session.transfer.imports.size, 100);
    assert.equal(alone.real.watchers.length, 100);
    assert.equal(alone.endpoint.counters.referencesRefused, refused);
  });
});

suite("what is given back", () => {
  const broken: readonly (readonly [string, (account: number) => unknown])[] = [
    ["what was never sent", (account) => [account + 1, 1]],
    ["more than was sent", (account) => [account, 2]],
    ["it twice", (account) => [account, 1, account, 1]],
    ["it a negative number of times", (account) => [account, -1]],
    ["it no times", (account) => [account, 0]],
    ["half of it", (account) => [account, 0.5]],
    ["a half of a number", () => [0.5, 1]],
    ["a negative number", () => [-1, 1]],
    ["it without a count", (account) => [account]],
    ["it as a bigint", (account) => [2n ** 60n, account]],
    ["it as a text", (account) => [`${account}`, 1]],
    ["it in a map", (account) => ({ [account]: 1 })],
    ["nothing at all", () => null],
    ["a number that is none", () => [Number.NaN, 1]],
    ["one that is too large", () => [2 ** 32, 1]],
  ];
  for (const [name, body] of broken) {
    test(`giving back ${name} breaks the protocol`, async () => {
      const alone = new BankAlone();
      const account = await opened(alone);
      alone.client.send(kind.release, {}, bodyOf(body(account)));
      await alone.clock.settle();
      assert.equal(alone.closed[0]?.reason, "BAD_FRAME");
      assert.equal(alone.endpoint.counters.badFrames, 1);
      assert.equal(alone.session.transfer.exports.size, 0);
    });
  }

  test("results of calls that are not known are passed over", async () => {
    const alone = new BankAlone();
    alone.client.send(kind.release, { flags: promised }, bodyOf([1, 2, 0xffff_ffff]));
    const account = await opened(alone);
    assert.equal((await alone.ask("Account.balance", [], { target: account, flags: target }))?.kind, kind.reply);
  });

  test("a flood of it costs what its bytes cost", async () => {
    const alone = new BankAlone();
    const many = ofTier({ quick: 5_000, gate: 20_000, all: 50_000 });
    for (let i = 0; i < many; i++) alone.client.send(kind.release, {}, bodyOf([]));
    for (let i = 0; i < many; i++) alone.client.send(kind.release, { flags: promised }, bodyOf([i + 1]));
    const account = await opened(alone);
    assert.equal(account, 1);
    assert.deepEqual(alone.closed, []);
  });
});

suite("what comes to a caller", () => {
  const results: readonly (readonly [string, unknown])[] = [
    ["an object of ours that was never sent", handle(handleKind.yours, 7)],
    ["a stream where a reference is declared", handle(handleKind.stream, 1)],
    ["plain data where a reference is declared", { deposit: 1 }],
    ["nothing", undefined],
    ["a handle that is deeper", [handle(handleKind.mine, 1)]],
  ];
  for (const [name, value] of results) {
    test(`${name} is no result`, async () => {
      const alone = new ClientAlone();
      await alone.clock.settle();
      const account = alone.bank.open("x");
      const said = saysOf(account);
      await alone.clock.settle();
      alone.reply(alone.calls[0]?.call ?? 0, value);
      await alone.clock.settle();
      assert.equal(await said, "INTERNAL BAD_RESULT executed");
      assert.equal(alone.session.transfer.imports.size, 0);
      assert.deepEqual(alone.closed, []);
    });
  }

  test("a reference for a method of plain data is no result", async () => {
    const alone = new ClientAlone();
    await alone.clock.settle();
    const said = saysOf(alone.bank.plain(1));
    await alone.clock.settle();
    alone.reply(1, handle(handleKind.mine, 1));
    await alone.clock.settle();
    assert.equal(await said, "INTERNAL BAD_RESULT executed");
    // Whoever sent it need not hold it for a side that cannot read it.
    assert.deepEqual(alone.server.ofKind(kind.release).map(decoded), [[1, 1]]);
  });

  test("replies to calls that were never made are passed over, and what they bring is given back", async () => {
    const alone = new ClientAlone();
    await alone.clock.settle();
    for (const value of [handle(handleKind.mine, 9), handle(handleKind.yours, 9), handle(handleKind.stream, 9), 9])
      alone.reply(77, value);
    await alone.clock.settle();
    const released = alone.server.ofKind(kind.release).filter(({ flags }) => flags === 0);
    assert.deepEqual(released.map(decoded), [[9, 1]]);
    assert.deepEqual(alone.closed, []);
  });

  test("a side that never answers makes us hold no more than the limit", async () => {
    const alone = new ClientAlone({ references: 10 });
    await alone.clock.settle();
    const own = (index: number): number => index;
    for (let i = 0; i < 100; i++) {
      const control = new AbortController();
      within(alone.bank, { signal: control.signal })
        .watch(own)
        .catch(() => {});
      await alone.clock.settle();
      control.abort();
      await alone.clock.settle();
    }
    assert.equal(alone.session.calls.unanswered, 10);
    assert.equal(alone.session.transfer.exports.size, 1);
    alone.server.end.destroy();
    await alone.clock.settle();
    assert.equal(alone.session.transfer.exports.size, 0);
    assert.equal(alone.session.calls.unanswered, 0);
  });

  test("its objects are called under the numbers that it gave, and no others", async () => {
    const alone = new ClientAlone();
    await alone.clock.settle();
    const own = new RealAccount();
    alone.bank.back(own).catch(() => {});
    await alone.clock.settle();
    const call = (name: string, number: number, id: number): void =>
      alone.server.send(
        kind.call,
        { method: numberOf(name), call: id, flags: target, remaining: 1000 },
        argumentsOf([4], number),
      );
    call("Account.deposit", 1, 1);
    call("Account.deposit", 2, 2);
    call("Account.constructor", 1, 3);
    call("Bank.plain", 1, 4);
    alone.server.send(kind.call, { method: numberOf("Bank.plain"), call: 5, remaining: 1000 }, argumentsOf([1]));
    await alone.clock.settle();
    const answers = [1, 2, 3, 4, 5].map((id): Frame | undefined =>
      alone.server.frames.find(
        (frame) => frame.call === id && (frame.kind === kind.reply || frame.kind === kind.failure),
      ),
    );
    assert.equal(decoded(answers[0]), 4);
    assert.deepEqual(answers.slice(1).map(failureIn), [
      badReference,
      "UNIMPLEMENTED NO_METHOD not-executed",
      badReference,
      "UNIMPLEMENTED NO_INTERFACE not-executed",
    ]);
    assert.equal(own.amount, 4);
  });
});

test("a callback that calls back 10,000 deep between the two sides ends, and every call settles", async () => {
  const pair = new BankPair();
  let deepest = 0;
  const down = async (depth: number): Promise<number> => {
    deepest = Math.max(deepest, depth);
    if (depth >= 10_000) return depth;
    return await pair.bank.each(1, () => down(depth + 1));
  };
  const said = saysOf(down(0));
  for (let i = 0; i < 60; i++) await pair.clock.advance(1_000);
  // As many run as may, and the next one waits until its deadline: it was never sent.
  assert.match(await said, /DEADLINE_EXCEEDED|UNKNOWN|returned/);
  assert.ok(deepest >= 1024 && deepest < 10_000, `${deepest}`);
  await pair.settle();
  assert.deepEqual({ ...pair.left, serverHolds: 0, clientObjects: 0, counted: 0 }, nothingLeft);
  assert.deepEqual([pair.clientClosed, pair.serverClosed], [[], []]);
  await pair.get(pair.client.close());
  assert.deepEqual(pair.left, nothingLeft);
});

test("a method that returns itself, or its object, returns a reference where one is declared, and nothing else where not", async () => {
  const pair = new BankPair();
  const { real } = pair;
  real.branches.set("me", real);
  const me = await pair.get(pair.bank.branch("me"));
  assert.equal(await pair.get(me.branch("me")), me);
  await pair.get(close(me));
  for (const odd of [process, globalThis, () => real, real, Symbol("x")]) {
    real.odd = { account: odd };
    assert.equal(await saysOf(pair.get(pair.bank.open("x"))), "INTERNAL BAD_RESULT executed");
  }
  assert.deepEqual(pair.left, nothingLeft);
});
