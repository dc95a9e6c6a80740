// Errors as an interface declares them (`errors` of a method): what is refused when it is declared, and what reflection
// tells of it.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type AnyDeclaredError,
  callback,
  connect,
  DeclaredError,
  defineInterface,
  method,
  oneway,
  Reflection,
  serve,
  UpcallError,
} from "upcall";
import { z } from "zod";
import { describe } from "#internal/interface/describe.js";
import { Bank, Frozen, InsufficientFunds, NoSuchAccount } from "./subject.ts";

function refused(text: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UpcallError, String(error));
    assert.deepEqual([error.code, error.reason, error.outcome], ["INVALID_ARGUMENT", "BAD_INTERFACE", "not-executed"]);
    assert.match(error.message, text);
    return true;
  };
}

/** What JavaScript, which has no types, may give. */
const loosely = (value: unknown): never => value as never;

suite("a class", () => {
  test("is an error of upcall and of the language, with the name that was declared", () => {
    const error = new InsufficientFunds("too little", { missing: 5 });
    assert.ok(error instanceof UpcallError && error instanceof Error);
    assert.deepEqual(
      [String(error), error.name, error.code, error.reason, error.outcome, error.incident],
      ["InsufficientFunds: too little", "InsufficientFunds", "FAILED_PRECONDITION", "THROWN", "executed", null],
    );
    assert.match(error.stack ?? "", /^InsufficientFunds: too little\n.*declared\.test/);
    const cause = new RangeError("far");
    assert.equal(new InsufficientFunds("x", { missing: 1 }, { cause }).cause, cause);
    assert.equal("cause" in error, false);
  });

  for (const name of ["", "2nd", "a b", "a.b", "__proto__", "constructor", "then", "x".repeat(129), "a\n"]) {
    test(`cannot be called ${JSON.stringify(name).slice(0, 20)}`, () => {
      assert.throws(() => DeclaredError(name), refused(/^error "/));
    });
  }

  test("wants a name that is a text, a code of the list, and a schema", () => {
    assert.throws(() => DeclaredError(loosely(5)), refused(/must be a string; it is number/));
    assert.throws(
      () => DeclaredError("Odd", { code: loosely("GONE") }),
      refused(/code is GONE; it must be one of CANCELLED/),
    );
    assert.throws(() => DeclaredError("Odd", { data: loosely({}) }), refused(/Standard Schema/));
  });
});

suite("a method", () => {
  class Twin extends DeclaredError("InsufficientFunds") {}

  for (const [what, errors, text] of [
    ["no list", "InsufficientFunds", /errors holds classes/],
    ["an error", [new InsufficientFunds("x", { missing: 1 })], /errors holds classes/],
    ["another class", [RangeError], /errors holds classes/],
    ["UpcallError itself", [UpcallError], /errors holds classes/],
    ["nothing", [undefined], /errors holds classes/],
    ["two of one name", [InsufficientFunds, Twin], /two classes of the name InsufficientFunds/],
    ["the same twice", [Frozen, Frozen], /two classes of the name Frozen/],
  ] as const) {
    test(`cannot declare ${what}`, () => {
      assert.throws(() => method<() => void>({ errors: loosely(errors) }), refused(text));
      assert.throws(() => callback({ args: [], errors: loosely(errors) }), refused(text));
    });
  }

  test("without a reply has nobody to tell", () => {
    assert.throws(() => oneway<() => void>({ errors: [Frozen] }), refused(/oneway method has errors/));
  });

  test("keeps its list as it was", () => {
    const errors: AnyDeclaredError[] = [Frozen];
    const declared = method<() => void>({ errors });
    errors.push(NoSuchAccount);
    assert.deepEqual(declared.errors, [Frozen]);
    assert.ok(Object.isFrozen(declared.errors));
    assert.deepEqual(method<() => void>().errors, []);
  });
});

suite("reflection", () => {
  const Checked = DeclaredError("Checked", { code: "ABORTED", data: z.object({ at: z.number() }) });
  const With = defineInterface("Told", { go: method<() => void>({ errors: [Checked, NoSuchAccount] }) });
  const Without = defineInterface("Told", { go: method<() => void>() });

  test("tells names, codes and schemas; an interface without errors is described as ever", () => {
    assert.deepEqual(describe(With).methods[0]?.errors, [
      { name: "Checked", code: "ABORTED", data: "schema (zod)" },
      { name: "NoSuchAccount", code: "NOT_FOUND", data: null },
    ]);
    assert.equal("errors" in (describe(Without).methods[0] ?? {}), false);
    assert.notEqual(describe(With).fingerprint, describe(Without).fingerprint);
    assert.equal(
      describe(Without).fingerprint,
      describe(defineInterface("Told", { go: method<() => void>({ errors: [] }) })).fingerprint,
    );
  });

  test("tells it over the wire", async () => {
    const fail = (): never => {
      throw new TypeError("not called");
    };
    const object = { withdraw: fail, fail, carry: fail, history: fail, pay: fail, each: fail, silent: fail };
    await using server = await serve(Bank, object, "memory:declared");
    await using reflection = await connect(Reflection, server.url);
    const [bank] = await reflection.interfaces();
    assert.deepEqual(
      bank?.methods.map(({ name, errors }) => [name, errors?.map((error) => error.name)]),
      [
        ...["withdraw", "fail", "carry", "history", "pay", "each"].map((name) => [
          name,
          ["InsufficientFunds", "NoSuchAccount", "Frozen", "Everything"],
        ]),
        ["silent", undefined],
      ],
    );
  });
});

test("data by a schema of zod arrives checked, on the caller's side", async () => {
  class Late extends DeclaredError("Late", { code: "ABORTED", data: z.object({ by: z.number(), unit: z.string() }) }) {}
  const Train = defineInterface("Train", { board: method<(by: number) => void>({ errors: [Late] }) });
  const board = (by: number): never => {
    throw new Late("it is late", loosely(by > 0 ? { by, unit: "min" } : { by, unit: 5 }));
  };
  await using server = await serve(Train, { board }, "memory:train");
  await using train = await connect(Train, server.url);
  await assert.rejects(train.board(5), (error) => error instanceof Late && error.data.by + error.data.unit === "5min");
  await assert.rejects(train.board(-5), (error) => {
    assert.ok(error instanceof UpcallError && !(error instanceof Late));
    assert.deepEqual([error.code, error.message], ["ABORTED", "it is late"]);
    assert.match(String(error.cause), /the data of Late does not fit: data\.unit/);
    return true;
  });
});

test("a caller whose interface declares less, or another error of that name, is told what it can understand", async () => {
  class Newer extends DeclaredError<{ readonly more: number }>("Newer", { code: "OUT_OF_RANGE" }) {}
  const data = z.object({ other: z.string() });
  class Other extends DeclaredError("Newer", { code: "ABORTED", data }) {}
  const [New, Old, Odd] = [[Newer], [], [Other]].map((errors) =>
    defineInterface("Versions", { go: method<() => void>({ errors }) }),
  ) as [typeof Bare, typeof Bare, typeof Bare];
  const go = (): never => {
    throw new Newer("newer than its caller", { more: 1 });
  };
  await using server = await serve(New, { go }, "memory:versions");
  await using old = await connect(Old, server.url);
  await assert.rejects(old.go(), { name: "UpcallError", code: "OUT_OF_RANGE", message: "newer than its caller" });
  await using odd = await connect(Odd, server.url);
  await assert.rejects(
    odd.go(),
    (error) => error instanceof UpcallError && !(error instanceof Other) && error.code === "OUT_OF_RANGE",
  );
});

const Bare = defineInterface("Versions", { go: method<() => void>() });

test("a class that extends a declared one arrives as that", async () => {
  class Overdrawn extends InsufficientFunds {}
  const Account = defineInterface("Account", { take: method<() => void>({ errors: [InsufficientFunds] }) });
  const take = (): never => {
    throw new Overdrawn("far too little", { missing: 500 });
  };
  await using server = await serve(Account, { take }, "memory:extends");
  await using account = await connect(Account, server.url);
  await assert.rejects(account.take(), (error) => error instanceof InsufficientFunds && error.data.missing === 500);
});
