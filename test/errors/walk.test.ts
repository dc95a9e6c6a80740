// Errors from end to end in every model of workers: declared classes with their data, codes, ids of undeclared errors,
// causes, and errors in streams and callbacks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import { assertSame } from "../harness/same.ts";
import { Bank, Elsewhere, Enough, Everything, Frozen, InsufficientFunds, incident, NoSuchAccount } from "./subject.ts";

const module = new URL("./real-bank.js", import.meta.url);

/** What a promise is rejected with, which must be one of upcall's. */
async function errorOf(promise: PromiseLike<unknown>): Promise<UpcallError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UpcallError, String(error));
    return error;
  }
  return assert.fail("it was fulfilled");
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

// A busy machine starts a worker slowly.
const serving = { limits: { queueTime: 60_000 } };

everyModel("errors", { size: 1 }, (place) => {
  const here = shared(place, Bank, module, { serving });

  test("a declared error arrives as its class, with its data and its getters", async () => {
    const { proxy: bank } = here();
    const error = await errorOf(bank.withdraw("anna", 105));
    assert.ok(error instanceof InsufficientFunds);
    assert.ok(error instanceof Error);
    assert.deepEqual([error.data, error.nearly], [{ missing: 5 }, true]);
    assert.deepEqual(
      [error.name, error.code, error.reason, error.outcome, error.message, error.incident],
      ["InsufficientFunds", "FAILED_PRECONDITION", "THROWN", "executed", "too little is there", null],
    );
    const other = await errorOf(bank.withdraw("bruno", 1));
    assert.ok(other instanceof NoSuchAccount && !(other instanceof InsufficientFunds));
    assert.deepEqual(
      [other.code, other.message, other.data],
      ["NOT_FOUND", "there is no account bruno", { name: "bruno" }],
    );
    const frozen = await errorOf(bank.fail("frozen"));
    assert.ok(frozen instanceof Frozen);
    assert.equal(frozen.data, "2026-11-24");
  });

  test("its data may be any value that travels", async () => {
    const { proxy: bank } = here();
    for (const value of [undefined, null, 5n, new Map([[1, new Set(["a"])]]), [new Date(0), new Uint8Array(3)]]) {
      const error = await errorOf(bank.carry(value));
      assert.ok(error instanceof Everything);
      assertSame(error.data, value);
    }
  });

  test("data that does not fit its schema leaves the code and says why", async () => {
    const { proxy: bank } = here();
    const error = await errorOf(bank.fail("misfit"));
    assert.equal(error instanceof Frozen, false);
    assert.deepEqual([error.name, error.code, error.message], ["UpcallError", "ABORTED", "frozen"]);
    assert.ok(error.cause instanceof UpcallError);
    assert.deepEqual([error.cause.code, error.cause.reason], ["INTERNAL", "BAD_RESULT"]);
    assert.match(error.cause.message, /data: is no day/);
  });

  test("an error that the method does not declare has its code and message, and no data", async () => {
    const { proxy: bank } = here();
    for (const call of [bank.fail("elsewhere"), bank.silent("elsewhere")]) {
      const error = await errorOf(call);
      assert.equal(error instanceof Elsewhere, false);
      assert.deepEqual(
        [error.name, error.code, error.message],
        ["UpcallError", "OUT_OF_RANGE", "thrown far from home"],
      );
      assert.equal(JSON.stringify(error).includes("combination"), false);
      assert.equal("data" in error, false);
    }
  });

  test("of what is no error of upcall the caller sees an id and nothing else", async () => {
    const { proxy: bank } = here();
    for (const how of ["undeclared", "null"]) {
      const error = await errorOf(bank.fail(how));
      assert.deepEqual([error.code, error.reason, error.outcome], ["UNKNOWN", "THROWN", "executed"]);
      assert.match(error.incident ?? "", incident);
      assert.ok(error.message.startsWith("Bank.fail failed") && error.message.endsWith(error.incident ?? ""));
      assert.equal(error.cause, undefined);
      assert.doesNotMatch(`${error.message} ${error.stack}`, /luck|secret/);
    }
  });

  test("a chain of causes arrives as far as it is upcall's", async () => {
    const { proxy: bank } = here();
    const { cause } = await errorOf(bank.fail("caused"));
    assert.ok(cause instanceof UpcallError);
    assert.deepEqual([cause.code, cause.message], ["DATA_LOSS", "inner"]);
    assert.ok(cause.cause instanceof NoSuchAccount);
    assert.deepEqual(cause.cause.data, { name: "x" });
    assert.equal((await errorOf(bank.fail("hidden"))).cause, undefined);
  });

  test("several errors arrive together, those that are upcall's", async () => {
    const { proxy: bank } = here();
    const several = await errorOf(bank.fail("several"));
    assert.deepEqual([several.code, several.cause instanceof AggregateError], ["UNKNOWN", true]);
    assert.match(several.incident ?? "", incident);
    const { errors, message } = several.cause as AggregateError;
    assert.equal(message, "");
    assert.equal(errors.length, 2);
    assert.ok(errors[0] instanceof NoSuchAccount);
    assert.ok(errors[1] instanceof UpcallError);
    const together = await errorOf(bank.fail("together"));
    assert.deepEqual([together.code, together.incident], ["ABORTED", null]);
    assert.ok(together.cause instanceof AggregateError);
    assert.equal(together.cause.errors.length, 2);
  });

  test("an error inside a stream arrives behind its items, by the same rules", async () => {
    const { proxy: bank } = here();
    const items = await bank.history("short");
    const got: number[] = [];
    const error = await errorOf(
      (async () => {
        for await (const item of items) got.push(item);
      })(),
    );
    assert.deepEqual(got, [1, 2]);
    assert.ok(error instanceof InsufficientFunds);
    assert.deepEqual(error.data, { missing: 3 });
    const hidden = await errorOf(all(await bank.history("undeclared")));
    assert.match(hidden.incident ?? "", incident);
    assert.doesNotMatch(`${hidden.message} ${hidden.stack}`, /luck|secret/);
    assert.match(hidden.message, /^the stream in the result of Bank\.history failed/);
  });

  test("what the caller's own stream and function throw arrives at the object, and comes back", async () => {
    const { proxy: bank } = here();
    const poor = (async function* () {
      yield 1;
      throw new InsufficientFunds("my own", { missing: 7 });
    })();
    const error = await errorOf(bank.pay(poor));
    assert.ok(error instanceof InsufficientFunds);
    assert.deepEqual(error.data, { missing: 7 });
    assert.equal(
      await bank.each((index) => {
        if (index === 3) throw new Enough("that will do", { after: index });
        return index;
      }),
      "enough after 3",
    );
  });
});
