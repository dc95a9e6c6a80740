// Property tests of streams: any interleaving of calls, items, cancels and a cut connection leaves every table empty,
// and no byte beyond the credit is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError, within } from "upcall";
import { fc } from "../harness/properties.ts";
import { ofTier } from "../harness/tier.ts";
import { FlowPair, nothingLeft } from "./pair.ts";
import { Tables, nothingLeft as tablesEmpty } from "./tables.ts";

const numRuns = ofTier({ quick: 50, gate: 200, all: 2_000 });

/** What a source does when it is asked for its next item. */
const item = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant("gives" as const), length: fc.nat(40_000) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("waits" as const), length: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom("throws" as const, "unfit" as const), length: fc.constant(0) }),
  },
);
type Item = { does: "gives" | "waits" | "throws" | "unfit"; length: number };

/** One source, watched: it is asked for one item at a time, never after its end, and is ended by the end of it all. */
class Watched implements AsyncIterableIterator<Uint8Array> {
  state: "fresh" | "running" | "finished" | "returned" = "fresh";
  readonly #items: readonly Item[];
  readonly #after: (ms: number) => Promise<void>;
  #at = 0;
  #asked = false;
  given = 0;

  constructor(items: readonly Item[], after: (ms: number) => Promise<void>) {
    this.#items = items;
    this.#after = after;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    assert.equal(this.#asked, false, "asked for an item before the last one was there");
    assert.ok(this.state === "fresh" || this.state === "running", `asked for an item when it was ${this.state}`);
    this.state = "running";
    const next = this.#items[this.#at++];
    if (next === undefined) {
      this.state = "finished";
      return { value: undefined, done: true };
    }
    this.#asked = true;
    if (next.does === "waits") await this.#after(next.length);
    this.#asked = false;
    if (next.does === "throws") {
      this.state = "finished";
      throw new UpcallError("ABORTED", "the source throws");
    }
    if (next.does === "unfit") return { value: (() => {}) as never, done: false };
    this.given++;
    return { value: new Uint8Array(next.length), done: false };
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    assert.notEqual(this.state, "returned", "ended twice");
    this.state = "returned";
    return { value: undefined, done: true };
  }
}

const items = fc.array(item, { maxLength: 30 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom("give" as const, "take" as const, "both" as const),
      near: fc.boolean(),
      items,
      most: fc.nat(40),
      wait: fc.nat(20),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constantFrom("leave" as const, "abort" as const), which: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant("pass" as const), ms: fc.nat(400) }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constantFrom("hold" as const, "release" as const), near: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("call" as const), near: fc.boolean() }) },
);

const limits = { streamWindow: 20_000, streamsWindow: 30_000, streams: 6, piece: 16_384, message: 36_000, drain: 500 };

