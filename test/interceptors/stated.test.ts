// What a method says beside its result or error, metadata (trailers) and whether it did anything, as interceptors
// (middleware) and retry() see it, over every medium and in every model of workers.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, type Interceptor, type Metadata, retry, serve, UpcallError, within } from "upcall";
import { everyModel, placesOf, shared } from "../harness/every-model.ts";
import { Desk, type DeskState } from "./desk.ts";
import { realDesk } from "./modules/desk.ts";

const module = new URL("./modules/desk.js", import.meta.url);
const authenticate = "secret";
const token = authenticate;

everyModel("stated", { size: 1, sparing: true }, (place) => {
  const at = shared(place, Desk, module, { serving: { authenticate }, calling: { token } });

  test("interceptors know who calls, answer metadata, and read at the caller what was answered", async () => {
    const seen: Metadata[] = [];
    const reads: Interceptor = async (call, next) => {
      assert.deepEqual([call.identity, { ...call.answered }], [null, {}]);
      assert.throws(() => call.answer({ a: "b" }), { code: "FAILED_PRECONDITION", reason: "BAD_STATE" });
      try {
        return await next();
      } finally {
        seen.push({ ...call.answered });
      }
    };
    await using desk = await connect(Desk, at().server.url, { interceptors: [reads], token });
    const told: Metadata[] = [];
    const asked = within(desk, { onMetadata: (metadata) => told.push({ ...metadata }) });
    const expected = { before: "true", object: "yes", after: "before object" };
    assert.equal(await asked.who(), "desk");
    await assert.rejects(asked.failing(), { code: "NOT_FOUND" });
    assert.deepEqual(seen, [expected, expected]);
    assert.deepEqual(told, seen, "whoever asked is told as before");
  });

  test("a method that gives a stream answers metadata, whatever makes the stream", async () => {
    const { proxy: desk } = at();
    for (const name of ["asynchronous", "synchronous", "given", "checked"] as const) {
      const told: Metadata[] = [];
      const items: number[] = [];
      for await (const item of within(desk, { onMetadata: (metadata) => told.push(metadata) })[name]())
        items.push(item);
      assert.deepEqual([items, told.map(({ total }) => total)], [[1, 2], ["2"]], name);
    }
    // What is answered when the stream was sent already can reach nobody, and is no silence.
    const read = async (): Promise<void> => {
      for await (const item of desk.late()) assert.equal(item, 1);
    };
    await assert.rejects(read(), { code: "FAILED_PRECONDITION", message: /before the first await of the generator/ });
  });

  test("a method that states that it did nothing is believed, and nothing else that it throws on", async () => {
    const { proxy: desk } = at();
    const state: DeskState = { entered: 0, failures: 99 };
    await using other = await serve(Desk, realDesk(state), "tcp://localhost:0");
    await assert.rejects(desk.passesOn(other.url), { code: "UNAVAILABLE", reason: "THROWN", outcome: "executed" });
    await assert.rejects(desk.closed(other.url), { code: "UNAVAILABLE", reason: "THROWN", outcome: "executed" });
    assert.equal(state.entered, 1);
  });
});

for (const { medium, url } of placesOf("done again", { kinds: ["inline"] }))
  suite(`${medium}: what was not done is done again by retry(), which needs no more`, () => {
    const fast = retry({ base: 0 });
    const played = async (state: DeskState, call: "warming" | "busy" | "down" | "again"): Promise<number | string> => {
      await using server = await serve(Desk, realDesk(state), url());
      await using desk = await connect(Desk, server.url, { interceptors: [fast] });
      return await desk[call]().catch(({ code, reason, outcome }: UpcallError) => `${code} ${reason} ${outcome}`);
    };
    for (const call of ["warming", "busy", "again"] as const)
      test(call, async () => assert.equal(await played({ entered: 0, failures: 2 }, call), 3));
    test("but not what was done, or may have been, by a method that is not idempotent", async () => {
      const state = { entered: 0, failures: 2 };
      assert.equal(await played(state, "down"), "UNAVAILABLE THROWN executed");
      assert.equal(state.entered, 1);
    });
    test("what is told at last has the outcome that was stated", async () => {
      assert.equal(await played({ entered: 0, failures: 99 }, "warming"), "UNAVAILABLE THROWN not-executed");
      assert.equal(await played({ entered: 0, failures: 99 }, "busy"), "RESOURCE_EXHAUSTED BUSY not-executed");
      assert.equal(await played({ entered: 0, failures: 99 }, "again"), "UNAVAILABLE THROWN executed");
    });
  });

suite("an interceptor at the callee cannot state for the object that it did nothing", () => {
  const nothing = (): never => {
    throw new UpcallError("UNAVAILABLE", "not now", { outcome: "not-executed" });
  };
  const cases: readonly (readonly [string, Interceptor, number, "executed" | "not-executed"])[] = [
    ["before the object is entered it may", nothing, 0, "not-executed"],
    [
      "after the object has done its work",
      async (_, next) => {
        await next();
        return nothing();
      },
      0,
      "executed",
    ],
    ["in the place of what the object threw", async (_, next) => await next().catch(nothing), 9, "executed"],
    ["what the object states passes", async (_, next) => await next(), 9, "not-executed"],
    [
      "unless it did its work the time before",
      async (_, next) => {
        await next();
        return await next();
      },
      0,
      "executed",
    ],
  ];
  for (const [what, interceptor, failures, outcome] of cases)
    test(what, async () => {
      const state = { entered: 0, failures };
      const real = realDesk(state);
      const warming = (): number => {
        if (what.startsWith("unless") && state.entered === 1) state.failures = 1;
        return real.warming();
      };
      await using server = await serve(Desk, { ...real, warming }, "memory:stated", { interceptors: [interceptor] });
      await using desk = await connect(Desk, server.url);
      await assert.rejects(desk.warming(), { code: "UNAVAILABLE", outcome });
    });
});
