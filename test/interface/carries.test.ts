// Interfaces with references, callbacks and streams in arguments and results: what is refused where a method is
// declared.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callback, data, defineInterface, type Interface, method, oneway, reference, stream } from "upcall";
import { z } from "zod";
import { subjectOf } from "#internal/interface/callback.js";
import { describe } from "#internal/interface/describe.js";

const refused = { code: "INVALID_ARGUMENT", reason: "BAD_INTERFACE", outcome: "not-executed" };
const Account = defineInterface("Account", { deposit: method<(sum: number) => void>({ plain: "value" }) });
const account = reference(() => Account);
const progress = callback<(done: number) => void>();
const numbers = stream<number>();

test("a method says where it carries what is not copied, and one of plain data says null", () => {
  const text = z.string();
  assert.equal(method<() => void>().carries, null);
  assert.equal(method({ args: [text], returns: text }).carries, null);
  assert.deepEqual(method({ args: [text, account, progress], returns: numbers }).carries, {
    args: [null, account, progress],
    returns: numbers,
  });
  assert.deepEqual(method({ args: [text], returns: account }).carries, { args: [null], returns: account });
  assert.deepEqual(method({ args: [numbers] }).carries, { args: [numbers], returns: null });
});

test("a oneway method with an object, a function or a stream is refused where it is declared", () => {
  for (const args of [[account], [z.string(), progress], [numbers]]) {
    // @ts-expect-error the compiler refuses it as well
    assert.throws(() => oneway({ args }), { ...refused, message: /oneway/ });
  }
});

test("a method that borrows may not return what lives on; it may be given objects and functions", () => {
  for (const returns of [account, numbers])
    assert.throws(() => method({ args: [], returns, borrows: true }), { ...refused, message: /borrows/ });
  assert.equal(method({ args: [account, progress, numbers], borrows: true }).borrows, true);
  assert.equal(oneway<(bytes: Uint8Array) => void>({ borrows: true }).borrows, true);
  assert.equal(method<(bytes: Uint8Array) => void>().borrows, false);
});

test("something that is no spec is refused", () => {
  // @ts-expect-error on purpose
  assert.throws(() => method({ args: [{ spec: "object" }] }), { ...refused, message: /callback\(\.\.\.\)/ });
});

test("the time between items is milliseconds, or refused", () => {
  assert.equal(method({ args: [], returns: numbers, idleTimeout: 50 }).idleTimeout, 50);
  assert.equal(method({ args: [], returns: numbers }).idleTimeout, null);
  for (const idleTimeout of [0, -1, Number.NaN, 86_400_001]) {
    assert.throws(() => method({ args: [], returns: numbers, idleTimeout }), { ...refused, message: /idleTimeout/ });
  }
});

test("the functions that only the compiler knows share one interface, and a checked one has its own", () => {
  assert.equal(subjectOf(progress), subjectOf(callback<() => string>()));
  const checked = callback({ args: [z.number(), account], returns: numbers, timeout: 5 });
  const subject = subjectOf(checked);
  assert.notEqual(subject, subjectOf(progress));
  assert.equal(subject.name, "upcall.Function");
  const [call] = subject.table;
  assert.equal(call?.fullName, "upcall.Function.call");
  assert.deepEqual(call?.method.carries, { args: [null, account], returns: numbers });
  assert.equal(call?.method.timeout, 5);
  // @ts-expect-error on purpose
  assert.throws(() => callback({ args: [5] }), refused);
});

test("a reference to something that is no interface says so when it is asked", () => {
  const wrong = reference(() => ({ name: "Account" }) as Interface);
  assert.throws(() => subjectOf(wrong), { ...refused, message: /reference/ });
});

test("each is described in words", () => {
  const Bank = defineInterface("Bank", {
    open: method({ args: [account, progress, numbers], returns: stream(z.number()) }),
  });
  const [open] = describe(Bank).methods;
  assert.deepEqual(open?.args, ["reference to Account", "function", "stream of values"]);
  assert.equal(open?.returns, "stream of schema (zod)");
});

test("what a method keeps is described as kept, and a result is as any", () => {
  const kept = reference(() => Account, { kept: true });
  const News = defineInterface("News", {
    subscribe: method({ args: [callback<() => void>({ kept: true }), kept], returns: kept }),
  });
  const [subscribe] = describe(News).methods;
  assert.deepEqual(subscribe?.args, ["kept function", "kept reference to Account"]);
  assert.equal(subscribe?.returns, "reference to Account");
});

test("kept is true or false, and is not unless it is said", () => {
  for (const kept of ["yes", 1, null]) {
    const wrong = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION", message: /kept is .*; it must be true or false/ };
    assert.throws(() => callback({ kept } as never), wrong);
    assert.throws(() => reference(() => Account, { kept } as never), wrong);
  }
  assert.throws(() => reference(() => Account, { keep: true } as never), { reason: "BAD_OPTION", message: /kept/ });
  assert.deepEqual([callback<() => void>().kept, callback({ args: [], kept: true }).kept], [false, true]);
  assert.equal(callback<() => void>({ kept: true }).interface(), callback<() => void>().interface());
});

test("data stands beside what is carried, takes everything, and is described as data", () => {
  const Store = defineInterface("Store", {
    put: method({ args: [data<string>(), stream<number>()], returns: data<number>() }),
  });
  const [put] = describe(Store).methods;
  assert.deepEqual([put?.args, put?.returns], [["data", "stream of values"], "data"]);
  assert.deepEqual(data<string>()["~standard"].validate(7), { value: 7 });
});