test("any interleaving of calls, items, cancels and a cut connection leaves every table empty and every promise settled", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom("cut" as const, "close" as const, "close the other" as const),
      fc.option(fc.integer({ min: 1, max: 5000 })),
      async (steps, ending, segment) => {
        const manners = segment === null ? {} : { segment };
        const pair = new FlowPair({ limits, near: { ...manners }, far: { ...manners } });
        await pair.settle();
        const sources: Watched[] = [];
        const open: Promise<unknown>[] = [];
        const opened = (promise: Promise<unknown>): void => {
          promise.catch(() => {});
          open.push(promise);
        };
        const leaving: (() => unknown)[] = [];
        const aborting: AbortController[] = [];
        const after = (ms: number): Promise<void> => new Promise((resolve) => void pair.clock.after(ms, resolve));

        /** Reads at its own pace, so many items at most. */
        const read = async (stream: AsyncIterable<unknown>, most: number, wait: number): Promise<void> => {
          const iterator = stream[Symbol.asyncIterator]();
          leaving.push(() => iterator.return?.());
          for (let count = 0; count < most; count++) {
            if (wait > 15) await after(wait);
            const { done } = await iterator.next();
            if (done === true) return;
          }
          await iterator.return?.();
        };

        for (const next of steps) {
          if (next.act === "give" || next.act === "take" || next.act === "both") {
            const [flow, real] = next.near ? [pair.flow, pair.real] : [pair.back, pair.clientReal];
            const source = new Watched(next.items, after);
            sources.push(source);
            const controller = new AbortController();
            aborting.push(controller);
            const caller = within(flow, { signal: controller.signal, timeout: 300 });
            if (next.act === "give") {
              real.giving = () => source;
              opened(caller.give().then((stream) => read(stream, next.most, next.wait)));
            } else if (next.act === "take") {
              real.taking = (stream) => read(stream, next.most, next.wait);
              opened(caller.take(source));
            } else {
              real.mixing = (stream) => stream;
              opened(caller.both(source).then((stream) => read(stream, next.most, next.wait)));
            }
            // The object looks when it is entered.
            await pair.settle();
          } else if (next.act === "leave") void leaving[next.which]?.();
          else if (next.act === "abort") aborting[next.which]?.abort();
          else if (next.act === "pass") await pair.advance(next.ms);
          else if (next.act === "hold") pair[next.near ? "near" : "far"].held = true;
          else if (next.act === "release") pair[next.near ? "near" : "far"].release();
          else if (next.act === "call") opened((next.near ? pair.flow : pair.back).plain());
          for (const { session, endpoint } of [
            { session: pair.client, endpoint: pair.clientHome },
            { session: pair.server, endpoint: pair.serverHome },
          ]) {
            const { shared, size } = session.transfer.streams.table;
            assert.ok(shared.used >= 0 && shared.used <= limits.streamsWindow);
            assert.ok(size <= 2 * limits.streams);
            assert.equal(endpoint.counters.badFrames, 0);
          }
        }
        if (ending === "cut") {
          pair.near.break();
          pair.far.break();
        } else {
          pair.near.release();
          pair.far.release();
          void (ending === "close" ? pair.client : pair.server).close();
        }
        await pair.advance(10_000);
        const settled = await Promise.race([Promise.allSettled(open), pair.settle().then(() => null)]);
        assert.notEqual(settled, null, "a promise has not settled");
        // What came and was never read is its reader's.
        for (const leave of leaving) await leave();
        assert.deepEqual(pair.left, nothingLeft);
        for (const source of sources) assert.notEqual(source.state, "running", "a source was left running");
      },
    ),
    { numRuns },
  );
});

test("the wire shows no byte beyond the credit, whatever is given, read, held and left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ near: fc.boolean(), argument: fc.boolean(), items, most: fc.nat(40), hold: fc.nat(3) }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      async (streams, streamWindow, streamsWindow) => {
        // The tables hold every frame against what was granted, and throw.
        const tables = new Tables({ limits: { ...limits, streams: 128, streamWindow, streamsWindow } });
        const after = (): Promise<void> => new Promise((resolve) => tables.clock.nextTurn(resolve));
        const checks: (() => void)[] = [];
        const reading = streams.map(async ({ near, argument, items: given, most }) => {
          const of = argument ? "argument" : "result";
          const source = new Watched(given, after);
          const { reader, ends } = tables.give(source, { of, from: near ? tables.near : tables.far });
          checks.push(() => {
            assert.equal(ends.producer.length, 1);
            assert.equal(ends.reader.length, 1);
            assert.notEqual(source.state, "running");
          });
          for (let count = 0; count < most; count++) if ((await reader.next()).done === true) break;
          await reader.return();
        });
        for (const one of reading) one.catch(() => {});
        for (const { hold } of streams) {
          if (hold === 0) tables.near.end.held = true;
          if (hold === 1) tables.far.end.held = true;
          await tables.settle();
          tables.near.end.release();
          tables.far.end.release();
        }
        await tables.settle();
        await Promise.allSettled(reading);
        await tables.settle();
        assert.equal(tables.near.broken, null);
        assert.equal(tables.far.broken, null);
        assert.deepEqual(tables.left, tablesEmpty);
        for (const check of checks) check();
        for (const result of await Promise.allSettled(reading)) {
          if (result.status === "rejected") assert.ok(result.reason instanceof UpcallError, String(result.reason));
        }
      },
    ),
    { numRuns },
  );
});
