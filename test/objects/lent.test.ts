// The object of a call whose result is a stream: it is needed until the stream has ended.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defineInterface, implement, method, stream, UpcallError } from "upcall";
import { RunningCall } from "#internal/call/running/running.js";
import { systemClock } from "#internal/clock.js";
import { Counters } from "#internal/counters.js";
import { callerGone } from "#internal/failure/call-refusals.js";
import { Hooks } from "#internal/hook.js";
import { Disposals } from "#internal/skeleton/disposals.js";
import { isUnentered } from "#internal/skeleton/maker.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { upcall } from "#internal/skeleton/upcall.js";
import { owner } from "../harness/owner.ts";

const Clock = defineInterface("Clock", {
  ticks: method({ args: [], returns: stream<number>() }),
  broken: method({ args: [], returns: stream<number>() }),
  none: method({ args: [], returns: stream<number>() }),
});

/** Enters a method of an object that was made for the call; notes what happens to the object. */
function enter(name: "ticks" | "broken" | "none", aborted: UpcallError | null = null) {
  const steps: string[] = [];
  const skeleton = implement(
    Clock,
    () => ({
      async *ticks() {
        try {
          yield 1;
          yield 2;
        } finally {
          steps.push("finally");
        }
      },
      *broken() {
        yield 1;
        throw new Error("no more time");
      },
      none: async () => 5 as never,
      [Symbol.dispose]: () => steps.push("disposed"),
    }),
    { per: "call" },
  );
  const found = new SkeletonTable([skeleton]).find(
    "Clock",
    name,
    null,
    new Disposals(new Counters(), new Hooks(systemClock)),
  );
  assert.ok(!(found instanceof UpcallError));
  const call = new RunningCall(owner, 1, found, false, 1_000);
  if (aborted !== null) call.abort(aborted);
  return { steps, result: upcall(found, [], call) };
}

test("an object is disposed of when the last item was read", async () => {
  const { steps, result } = enter("ticks");
  const items: unknown[] = [];
  for await (const item of result as AsyncIterable<unknown>) {
    items.push(item);
    assert.deepEqual(steps, []);
  }
  assert.deepEqual(items, [1, 2]);
  assert.deepEqual(steps, ["finally", "disposed"]);
});

test("or when nobody wants more, after the method's own end", async () => {
  const { steps, result } = enter("ticks");
  for await (const _item of result as AsyncIterable<unknown>) break;
  assert.deepEqual(steps, ["finally", "disposed"]);
});

test("also when nothing was read", async () => {
  const { steps, result } = enter("ticks");
  await (result as AsyncIterable<unknown>)[Symbol.asyncIterator]().return?.();
  assert.deepEqual(steps, ["disposed"]);
});

test("or when the stream fails", async () => {
  const { steps, result } = enter("broken");
  const iterator = (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  assert.deepEqual(await iterator.next(), { done: false, value: 1 });
  await assert.rejects(async () => await iterator.next(), { message: "no more time" });
  assert.deepEqual(steps, ["disposed"]);
});

test("at once, when what was returned is no stream, or nobody waits for it any more", async () => {
  const { steps, result } = enter("none");
  assert.equal(await result, 5);
  assert.deepEqual(steps, ["disposed"]);
  assert.deepEqual(enter("ticks").steps, []);
  assert.throws(
    () => enter("ticks", callerGone()),
    (thrown) =>
      isUnentered(thrown) &&
      thrown.error instanceof UpcallError &&
      `${thrown.error.code} ${thrown.error.outcome}` === "CANCELLED not-executed",
  );
});
