// The order of calls (ordering), on virtual time: calls of one proxy are sent in the order in which they were made,
// however long each of them is; `ordered: false`.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  type CallOptions,
  callback,
  data,
  defineInterface,
  implement,
  type Limits,
  method,
  oneway,
  type ProxyOf,
  reference,
  type UpcallError,
  within,
} from "upcall";
import { proxyOf } from "#internal/proxy/proxy.js";
import { kind } from "#internal/wire/native/frame.js";
import { fc } from "../harness/properties.ts";
import { nothingLeft, Pair, type Settled, saysOf, type Terms } from "../harness/sessions.ts";
import { framesIn } from "../harness/stranger.ts";

const KiB = 1024;
const long = 600 * KiB;

const Doc = defineInterface("Doc", {
  put: method<(name: unknown, text: string) => unknown>(),
  note: oneway<(name: unknown, text: string) => void>(),
  hurry: method<(name: unknown, text: string) => unknown>({ ordered: false }),
});
const Shelf = defineInterface("Shelf", {
  put: method<(name: unknown, text: string) => unknown>(),
  note: oneway<(name: unknown, text: string) => void>(),
  hurry: method<(name: unknown, text: string) => unknown>({ ordered: false }),
  /** A document of its own each time. */
  open: method({ args: [data<string>()], returns: reference(() => Doc) }),
  /** The same document each time. */
  only: method({ args: [data<string>()], returns: reference(() => Doc) }),
  back: method({ args: [callback({ args: [data<string>(), data<string>()], returns: data<string>() })] }),
});
type Proxy = Pick<ProxyOf<typeof Shelf>, "put" | "note" | "hurry">;

/** Two sessions with a shelf, which remembers in which order its methods were entered. */
class Shelves {
  readonly pair: Pair;
  readonly entered: unknown[] = [];
  calling: ((name: string, text: string) => Promise<string>) | null = null;

  constructor(terms: Terms = {}) {
    const enter = (name: unknown): unknown => this.entered.push(name);
    const doc = { put: enter, note: (name: unknown) => void enter(name), hurry: enter };
    const real = {
      ...doc,
      open: () => ({ ...doc }),
      only: () => doc,
      back: (fn: (name: string, text: string) => Promise<string>) => {
        this.calling = fn;
        return new Promise<void>(() => {});
      },
    };
    this.pair = new Pair({ ...terms, also: [implement(Shelf, real as never)] });
  }

  proxy(): ProxyOf<typeof Shelf> {
    return proxyOf(Shelf, this.pair.client, false);
  }

  /** Nothing that the client writes arrives from now on, so that a long message stays under way. */
  hold(): void {
    this.pair.near.held = true;
  }

  async settle(): Promise<void> {
    await this.pair.settle();
  }

  async release(): Promise<void> {
    this.pair.near.release();
    await this.settle();
  }

  /** Ids of the calls that the client sent. */
  get sent(): number[] {
    const all = framesIn(this.pair.near.written);
    return [...new Set(all.filter((frame) => frame.kind === kind.call).map(({ call }) => call))];
  }
}

const text = (length: number): string => "x".repeat(length);

function settled(promise: Promise<unknown>): { settled: Settled | null } {
  const result: { settled: Settled | null } = { settled: null };
  promise.then(
    (value) => {
      result.settled = { value };
    },
    (error: UpcallError) => {
      result.settled = { error };
    },
  );
  return result;
}

test("a short call waits for the long one that was made before it on its proxy, and passes that of another one", async () => {
  const shelves = new Shelves();
  await shelves.settle();
  const [one, other] = [shelves.proxy(), shelves.proxy()];
  const all = [one.put("long", text(long)), one.put("short", ""), other.put("other", "")];
  await shelves.settle();
  await Promise.all(all);
  assert.deepEqual(shelves.entered, ["other", "long", "short"]);
  assert.deepEqual(shelves.pair.left, nothingLeft);
});

test("many long and short calls of one proxy enter in the order in which they were made", async () => {
  const shelves = new Shelves();
  const one = shelves.proxy();
  const lengths = [0, long, 0, 0, long, long, 5_000, 300 * KiB, 0];
  const all = lengths.map((length, i) => (i % 3 === 2 ? one.note(i, text(length)) : one.put(i, text(length))));
  await shelves.settle();
  await Promise.all(all);
  await shelves.settle();
  assert.deepEqual(
    shelves.entered,
    lengths.map((_, i) => i),
  );
  assert.deepEqual(shelves.pair.left, nothingLeft);
});

test("proxies made by within() are of the order of the one that they were made from", async () => {
  const shelves = new Shelves();
  await shelves.settle();
  const one = shelves.proxy();
  const all = [within(one, { timeout: 5_000 }).put("long", text(long)), within(one, {}).put("short", "")];
  await shelves.settle();
  await Promise.all(all);
  assert.deepEqual(shelves.entered, ["long", "short"]);
});

