// Streams that are never read: one that came as a result and is forgotten (garbage collected) ends, one in arguments
// ends with its call.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { connect, data, defineInterface, type LeakReport, method, type ProxyOf, serve, stream } from "upcall";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const Clock = defineInterface("Clock", {
  ticks: method({ args: [], returns: stream<number>() }),
  /** Does not read it. */
  ignore: method({ args: [stream<number>()] }),
  count: method({ args: [stream<number>()], returns: data<number>() }),
});

class RealClock {
  open = 0;
  /** Lets sources go on after their first item. */
  go: () => void = () => {};
  readonly #gone: Promise<void> = new Promise((resolve) => {
    this.go = resolve;
  });

  async *ticks(): AsyncGenerator<number> {
    this.open++;
    try {
      yield 1;
      await this.#gone;
      for (let i = 2; ; i++) yield i;
    } finally {
      this.open--;
    }
  }

  ignore(): void {}

  async count(items: AsyncIterable<number>): Promise<number> {
    let count = 0;
    for await (const _ of items) count++;
    return count;
  }
}

/** Collects until it is so. Calls meanwhile: the last result of all is still in somebody's hands. */
async function collected(clock: ProxyOf<typeof Clock>, so: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !so(); i++) {
    collect();
    await clock.count([]);
    await turn();
  }
  assert.ok(so(), "the collector found it");
}

for (const url of ["memory:forgotten", "tcp://127.0.0.1:0"]) {
  suite(url.split(":")[0] ?? url, () => {
    const leaks: LeakReport[] = [];
    const onLeak = (report: LeakReport): void => void leaks.push(report);

    test("a result that nobody has any more ends, its source is told, and so is whoever wants to hear of it", async () => {
      const real = new RealClock();
      await using server = await serve(Clock, real, url);
      await using clock = await connect(Clock, server.url, { onLeak });
      real.go();
      await forget(clock, 20);
      await collected(clock, () => real.open === 0);
      assert.equal(server.counters().streamsNow, 0);
      assert.equal(server.counters().streamsStopped, 20);
      assert.equal(leaks.length, 20);
      const [{ interface: name, made } = { interface: "", made: "" }] = leaks.splice(0);
      assert.deepEqual([name, made], ["upcall.Stream", "Clock.ticks result"]);
    });

    test("one that is read, or that somebody has, goes on, and one that was left or has ended is none", async () => {
      const real = new RealClock();
      await using server = await serve(Clock, real, url);
      await using clock = await connect(Clock, server.url, { onLeak });
      real.go();
      await leave(clock);
      const had = await clock.ticks();
      for (let i = 0; i < 20; i++) {
        collect();
        await turn();
      }
      const reader = had[Symbol.asyncIterator]();
      assert.deepEqual(await reader.next(), { value: 1, done: false });
      assert.deepEqual(await reader.next(), { value: 2, done: false });
      assert.deepEqual(leaks, []);
      await reader.return?.();
    });

    test("an item that was asked for comes, and then the stream ends", async () => {
      const real = new RealClock();
      await using server = await serve(Clock, real, url);
      await using clock = await connect(Clock, server.url, { onLeak });
      const second = await ask(clock);
      // Forgotten while the item is on its way.
      await collected(clock, () => leaks.length === 1);
      assert.equal(real.open, 1);
      real.go();
      assert.deepEqual(await second.item, { value: 2, done: false });
      await collected(clock, () => real.open === 0);
      leaks.splice(0);
    });

    test("one in arguments that the method does not read ends with its call", async () => {
      await using server = await serve(Clock, new RealClock(), url);
      await using clock = await connect(Clock, server.url);
      const source = new Source();
      for (let i = 0; i < 200; i++) await clock.ignore(source);
      assert.equal(source.asked, 0);
      while (server.counters().streamsNow > 0) await turn();
      assert.equal(await clock.count([1, 2, 3]), 3);
    });
  });
}

/** In a function of its own, so that nothing here keeps them. */
async function forget(clock: ProxyOf<typeof Clock>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await clock.ticks();
}

async function leave(clock: ProxyOf<typeof Clock>): Promise<void> {
  for await (const tick of clock.ticks()) if (tick === 1) break;
}

/** Asks for the second item, and keeps nothing but its promise. */
async function ask(clock: ProxyOf<typeof Clock>): Promise<{ item: Promise<IteratorResult<number>> }> {
  const reader = (await clock.ticks())[Symbol.asyncIterator]();
  assert.equal((await reader.next()).value, 1);
  return { item: reader.next() };
}

class Source implements AsyncIterable<number> {
  asked = 0;

  [Symbol.asyncIterator](): AsyncIterator<number> {
    this.asked++;
    return { next: () => Promise.resolve({ value: 1, done: false }) };
  }
}
