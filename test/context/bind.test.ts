// Calls that are made in an upcall and bound to its call (`bind`): they inherit its deadline and are cancelled with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CallContext,
  callback,
  connect,
  context,
  data,
  defineInterface,
  method,
  reference,
  serve,
  within,
} from "upcall";
import { Nested, outcomeOf } from "./nested.ts";

test("a bound call has no more time than the call it is made in", async () => {
  const nested = new Nested((what, call, back) => call.bind(back).wait(what));
  const outcome = outcomeOf(within(nested.front, { timeout: 500 }).ask("a"));
  await nested.clock.settle();
  assert.equal(nested.last.call.remaining, 500);
  await nested.clock.advance(490);
  assert.equal(outcome.said, "open");
  await nested.clock.advance(20);
  assert.equal(outcome.said, "DEADLINE_EXCEEDED TIMEOUT unknown");
  assert.equal(nested.last.call.signal.aborted, true);
  assert.equal(nested.last.call.remaining, 0);
  assert.equal(nested.homes.front.counters.cancelled, 0);
  assert.equal(nested.homes.front.counters.deadlinesExceeded, 2);
});

test("and less, where it says so itself", async () => {
  const nested = new Nested((what, call, back) => within(call.bind(back), { timeout: 100 }).wait(what));
  const outcome = outcomeOf(within(nested.front, { timeout: 500 }).ask("a"));
  await nested.clock.settle();
  assert.equal(nested.last.call.remaining, 100);
  await nested.clock.advance(110);
  assert.equal(outcome.said, "DEADLINE_EXCEEDED THROWN executed");
});

test("a bound call that is made after a wait gets what is left", async () => {
  let go: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  const nested = new Nested(async (what, call, back) => {
    await gone;
    return await call.bind(back).wait(what);
  });
  const outcome = outcomeOf(within(nested.front, { timeout: 500 }).ask("a"));
  await nested.clock.advance(300);
  go();
  await nested.clock.settle();
  assert.equal(nested.last.call.remaining, 200);
  nested.last.resolve("done");
  await nested.clock.settle();
  assert.equal(outcome.said, '"done"');
});

test("a bound call whose time is over with that of the call it is made in was not cancelled", async () => {
  const nested = new Nested(async (what, call, back) => {
    await Promise.resolve();
    return await call.bind(back).wait(what);
  });
  const outcome = outcomeOf(within(nested.front, { timeout: 500 }).ask("a"));
  await nested.clock.advance(510);
  assert.equal(outcome.said, "DEADLINE_EXCEEDED TIMEOUT unknown");
  assert.equal(nested.homes.front.counters.cancelled, 0);
  assert.equal(nested.homes.front.counters.deadlinesExceeded, 2);
});

test("when nothing is left, a bound call is not made at all", async () => {
  const kept: CallContext[] = [];
  const nested = new Nested((_what, call) => {
    kept.push(call);
    return new Promise(() => {});
  });
  outcomeOf(within(nested.front, { timeout: 500 }).ask("a"));
  await nested.clock.advance(600);
  const [call] = kept;
  assert.ok(call !== undefined);
  const sent = nested.homes.front.counters.framesSent;
  const late = outcomeOf(call.bind(nested.back).wait("late"));
  await nested.clock.settle();
  assert.equal(late.said, "DEADLINE_EXCEEDED EXPIRED not-executed");
  assert.equal(nested.entered.length, 0);
  assert.equal(nested.homes.front.counters.framesSent, sent);
});

test("a call that is cancelled cancels what was made in it", async () => {
  const controller = new AbortController();
  const nested = new Nested((what, call, back) => call.bind(back).wait(what));
  const outcome = outcomeOf(within(nested.front, { signal: controller.signal }).ask("a"));
  await nested.clock.settle();
  controller.abort(new Error("no longer wanted"));
  await nested.clock.settle();
  assert.equal(outcome.said, "CANCELLED ABORTED unknown");
  assert.equal(nested.last.call.signal.aborted, true);
  assert.equal(nested.homes.back.counters.cancelled, 1);
});

test("a client that goes away cancels what was made for it", async () => {
  const kept: CallContext[] = [];
  const nested = new Nested((what, call, back) => {
    kept.push(call);
    return call.bind(back).wait(what);
  });
  outcomeOf(nested.front.ask("a"));
  await nested.clock.settle();
  nested.near.break();
  nested.far.break();
  await nested.clock.settle();
  assert.equal(nested.last.call.signal.aborted, true);
  const later = outcomeOf(kept[0]?.bind(nested.back).wait("later") ?? Promise.resolve());
  await nested.clock.settle();
  assert.equal(later.said, "CANCELLED ABORTED not-executed");
  assert.equal(nested.entered.length, 1);
});