suite("ordered: false", () => {
  for (const [what, make] of Object.entries<(shelves: Shelves, one: Proxy) => Promise<unknown>[]>({
    "of a method that is short": (_, one) => [one.put("long", text(long)), one.hurry("short", "")],
    "of a method that is long": (_, one) => [one.hurry("long", text(long)), one.put("short", "")],
    "of within(), short": (_, one) => [
      one.put("long", text(long)),
      within(one as object as Proxy, { ordered: false }).put("short", ""),
    ],
    "of within(), long": (_, one) => [within(one, { ordered: false }).put("long", text(long)), one.put("short", "")],
  })) {
    test(`${what}: the short call passes the long one`, async () => {
      const shelves = new Shelves();
      await shelves.settle();
      const all = make(shelves, shelves.proxy());
      await shelves.settle();
      await Promise.all(all);
      assert.deepEqual(shelves.entered, ["short", "long"]);
    });
  }

  test("within(proxy, { ordered: true }) has an order though the method has none", async () => {
    const shelves = new Shelves();
    await shelves.settle();
    const one = within(shelves.proxy(), { ordered: true });
    const all = [one.hurry("long", text(long)), one.hurry("short", "")];
    await shelves.settle();
    await Promise.all(all);
    assert.deepEqual(shelves.entered, ["long", "short"]);
  });
});

suite("a call that is held back", () => {
  async function heldBack(options: CallOptions = {}, terms: Terms = {}) {
    const shelves = new Shelves(terms);
    await shelves.settle();
    shelves.hold();
    const one = shelves.proxy();
    const controller = new AbortController();
    const ahead = settled(within(one, { signal: controller.signal }).put("long", text(long)));
    const behind = settled(within(one, options).put("behind", ""));
    const last = settled(one.put("last", ""));
    await shelves.settle();
    assert.equal(shelves.sent.length, 1);
    return { shelves, ahead, behind, last, controller };
  }

  test("is never sent where its signal aborts, and does not hold up those behind it", async () => {
    const own = new AbortController();
    const { shelves, behind } = await heldBack({ signal: own.signal });
    own.abort();
    await shelves.settle();
    assert.equal(saysOf(behind), "CANCELLED ABORTED not-executed");
    await shelves.release();
    assert.deepEqual(shelves.entered, ["long", "last"]);
    assert.equal(shelves.sent.length, 2);
    assert.deepEqual(shelves.pair.left, nothingLeft);
  });

  test("is never sent after its deadline, and is told what it waited for", async () => {
    const { shelves, behind } = await heldBack({ timeout: 100 });
    await shelves.pair.advance(120);
    assert.equal(saysOf(behind), "DEADLINE_EXCEEDED EXPIRED not-executed");
    assert.match(
      (behind.settled as { error: UpcallError }).error.message,
      /a long call that was made before it .* ordered: false/,
    );
    await shelves.release();
    assert.deepEqual(shelves.entered, ["long", "last"]);
    assert.deepEqual(shelves.pair.left, nothingLeft);
  });

  test("is sent when the long one is cancelled, whose last piece never comes", async () => {
    const { shelves, ahead, behind, last, controller } = await heldBack();
    controller.abort();
    await shelves.release();
    assert.equal((ahead.settled as { error: UpcallError }).error.code, "CANCELLED");
    assert.ok(behind.settled !== null && "value" in behind.settled && last.settled !== null);
    assert.deepEqual(shelves.entered, ["behind", "last"]);
    assert.deepEqual(shelves.pair.left, nothingLeft);
  });

  test("is told not-executed when the connection is gone", async () => {
    const { shelves, behind, last } = await heldBack();
    shelves.pair.near.break();
    await shelves.settle();
    assert.equal(saysOf(behind), "UNAVAILABLE CONNECTION_LOST not-executed");
    assert.equal(saysOf(last), "UNAVAILABLE CONNECTION_LOST not-executed");
    assert.equal(shelves.pair.client.calls.size, 0);
  });

  test("is sent before the session that made it ends", async () => {
    const { shelves, behind, last } = await heldBack();
    const closing = shelves.pair.client.close();
    await shelves.release();
    await closing;
    assert.ok(behind.settled !== null && "value" in behind.settled);
    assert.ok(last.settled !== null && "value" in last.settled);
    assert.deepEqual(shelves.entered, ["long", "behind", "last"]);
  });

  test("is told not-executed by a server that goes away meanwhile", async () => {
    const { shelves, behind } = await heldBack();
    void shelves.pair.server.close();
    await shelves.release();
    assert.equal((behind.settled as { error: UpcallError }).error.outcome, "not-executed");
    assert.deepEqual(shelves.entered, []);
  });

  test("counts among those that wait, and so do its bytes", async () => {
    const { shelves } = await heldBack({}, { clientLimits: { waiting: 3, waitingBytes: 2 * long } });
    const one = shelves.proxy();
    const ahead = settled(one.put("b", text(300 * KiB)));
    const most = [settled(one.put("c", text(300 * KiB)))];
    const over = [settled(one.put("d", text(300 * KiB))), settled(one.put("e", ""))];
    await shelves.settle();
    assert.equal(ahead.settled, null);
    assert.ok(most.every((call) => call.settled === null));
    assert.deepEqual(over.map(saysOf), [
      "RESOURCE_EXHAUSTED BUSY not-executed",
      "RESOURCE_EXHAUSTED BUSY not-executed",
    ]);
    assert.equal(shelves.pair.clientHome.counters.refusedWaiting, 2);
  });
});

