// Observers that come and go while it runs (observe, Disposable), several at once, and what they are told beside the stages of
// calls: where streams begin and end, and what becomes of a connection (connected, draining, lost, closed).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  close,
  connect,
  defineInterface,
  implement,
  method,
  type ObservedEvent,
  open,
  type StreamEvent,
  serve,
  stream,
} from "upcall";
import { Pair } from "../harness/sessions.ts";
import { RealSubject, Subject } from "./interfaces.ts";

/** An observer that keeps what it is told. */
function kept(): { readonly events: ObservedEvent[]; readonly observer: (event: ObservedEvent) => void } {
  const events: ObservedEvent[] = [];
  return { events, observer: (event) => void events.push(event) };
}

/** Without the stages, whose order with the others is not said. */
const besides = (events: readonly ObservedEvent[]): string[] =>
  events.filter(({ event }) => event !== "stage").map(({ side, event }) => `${side} ${event}`);

test("several observers are each told, and one that is added twice is told twice", async () => {
  const [one, other] = [kept(), kept()];
  await using server = await serve(Subject, new RealSubject(), "memory:several", {
    observer: [one.observer, other.observer],
  });
  await using subject = await connect(Subject, server.url);
  await subject.reverse("a");
  assert.deepEqual(one.events, other.events);
  assert.ok(one.events.length > 0);
  const third = kept();
  using first = server.observe(third.observer);
  using second = server.observe(third.observer);
  await subject.reverse("b");
  const both = third.events.length;
  assert.equal(both % 2, 0);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await subject.reverse("c");
  assert.equal(third.events.length, both + both / 2);
  second[Symbol.dispose]();
  await subject.reverse("d");
  assert.equal(third.events.length, both + both / 2);
  assert.ok(one.events.length > both);
});

test("an observer is added to a running session and taken out in the middle of a call, at both ends", async () => {
  const pair = new Pair();
  await pair.settle();
  const { events, observer } = kept();
  const call = pair.call("wait", ["x"]);
  const [near, far] = [pair.clientHome.observe(observer), pair.serverHome.observe(observer)];
  await pair.settle();
  pair.real.waiting.get("x")?.resolve("y");
  await pair.settle();
  assert.deepEqual(call.settled, { value: "y" });
  const told = events.flatMap((event) => (event.event === "stage" ? [`${event.side} ${event.stage}`] : []));
  assert.ok(told.includes("callee upcall") && told.includes("caller settle"), told.join());
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  const before = events.length;
  pair.call("echo", ["z"]);
  await pair.settle();
  assert.equal(events.length, before);
  assert.deepEqual([pair.clientHome.observer, pair.serverHome.observer], [null, null]);
});

test("what is no function is refused", async () => {
  await using server = await serve(Subject, new RealSubject(), "memory:nofunction");
  await using connection = await open(server.url);
  for (const wrong of [null, 5, {}, [() => {}]])
    for (const one of [server, connection])
      assert.throws(() => one.observe(wrong as never), { code: "INVALID_ARGUMENT", reason: "BAD_ARGUMENT" });
});

test("both ends tell that a connection is connected, draining and closed, under one id", async () => {
  const { events, observer } = kept();
  await using server = await serve(Subject, new RealSubject(), "tcp://127.0.0.1:0", {
    observer,
    authenticate: "let me in",
  });
  const subject = await connect(Subject, server.url, { observer, token: "let me in", reconnect: false });
  await subject.reverse("a");
  await close(subject);
  await server.close();
  assert.deepEqual(besides(events).toSorted(), [
    "callee closed",
    "callee connected",
    "caller closed",
    "caller connected",
    "caller draining",
  ]);
  assert.equal(new Set(events.flatMap(({ connection }) => (connection === "" ? [] : [connection]))).size, 1);
  const connected = events.find((event) => event.event === "connected" && event.side === "callee");
  assert.ok(connected?.event === "connected" && connected.identity === true && connected.error === null);
  assert.match(connected.peer, /^127\.0\.0\.1:\d+$/);
});

test("a connection that breaks is told as lost, with the reason, on virtual time", async () => {
  const { events, observer } = kept();
  const pair = new Pair({ observer });
  await pair.settle();
  pair.call("wait", ["x"]);
  await pair.settle();
  pair.near.destroy();
  await pair.settle();
  const lost = events.filter(({ event }) => event === "lost");
  assert.ok(lost.length > 0);
  for (const event of lost) assert.ok(event.event === "lost" && event.error !== null, JSON.stringify(event));
});

const Counting = defineInterface("Counting", {
  count: method({ args: [], returns: stream<number>() }),
  sum: method({ args: [stream<number>()] }),
  broken: method({ args: [], returns: stream<number>() }),
  endless: method({ args: [], returns: stream<number>() }),
});

async function* numbers(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

async function* endless(): AsyncGenerator<number> {
  for (let at = 0; ; at++) yield at;
}

async function* broken(): AsyncGenerator<number> {
  yield 1;
  throw new RangeError("no more");
}

test("streams are told where they begin and end, at both ends, with their call and why they ended", async () => {
  const { events, observer } = kept();
  const object = {
    count: () => numbers(),
    sum: async (items: AsyncIterable<number>) => {
      for await (const _ of items);
    },
    broken: () => broken(),
    endless: () => endless(),
  };
  await using server = await serve([implement(Counting, object as never)], "memory:streamed", {
    observer,
    onError() {},
  });
  await using counting = await connect(Counting, server.url, { observer });
  for await (const _ of await counting.count());
  await counting.sum(numbers() as never);
  await assert.rejects(async () => {
    for await (const _ of await counting.broken());
  });
  for await (const _ of await counting.endless()) break;
  const told = events
    .filter((event): event is StreamEvent => event.event === "stream" || event.event === "streamEnd")
    .map((event) => `${event.method} ${event.side} ${event.does} ${event.event} ${event.error?.code ?? ""}`.trim());
  for (const [name, caller, callee] of [
    ["count", "reads", "produces"],
    ["sum", "produces", "reads"],
    ["broken", "reads", "produces"],
  ])
    for (const at of [`caller ${caller}`, `callee ${callee}`]) {
      assert.ok(told.includes(`${name} ${at} stream`), `${name} ${at}: ${told.join("; ")}`);
      const end = `${name} ${at} streamEnd${name === "broken" ? " UNKNOWN" : ""}`;
      assert.ok(told.includes(end), `${end}: ${told.join("; ")}`);
    }
  assert.ok(told.includes("endless caller reads streamEnd CANCELLED"), told.join("; "));
  for (const event of events)
    if (event.event === "stream" && event.method === "count") assert.ok(event.id > 0 && event.stream > 0);
});
