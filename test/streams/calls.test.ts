// Calls with streams as results and arguments, on virtual time: deadlines, `idleTimeout`, cancelling, errors, limits,
// lost connections, close and drain.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { UpcallError, within } from "upcall";
import { countOf, FlowPair, nothingLeft, upTo, Valve } from "./pair.ts";

function says(expected: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof UpcallError, String(error));
    assert.equal(`${error.code} ${error.reason} ${error.outcome}`, expected);
    return true;
  };
}

/** An iterator of something iterable, for a test that takes one item after the other. */
function reading(items: AsyncIterable<unknown>): AsyncIterator<unknown> {
  return items[Symbol.asyncIterator]();
}

test("a result is a stream", async () => {
  const pair = new FlowPair();
  assert.equal(await pair.of(pair.flow.give().then(countOf)), 10);
  assert.deepEqual(pair.left, nothingLeft);
});

test("an argument is a stream", async () => {
  const pair = new FlowPair();
  let count = 0;
  pair.real.taking = async (items) => {
    count = await countOf(items);
  };
  await pair.of(pair.flow.take(upTo(7)));
  assert.equal(count, 7);
  await pair.of(pair.flow.two([1, 2], upTo(3)));
  assert.equal(count, 3);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a stream each way at once, and both ends call", async () => {
  const pair = new FlowPair();
  pair.real.mixing = async function* (items) {
    for await (const item of items) yield `server ${Number(item)}`;
  };
  pair.clientReal.mixing = async function* (items) {
    for await (const item of items) yield `client ${Number(item)}`;
  };
  async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
    const got: unknown[] = [];
    for await (const item of items) got.push(item);
    return got;
  }
  await pair.settle();
  const [there, back] = await pair.of(
    Promise.all([pair.flow.both(upTo(2)).then(all), pair.back.both(upTo(2)).then(all)]),
  );
  assert.deepEqual(there, ["server 0", "server 1"]);
  assert.deepEqual(back, ["client 0", "client 1"]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("the reply and the items that are ready go out in one write", async () => {
  const pair = new FlowPair();
  await pair.of(pair.flow.plain());
  const before = pair.serverHome.counters.writes;
  const items = reading(await pair.of(pair.flow.give()));
  assert.deepEqual(await items.next(), { value: 0, done: false });
  assert.equal(pair.serverHome.counters.writes, before + 1);
});

test("an argument's source is asked for nothing before the method reads, and a call that is refused leaves it as it was", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  pair.real.taking = async () => {};
  await pair.of(pair.flow.take(source));
  assert.deepEqual([source.asked, source.returned], [0, 0]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("the deadline covers the first item", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  pair.real.giving = () => source;
  const items = reading(await pair.of(within(pair.flow, { timeout: 100 }).give()));
  const first = items.next();
  first.catch(() => {});
  await pair.advance(99);
  assert.equal(source.returned, 0);
  await pair.advance(20);
  await assert.rejects(first, says("DEADLINE_EXCEEDED TIMEOUT executed"));
  await pair.settle();
  assert.equal(source.returned, 1);
  assert.equal(pair.real.signal?.aborted, true);
  assert.deepEqual(await items.next(), { value: undefined, done: true });
  assert.deepEqual(pair.left, nothingLeft);
});

test("a stream has no deadline as a whole", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  pair.real.giving = () => source;
  const items = reading(await pair.of(within(pair.flow, { timeout: 100 }).give()));
  const first = items.next();
  await pair.settle();
  source.give("first");
  assert.deepEqual(await pair.of(first), { value: "first", done: false });
  const second = items.next();
  await pair.advance(24 * 60 * 60 * 1000);
  assert.equal(pair.real.signal?.aborted, false);
  source.give("second");
  assert.deepEqual(await pair.of(second), { value: "second", done: false });
  await items.return?.();
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("idleTimeout is the time between items while somebody waits, and within() overrides the method's", async () => {
  for (const [name, idle] of [
    ["the method's", 50],
    ["the call's", 500],
  ] as const) {
    const pair = new FlowPair();
    const source = new Valve();
    pair.real.giving = () => source;
    const flow = name === "the method's" ? pair.flow : within(pair.flow, { idleTimeout: idle });
    const items = reading(await pair.of(flow.impatient()));
    const first = items.next();
    await pair.settle();
    source.give(1);
    await pair.of(first);
    // Nobody waits.
    await pair.advance(10_000);
    const second = items.next();
    await pair.advance(idle - 10);
    source.give(2);
    assert.deepEqual(await pair.of(second), { value: 2, done: false });
    const third = items.next();
    third.catch(() => {});
    await pair.advance(idle - 10);
    assert.equal(source.returned, 0);
    await pair.advance(30);
    await assert.rejects(third, says("DEADLINE_EXCEEDED TIMEOUT executed"));
    assert.equal(source.returned, 1);
    assert.deepEqual(pair.left, nothingLeft);
  }
});

test("idleTimeout does not count before the first item", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  pair.real.giving = () => source;
  const items = reading(await pair.of(pair.flow.impatient()));
  const first = items.next();
  await pair.advance(90);
  source.give("late, and in time");
  assert.deepEqual(await pair.of(first), { value: "late, and in time", done: false });
  await items.return?.();
});

test("a method that reads hears of its call's deadline, whatever its caller says", async () => {
  const pair = new FlowPair();
  let heard: unknown = null;
  pair.real.taking = (items) =>
    countOf(items).catch((error: unknown) => {
      heard = error;
    });
  const call = within(pair.flow, { timeout: 100 }).take(new Valve());
  call.catch(() => {});
  await pair.settle();
  pair.near.held = true;
  await pair.advance(200);
  assert.ok(heard instanceof UpcallError);
  assert.equal(heard.code, "DEADLINE_EXCEEDED");
  assert.equal(pair.server.upcalls.size, 0);
});

test("an idleTimeout that is no time is refused before anything is sent", async () => {
  const pair = new FlowPair();
  for (const idleTimeout of [0, -1, Number.NaN, 10 ** 12, Number.POSITIVE_INFINITY]) {
    const call = async (): Promise<unknown> => await within(pair.flow, { idleTimeout }).take(upTo(1));
    await assert.rejects(pair.of(call()), says("INVALID_ARGUMENT BAD_OPTION not-executed"));
  }
  assert.deepEqual(pair.left, nothingLeft);
});

test("leaving the loop ends the producer's, and the method's signal aborts", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  pair.real.giving = () => source;
  const items = reading(await pair.of(pair.flow.give()));
  await pair.settle();
  assert.equal(source.asked, 1);
  await items.return?.();
  await pair.settle();
  assert.equal(source.returned, 1);
  assert.equal(pair.real.signal?.aborted, true);
  assert.deepEqual(pair.left, nothingLeft);
});

test("the caller's signal ends its stream, before the reply and after it", async () => {
  for (const when of ["before", "after"] as const) {
    const pair = new FlowPair();
    const source = new Valve();
    pair.real.giving = () => source;
    const controller = new AbortController();
    const call = within(pair.flow, { signal: controller.signal }).give();
    call.catch(() => {});
    if (when === "before") {
      controller.abort(new Error("enough"));
      await assert.rejects(pair.of(call), says("CANCELLED ABORTED unknown"));
    } else {
      const items = reading(await pair.of(call));
      const next = items.next();
      next.catch(() => {});
      controller.abort(new Error("enough"));
      await assert.rejects(pair.of(next), says("CANCELLED ABORTED executed"));
    }
    await pair.settle();
    assert.equal(source.returned, 1);
    assert.deepEqual(pair.left, nothingLeft);
  }
});

test("a signal that aborts after the end of its stream ends nothing", async () => {
  const pair = new FlowPair();
  const controller = new AbortController();
  const call = within(pair.flow, { signal: controller.signal }).give();
  const items = reading(await pair.of(call));
  await pair.settle();
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  controller.abort();
  await pair.settle();
  for (let index = 0; index < 10; index++) assert.deepEqual(await items.next(), { value: index, done: false });
  assert.deepEqual(await items.next(), { value: undefined, done: true });
});

test("an argument ends with its call, however that ends", async () => {
  const ways: Record<string, (pair: FlowPair, call: Promise<void>) => Promise<unknown>> = {
    returns: async (pair, call) => pair.of(call),
    throws: async (pair, call) => assert.rejects(pair.of(call), says("ABORTED THROWN executed")),
    expires: async (pair, call) => {
      await pair.advance(1000);
      await assert.rejects(call, says("DEADLINE_EXCEEDED TIMEOUT unknown"));
    },
    "is cancelled": async (pair, call) => {
      controller.abort();
      await assert.rejects(pair.of(call), says("CANCELLED ABORTED unknown"));
    },
  };
  let controller = new AbortController();
  for (const [way, end] of Object.entries(ways)) {
    const pair = new FlowPair();
    controller = new AbortController();
    const source = new Valve();
    let heard: unknown = null;
    pair.real.taking = async (items) => {
      const iterator = reading(items);
      const next = iterator.next();
      next.catch((error: unknown) => {
        heard = error;
      });
      await pair.clock.settle();
      if (way === "throws") throw new UpcallError("ABORTED", "no more");
      if (way === "expires" || way === "is cancelled") await next;
    };
    const call = within(pair.flow, { timeout: 500, signal: controller.signal }).take(source);
    call.catch(() => {});
    await pair.settle();
    assert.equal(source.asked, 1, way);
    await end(pair, call);
    await pair.settle();
    assert.equal(source.returned, 1, way);
    const expected = {
      expires: /^DEADLINE_EXCEEDED TIMEOUT|^CANCELLED CLOSED/,
      "is cancelled": /^CANCELLED (ABORTED|CLOSED)/,
    };
    assert.ok(heard instanceof UpcallError, way);
    assert.match(`${heard.code} ${heard.reason}`, expected[way as "expires"] ?? /^CANCELLED CLOSED/, way);
    assert.deepEqual(pair.left, nothingLeft, way);
  }
});

test("an argument goes on behind the reply while the result is a stream, and ends with that", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  const items = reading(await pair.of(pair.flow.both(source)));
  for (let index = 0; index < 3; index++) {
    const next = items.next();
    await pair.settle();
    assert.ok(source.give(index));
    assert.deepEqual(await pair.of(next), { value: index, done: false });
  }
  await items.return?.();
  await pair.settle();
  assert.equal(source.returned, 1);
  assert.deepEqual(pair.left, nothingLeft);
});

test("an error inside a stream travels with its code, into a method and out of it again", async () => {
  const pair = new FlowPair();
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new UpcallError("DATA_LOSS", "the file ends here");
  }
  await assert.rejects(pair.of(pair.flow.take(failing())), says("DATA_LOSS THROWN executed"));
  const items = reading(await pair.of(pair.flow.both(failing())));
  assert.deepEqual(await pair.of(items.next()), { value: 1, done: false });
  await assert.rejects(pair.of(items.next()), says("DATA_LOSS THROWN executed"));
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("what is no stream costs its call only", async () => {
  const pair = new FlowPair();
  const wrong = "no stream" as unknown as AsyncIterable<unknown>;
  await assert.rejects(pair.of(pair.flow.take(wrong)), says("INVALID_ARGUMENT NOT_MARSHALLABLE not-executed"));
  await assert.rejects(pair.of(pair.flow.two(upTo(1), wrong)), says("INVALID_ARGUMENT NOT_MARSHALLABLE not-executed"));
  pair.real.giving = () => wrong;
  await assert.rejects(pair.of(pair.flow.give()), says("INTERNAL BAD_RESULT executed"));
  assert.equal(await pair.of(pair.flow.plain()), "plain");
  assert.deepEqual(pair.left, nothingLeft);
});

test("more streams than may run at once are refused on the side that would begin them", async () => {
  const pair = new FlowPair({ limits: { streams: 2 } });
  pair.real.giving = () => new Valve();
  const first = [reading(await pair.of(pair.flow.give())), reading(await pair.of(pair.flow.give()))];
  await assert.rejects(pair.of(pair.flow.give()), says("RESOURCE_EXHAUSTED TOO_MANY executed"));
  pair.real.taking = () => new Promise(() => {});
  const source = new Valve();
  const calls = [pair.flow.take(upTo(1)), pair.flow.take(upTo(1))];
  for (const call of calls) call.catch(() => {});
  await pair.settle();
  await assert.rejects(pair.of(pair.flow.take(source)), says("RESOURCE_EXHAUSTED TOO_MANY not-executed"));
  assert.equal(source.asked + source.returned, 0);
  assert.equal(pair.serverHome.counters.refusedStreams, 1);
  assert.equal(pair.clientHome.counters.refusedStreams, 1);
  for (const items of first) await items.return?.();
  await pair.settle();
  pair.real.giving = () => upTo(10);
  assert.equal(await pair.of(pair.flow.give().then(countOf)), 10);
  pair.near.break();
  pair.far.break();
  await pair.settle();
  for (const call of calls) await assert.rejects(call, says("UNAVAILABLE CONNECTION_LOST unknown"));
});

test("a result's stream that is refused, or comes when nobody is there any more, is left", async () => {
  const pair = new FlowPair({ limits: { streams: 1 } });
  pair.real.giving = () => new Valve();
  await pair.of(pair.flow.give());
  const refused = new Valve();
  pair.real.giving = () => refused;
  await assert.rejects(pair.of(pair.flow.give()), says("RESOURCE_EXHAUSTED TOO_MANY executed"));
  assert.deepEqual([refused.asked, refused.returned], [0, 1]);
  const late = new Valve();
  let give: (valve: Valve) => void = () => {};
  pair.real.giving = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  const call = pair.flow.give();
  call.then(
    () => {},
    () => {},
  );
  await pair.settle();
  pair.near.break();
  pair.far.break();
  await pair.settle();
  give(late);
  await pair.settle();
  assert.deepEqual([late.asked, late.returned], [0, 1]);
});

test("more streams than the reader takes are refused by the reader", async () => {
  const pair = new FlowPair({ serverLimits: { streams: 1 } });
  await assert.rejects(pair.of(pair.flow.two(upTo(1), upTo(1))), says("RESOURCE_EXHAUSTED TOO_MANY not-executed"));
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
  const other = new FlowPair({ limits: { streams: 1 }, serverLimits: { streams: 9 } });
  other.real.giving = () => new Valve();
  await other.of(other.flow.give());
  await assert.rejects(other.of(other.flow.give()), says("RESOURCE_EXHAUSTED TOO_MANY executed"));
  assert.equal(other.serverHome.counters.streamsNow, 1);
});

test("closing lets streams go on, up to the drain limit", async () => {
  const pair = new FlowPair({ limits: { drain: 1000 } });
  const source = new Valve();
  pair.real.giving = () => source;
  const items = reading(await pair.of(pair.flow.give()));
  let closed = false;
  const closing = pair.client.close().then(() => {
    closed = true;
  });
  await pair.advance(500);
  source.give(1);
  assert.deepEqual(await pair.of(items.next()), { value: 1, done: false });
  assert.equal(closed, false);
  await pair.settle();
  source.end();
  assert.deepEqual(await pair.of(items.next()), { value: undefined, done: true });
  await pair.advance(2000);
  await closing;
  assert.deepEqual(pair.left, nothingLeft);
});

test("a stream that outlives the drain limit is ended, and both sides hear why", async () => {
  for (const closer of ["client", "server"] as const) {
    const pair = new FlowPair({ limits: { drain: 1000 } });
    const source = new Valve();
    pair.real.giving = () => source;
    const items = reading(await pair.of(pair.flow.give()));
    const next = items.next();
    next.catch(() => {});
    const closing = pair[closer].close();
    await pair.advance(990);
    assert.equal(source.returned, 0);
    await pair.advance(3000);
    await closing;
    await assert.rejects(next, says("CANCELLED CLOSED executed"));
    assert.equal(source.returned, 1);
    assert.deepEqual(pair.left, nothingLeft);
  }
});

test("a lost connection ends every stream: what came is read first, and sources are ended", async () => {
  const pair = new FlowPair();
  const [giving, taking] = [new Valve(), new Valve()];
  pair.real.giving = () => giving;
  const items = reading(await pair.of(pair.flow.give()));
  await pair.settle();
  giving.give("came before");
  let heard: unknown = null;
  pair.real.taking = (given) =>
    countOf(given).catch((error: unknown) => {
      heard = error;
    });
  const call = pair.flow.take(taking);
  call.catch(() => {});
  await pair.settle();
  pair.near.break();
  pair.far.break();
  await pair.settle();
  assert.deepEqual(await items.next(), { value: "came before", done: false });
  await assert.rejects(items.next(), says("UNAVAILABLE CONNECTION_LOST unknown"));
  assert.deepEqual(await items.next(), { value: undefined, done: true });
  await assert.rejects(call, says("UNAVAILABLE CONNECTION_LOST unknown"));
  assert.ok(heard instanceof UpcallError);
  assert.deepEqual([giving.returned, taking.returned], [1, 1]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a getter of a value that is being sent may read, leave and cancel streams of the same connection", async () => {
  const pair = new FlowPair();
  pair.real.giving = () => upTo(1_000_000);
  const controller = new AbortController();
  const items = reading(await pair.of(within(pair.flow, { signal: controller.signal }).give()));
  const left = reading(await pair.of(pair.flow.give()));
  await pair.settle();
  const value = {
    get field() {
      controller.abort();
      void left.return?.();
      return 1;
    },
  };
  assert.equal(await pair.of(pair.flow.plain(value)), "plain");
  pair.real.taking = async () => {};
  await pair.of(pair.flow.take([value]));
  await pair.of(pair.flow.both([value]).then(countOf));
  await assert.rejects(pair.of(items.next()), says("CANCELLED ABORTED executed"));
  assert.equal(await pair.of(pair.flow.plain()), "plain");
  assert.deepEqual(pair.left, nothingLeft);
});

test("who is told that a stream begins while it gives up the call stops it", async () => {
  const pair = new FlowPair();
  const source = new Valve();
  let answer: () => void = () => {};
  const flow = within(pair.flow, { timeout: 100 });
  pair.real.giving = () =>
    new Promise((resolve) => {
      answer = () => resolve(source);
    });
  const call = flow.give();
  call.catch(() => {});
  await pair.advance(200);
  await assert.rejects(call, says("DEADLINE_EXCEEDED TIMEOUT unknown"));
  answer();
  await pair.settle();
  assert.equal(source.returned, 1);
  assert.deepEqual(pair.left, nothingLeft);
});