test("a oneway is over when its last byte was handed over, and not before", async () => {
  const shelves = new Shelves();
  await shelves.settle();
  shelves.hold();
  const note = settled(shelves.proxy().note("long", text(long)));
  await shelves.settle();
  assert.equal(note.settled, null);
  await shelves.release();
  assert.deepEqual(note.settled, { value: undefined });
  assert.deepEqual(shelves.entered, ["long"]);
  assert.deepEqual(shelves.pair.left, nothingLeft);
});

test("a long oneway that is cancelled, or whose deadline passes, on its way is taken back", async () => {
  const shelves = new Shelves();
  await shelves.settle();
  shelves.hold();
  const controller = new AbortController();
  const cancelled = settled(within(shelves.proxy(), { signal: controller.signal }).note("a", text(long)));
  const late = settled(within(shelves.proxy(), { timeout: 50 }).note("b", text(long)));
  await shelves.settle();
  controller.abort();
  await shelves.pair.advance(60);
  await shelves.release();
  assert.equal((cancelled.settled as { error: UpcallError }).error.code, "CANCELLED");
  assert.equal((late.settled as { error: UpcallError }).error.code, "DEADLINE_EXCEEDED");
  assert.deepEqual(shelves.entered, []);
  assert.deepEqual(shelves.pair.left, nothingLeft);
});

suite("references", () => {
  test("each is an order of its own", async () => {
    const shelves = new Shelves();
    const shelf = shelves.proxy();
    const docs = Promise.all([shelf.open(""), shelf.open("")]);
    await shelves.settle();
    const [one, other] = await docs;
    const all = [one.put("long", text(long)), one.put("short", ""), other.put("other", ""), shelf.put("shelf", "")];
    await shelves.settle();
    await Promise.all(all);
    assert.deepEqual(shelves.entered, ["other", "shelf", "long", "short"]);
  });

  test("a promise of one and the proxy that it gives are one order", async () => {
    const shelves = new Shelves();
    const shelf = shelves.proxy();
    await shelves.settle();
    const promised = shelf.open("");
    const made: Promise<unknown>[] = [promised.put("long", text(long)), promised.put("short", "")];
    const going = shelves.settle();
    const doc = await promised;
    // It is here while the long call is still on its way.
    assert.ok(shelves.entered.length === 0);
    made.push(doc.put("last", ""));
    await going;
    await shelves.settle();
    await Promise.all(made);
    assert.deepEqual(shelves.entered, ["long", "short", "last"]);
    assert.deepEqual({ ...shelves.pair.left, deadlines: 0 }, nothingLeft);
  });

  test("so they are where the object was held before", async () => {
    const shelves = new Shelves();
    const shelf = shelves.proxy();
    const opening = shelf.only("");
    await shelves.settle();
    const doc = await opening;
    const promised = shelf.only("");
    const made: Promise<unknown>[] = [doc.put(0, text(long)), promised.put(1, text(long)), promised.put(2, "")];
    const going = shelves.settle();
    made.push((await promised).put(3, ""), doc.put(4, ""));
    assert.ok(shelves.entered.length === 0);
    await going;
    await shelves.settle();
    await Promise.all(made);
    assert.deepEqual(
      shelves.entered.filter((name) => name !== 0),
      [1, 2, 3, 4],
    );
  });

  test("calls of the result of a long call follow it, and no other call waits for them", async () => {
    const shelves = new Shelves();
    const [shelf, other] = [shelves.proxy(), shelves.proxy()];
    await shelves.settle();
    const promised = shelf.open(text(long));
    const behind = shelf.open(text(long));
    const all = [promised.put(1, ""), behind.put(3, ""), promised.put(2, text(long)), other.put("other", "")];
    await shelves.settle();
    await Promise.all(all);
    assert.deepEqual(shelves.entered[0], "other");
    assert.deepEqual(
      shelves.entered.filter((name) => name === 1 || name === 2),
      [1, 2],
    );
  });

  test("where the long call of a promise is cancelled, calls of its result are told so", async () => {
    const shelves = new Shelves();
    const shelf = shelves.proxy();
    await shelves.settle();
    shelves.hold();
    const controller = new AbortController();
    const promised = within(shelf, { signal: controller.signal }).open(text(long));
    const call = settled(promised.put("never", ""));
    const next = settled(shelf.put("next", ""));
    await shelves.settle();
    controller.abort();
    await shelves.release();
    assert.equal((call.settled as { error: UpcallError }).error.code, "CANCELLED");
    assert.ok(next.settled !== null && "value" in next.settled);
    assert.deepEqual(shelves.entered, ["next"]);
  });

  test("a function that the server calls is an order, too", async () => {
    const shelves = new Shelves();
    const heard: string[] = [];
    void shelves
      .proxy()
      .back(async (name) => {
        heard.push(name);
        return name;
      })
      .catch(() => {});
    await shelves.settle();
    const { calling } = shelves;
    assert.ok(calling !== null);
    const all = [calling("long", text(long)), calling("short", "")];
    await shelves.settle();
    await Promise.all(all);
    assert.deepEqual(heard, ["long", "short"]);
  });
});