test("both signals cancel a bound call that has one of its own, and nobody listens to either afterwards", async () => {
  const own = new AbortController();
  const nested = new Nested((what, call, back) => within(call.bind(back), { signal: own.signal }).wait(what));
  const outcome = outcomeOf(nested.front.ask("a"));
  await nested.clock.settle();
  own.abort(new Error("not this one"));
  await nested.clock.settle();
  assert.equal(nested.last.call.signal.aborted, true);
  assert.equal(outcome.said, "CANCELLED THROWN executed");
  nested.last.resolve("late");
  await nested.clock.settle();
  for (const endpoint of Object.values(nested.homes)) assert.equal(endpoint.platform.deadlines.size, 0);
});

test("a proxy that is not bound knows nothing of the call it is used in", async () => {
  const nested = new Nested((what, _call, back) => back.wait(what));
  outcomeOf(within(nested.front, { timeout: 500 }).ask("a"));
  await nested.clock.settle();
  assert.equal(nested.last.call.remaining, 30_000);
  await nested.clock.advance(510);
  assert.equal(nested.last.call.signal.aborted, false);
});

test("what is no proxy cannot be bound", async () => {
  const nested = new Nested((_what, call) => call.bind({}));
  const outcome = outcomeOf(nested.front.ask("a"));
  await nested.clock.settle();
  assert.equal(outcome.said, "INVALID_ARGUMENT THROWN executed");
});

test("a plain call that is bound ends with the call it is made in, and leaves its trace behind", async () => {
  const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });
  const Front = defineInterface("Front", { ask: method<() => string>() });
  const plain = { wire: "plain", end: "half-close" } as const;
  const never = {
    request: () => {
      const { signal } = context();
      return new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("late")));
    },
  };
  await using back = await serve(Subject, never, "tcp://127.0.0.1:0", { ...plain, limits: { drain: 0 } });
  await using toBack = await connect(Subject, back.url, plain);
  const front = { ask: async () => await context().bind(toBack).request("x") };
  await using server = await serve(Front, front, "tcp://127.0.0.1:0", { limits: { drain: 0 } });
  await using client = await connect(Front, server.url);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await assert.rejects(within(client, { timeout: 50, metadata: { traceparent } }).ask(), { code: "DEADLINE_EXCEEDED" });
  const controller = new AbortController();
  const cancelled = within(client, { signal: controller.signal }).ask();
  controller.abort();
  await assert.rejects(cancelled, { code: "CANCELLED" });
});

test("a function, a reference and what is not here yet can be bound as well", async () => {
  const Account = defineInterface("Account", { left: method<() => number>() });
  const Bank = defineInterface("Bank", {
    open: method({ args: [], returns: reference(() => Account) }),
    visit: method({ args: [callback<() => number>()], returns: data<number[]>() }),
  });
  const bank = {
    open: () => ({ left: () => context().remaining }),
    visit: async (visitor: () => Promise<number>) => {
      const call = context();
      return [await visitor(), await call.bind(visitor)()];
    },
  };
  const Front = defineInterface("Front", { ask: method<() => number[]>() });
  await using back = await serve(Bank, bank, "tcp://127.0.0.1:0");
  await using toBack = await connect(Bank, back.url);
  const front = {
    ask: async () => {
      const call = context();
      const account = await toBack.open();
      const said = [await account.left(), await call.bind(account).left(), await call.bind(toBack.open()).left()];
      await account[Symbol.asyncDispose]();
      return said;
    },
  };
  await using server = await serve(Front, front, "tcp://127.0.0.1:0");
  await using client = await connect(Front, server.url);
  const [unbound = 0, bound = 0, promised = 0] = await within(client, { timeout: 15_000 }).ask();
  assert.ok(unbound > 20_000 && bound < 20_000 && promised < 20_000, `${unbound} ${bound} ${promised}`);
  const left = () => context().remaining;
  const [alone = 0, together = 0] = await within(toBack, { timeout: 15_000 }).visit(left);
  assert.ok(alone > 20_000 && together < 20_000, `${alone} ${together}`);
});

test("a call of what is not here yet keeps its metadata while both wait to be sent", async () => {
  const Account = defineInterface("Account", { owner: method<() => string>() });
  const Bank = defineInterface("Bank", {
    open: method({ args: [], returns: reference(() => Account) }),
    wait: method<() => void>(),
  });
  let release: () => void = () => {};
  const bank = {
    open: () => ({ owner: () => context().metadata["owner"] ?? "nobody" }),
    wait: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  };
  await using server = await serve(Bank, bank, "memory:waiting-bank", { limits: { running: 1 } });
  await using proxy = await connect(Bank, server.url);
  // The welcome says that one call runs at once.
  await (await proxy.open())[Symbol.asyncDispose]();
  const waiting = proxy.wait();
  const opened = proxy.open();
  const owner = within(opened, { metadata: { owner: "anna" } }).owner();
  await new Promise((resolve) => setImmediate(resolve));
  release();
  await waiting;
  assert.equal(await owner, "anna");
  await (await opened)[Symbol.asyncDispose]();
});