/** One step of a program that makes calls. */
const step = fc.record({
  /** Two proxies, one of them also by within(); a reference, and a promise of one. */
  order: fc.nat(3),
  oneway: fc.boolean(),
  length: fc.oneof(
    { weight: 3, arbitrary: fc.nat(200) },
    { weight: 2, arbitrary: fc.integer({ min: 4 * KiB, max: 200 * KiB }) },
    { weight: 3, arbitrary: fc.integer({ min: 257 * KiB, max: 700 * KiB }) },
  ),
  ends: fc.oneof(
    { weight: 6, arbitrary: fc.constant("settles" as const) },
    { weight: 2, arbitrary: fc.constant("cancelled" as const) },
    { weight: 1, arbitrary: fc.constant("late" as const) },
  ),
  afterwards: fc.constantFrom("goes on" as const, "awaits" as const, "lets a turn pass" as const, "holds" as const),
});

const tight: fc.Arbitrary<Partial<Limits>> = fc.record({
  running: fc.constantFrom(2, 1_024),
  earlyCalls: fc.constantFrom(2, 32),
  unsentPause: fc.constantFrom(64 * KiB, 1_024 * KiB),
});

test("whatever is called, cancelled and awaited, each order is entered in the order in which it was made", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 24 }),
      tight,
      fc.boolean(),
      async (steps, limits, open) => {
        const shelves = new Shelves({ serverLimits: limits });
        if (open) await shelves.settle();
        const shelf = shelves.proxy();
        const promised = shelf.open("");
        const orders = [shelf, shelves.proxy(), promised, shelf.open("")] as unknown as Proxy[];
        const ends: { name: [number, number]; result: { settled: Settled | null }; ends: string }[] = [];
        const later: AbortController[] = [];
        for (const [i, { order, oneway: noReply, length, ends: how, afterwards }] of steps.entries()) {
          const name: [number, number] = [order, i];
          const controller = new AbortController();
          const options: CallOptions =
            how === "settles" ? {} : how === "late" ? { timeout: 20 } : { signal: controller.signal };
          const proxy = within(orders[order] as object as Proxy, options);
          const made = noReply ? proxy.note(name, text(length)) : proxy.put(name, text(length));
          const result = settled(made as Promise<unknown>);
          ends.push({ name, result, ends: how });
          if (how === "cancelled") later.push(controller);
          if (afterwards === "holds") shelves.hold();
          if (afterwards === "lets a turn pass") shelves.pair.clock.turn();
          if (afterwards === "awaits") {
            later.shift()?.abort();
            await shelves.release();
          }
        }
        for (const controller of later) controller.abort();
        await shelves.pair.advance(30);
        await shelves.release();
        await shelves.settle();
        const entered = shelves.entered as [number, number][];
        for (const order of [0, 1, 2, 3]) {
          const mine = entered.filter(([one]) => one === order).map(([, i]) => i);
          assert.deepEqual(
            mine,
            mine.toSorted((a, b) => a - b),
          );
          assert.equal(new Set(mine).size, mine.length);
        }
        for (const { name, result, ends: how } of ends) {
          assert.notEqual(result.settled, null, `call ${name[1]} did not settle`);
          const ran = entered.some(([, i]) => i === name[1]);
          if (how === "settles") assert.ok(ran, `call ${name[1]} was not entered`);
          const { error } = result.settled as { error?: UpcallError };
          if (error?.outcome === "not-executed")
            assert.equal(ran, false, `call ${name[1]} ran and says that it did not`);
        }
        assert.equal(shelves.pair.client.calls.size, 0);
        assert.equal(shelves.pair.server.upcalls.size, 0);
      },
    ),
    { numRuns: 60 },
  );
});
