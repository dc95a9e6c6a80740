// The load of `upcall bench` by a clock that stands still until a test moves it: how many calls when, and what their
// times count from.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { UpcallError } from "upcall";
import type { Link } from "#internal/cli/bench/lane.js";
import { Load, type LoadTerms, type Time } from "#internal/cli/bench/load.js";
import { Tally } from "#internal/cli/bench/tally.js";
import { fc } from "../../harness/properties.ts";
import { VirtualClock } from "../../harness/virtual-clock.ts";

const busy = (): UpcallError =>
  new UpcallError("RESOURCE_EXHAUSTED", "no", { reason: "BUSY", outcome: "not-executed" });

/** A server that does one call after the other. */
class Server {
  readonly link: Link;
  readonly calledAt: number[] = [];
  running = 0;
  most = 0;
  /** Fails each call at once, instead of doing it. */
  failing: UpcallError | null = null;
  over = false;
  #free = 0;

  constructor(clock: VirtualClock, service: (index: number) => number) {
    this.link = {
      over: () => this.over,
      call: () => {
        const index = this.calledAt.push(clock.now()) - 1;
        if (this.failing !== null) return Promise.reject(this.failing);
        this.most = Math.max(this.most, ++this.running);
        this.#free = Math.max(this.#free, clock.now()) + service(index);
        return new Promise<void>((resolve) => {
          clock.after(this.#free - clock.now(), () => {
            this.running--;
            resolve();
          });
        });
      },
    };
  }
}

class Bench {
  readonly clock: VirtualClock = new VirtualClock();
  readonly tally: Tally = new Tally();
  readonly servers: readonly Server[];
  readonly load: Load;
  closed = 0;
  over: "no" | "yes" | UpcallError = "no";

  /** @param late milliseconds by which the load's timers are late */
  constructor(terms: Partial<LoadTerms>, service: (index: number) => number, servers = 1, late = 0) {
    this.servers = Array.from({ length: servers }, () => new Server(this.clock, service));
    const time: Time = {
      now: () => this.clock.now(),
      after: (ms, fn) => this.clock.after(ms + late, fn),
      early: 0,
    };
    const links = this.servers.map(({ link }) => link);
    const all: LoadTerms = { inFlight: 1, duration: null, calls: null, rate: null, ...terms };
    this.load = new Load(time, links, all, this.tally, () => this.closed++);
  }

  get server(): Server {
    assert.ok(this.servers[0] !== undefined);
    return this.servers[0];
  }

  /** Begins, and lets so much time pass. */
  async run(milliseconds: number): Promise<void> {
    this.load.run().then(
      () => {
        this.over = "yes";
      },
      (error: UpcallError) => {
        this.over = error;
      },
    );
    await this.clock.advance(milliseconds);
  }
}

suite("the closed loop", () => {
  test("makes the next call when one ends, as many at once as there are lanes, until the time is over", async () => {
    const bench = new Bench({ inFlight: 3, duration: 100 }, () => 2);
    await bench.run(99);
    assert.deepEqual([bench.server.running, bench.over, bench.closed], [3, "no", 0]);
    await bench.clock.advance(20);
    assert.deepEqual([bench.over, bench.closed, bench.server.most], ["yes", 1, 3]);
    // The server ends a call each 2 ms; three more were under way at the end.
    assert.deepEqual([bench.tally.endedWithin, bench.load.begun, bench.tally.returned], [49, 52, 52]);
    assert.deepEqual([bench.load.elapsed, bench.load.running], [100, 0]);
    assert.equal(bench.tally.times.max, 6);
  });

  test("makes so many calls and no more, and measures until the last one ended", async () => {
    const bench = new Bench({ inFlight: 4, calls: 10 }, () => 3);
    await bench.run(1000);
    assert.deepEqual([bench.load.begun, bench.tally.returned, bench.load.elapsed, bench.over], [10, 10, 30, "yes"]);
    assert.equal(bench.tally.endedWithin, 10);
    const few = new Bench({ inFlight: 64, calls: 2 }, () => 3);
    await few.run(1000);
    assert.deepEqual([few.load.begun, few.over], [2, "yes"]);
  });

  test("shares the lanes out evenly among the connections", async () => {
    const bench = new Bench({ inFlight: 7, calls: 700 }, () => 1, 3);
    await bench.run(1);
    assert.deepEqual(
      bench.servers.map(({ most }) => most),
      [3, 2, 2],
    );
  });

  test("a stall counts once for each lane, and its correction as long as it was", async () => {
    const bench = new Bench({ inFlight: 1, calls: 1_000 }, (index) => (index === 500 ? 1_000 : 1));
    await bench.run(3_000);
    const { times } = bench.tally;
    assert.deepEqual([times.count, times.max], [1_000, 1_000]);
    assert.ok(times.percentile(990) < 1.01);
    const corrected = times.corrected(1);
    assert.equal(corrected.count, 1_999);
    assert.ok(corrected.percentile(900) > 790);
  });
});

suite("the open loop", () => {
  test("makes calls when they are due, whatever became of the others", async () => {
    const bench = new Bench({ inFlight: 1_000, duration: 1_000, rate: 200 }, () => 50);
    await bench.run(1_000);
    assert.deepEqual(
      bench.server.calledAt,
      Array.from({ length: 200 }, (_, index) => index * 5),
    );
    assert.deepEqual([bench.load.overdue, bench.tally.late.max], [0, 0]);
    await bench.clock.advance(10_000);
    assert.deepEqual([bench.over, bench.tally.returned, bench.load.elapsed], ["yes", 200, 1_000]);
  });

  test("a call counts from when it was due, though no lane was free to make it", async () => {
    // A call each 10 ms, of which the 50th holds the server up for a second.
    const bench = new Bench({ inFlight: 2, duration: 3_000, rate: 100 }, (index) => (index === 50 ? 1_001 : 1));
    await bench.run(10_000);
    assert.deepEqual([bench.load.begun, bench.load.overdue, bench.server.most], [300, 0, 2]);
    // What nobody holds up: each is done when it was due or when the one before it was, and takes its time.
    let free = 0;
    const truth = Array.from({ length: 300 }, (_, index) => {
      free = Math.max(free, index * 10) + (index === 50 ? 1_001 : 1);
      return free - index * 10;
    }).toSorted((one, other) => one - other);
    for (const perMille of [100, 500, 700, 900, 990, 1000]) {
      const exact = truth[Math.ceil((300 * perMille) / 1000) - 1] ?? 0;
      const found = bench.tally.times.percentile(perMille);
      assert.ok(exact <= found && found <= exact * (1 + 1 / 256), `${perMille}: ${found} for ${exact}`);
    }
    assert.ok(bench.tally.late.max > 900);
  });

  test("tells what was due and could not be made", async () => {
    // The server does 100 calls a second of 200, one lane makes no more.
    const bench = new Bench({ inFlight: 1, duration: 1_000, rate: 200 }, () => 10);
    await bench.run(2_000);
    assert.deepEqual([bench.over, bench.load.begun, bench.load.overdue], ["yes", 100, 100]);
  });

  test("however late its timers are, calls count from when they were due, and nothing after the end counts", async () => {
    const bench = new Bench({ inFlight: 100, duration: 100, rate: 100 }, () => 1, 1, 28);
    await bench.run(1_000);
    // What is due at 10 is made 28 ms later, with what has become due meanwhile; what is due at 40 and 70 by a lane whose
    // call ends just then.
    assert.deepEqual(bench.server.calledAt, [0, 38, 38, 38, 40, 68, 68, 70, 98, 98]);
    assert.deepEqual([bench.load.begun, bench.load.overdue, bench.load.elapsed], [10, 0, 100]);
    assert.deepEqual([bench.tally.late.max, bench.tally.times.max], [28, 29]);
    // The last one ends at 100, and the load hears at 128 that its time is up.
    assert.deepEqual([bench.tally.endedWithin, bench.tally.returned], [9, 10]);
  });

  test("makes so many calls and no more", async () => {
    const bench = new Bench({ inFlight: 4, calls: 7, rate: 10 }, () => 1);
    await bench.run(5_000);
    assert.deepEqual([bench.load.begun, bench.load.overdue, bench.load.elapsed, bench.over], [7, 0, 601, "yes"]);
  });

  test("all connections get their share", async () => {
    const bench = new Bench({ inFlight: 6, calls: 30, rate: 10 }, () => 1, 3);
    await bench.run(5_000);
    assert.deepEqual(
      bench.servers.map(({ calledAt }) => calledAt.length),
      [10, 10, 10],
    );
  });

  test("where one is lost the others go on, and no call is wasted on it", async () => {
    const bench = new Bench({ inFlight: 4, duration: 1_000, rate: 10 }, () => 1, 2);
    const [lost, other] = bench.servers;
    assert.ok(lost !== undefined && other !== undefined);
    [lost.failing, lost.over] = [busy(), true];
    await bench.run(2_000);
    assert.deepEqual([lost.calledAt.length, other.calledAt.length, bench.load.lost], [1, 9, 1]);
    assert.deepEqual([bench.over, bench.tally.failed, bench.tally.returned], ["yes", 1, 9]);
  });
});

suite("failures", () => {
  test("are counted by kind, and the lane goes on in the next turn", async () => {
    const bench = new Bench({ inFlight: 2, calls: 8 }, () => 1);
    bench.server.failing = busy();
    await bench.run(0);
    assert.deepEqual([bench.over, bench.tally.failed, bench.tally.times.count], ["yes", 8, 0]);
    const [failure, ...more] = bench.tally.failures.values();
    assert.deepEqual([failure?.reason, failure?.count, more.length], ["BUSY", 8, 0]);
  });

  test("ends at once where each further call would fail in the same way", async () => {
    const bench = new Bench({ inFlight: 2, duration: 1_000 }, () => 1);
    const error = new UpcallError("INVALID_ARGUMENT", "no", { reason: "BAD_ARGUMENT", outcome: "not-executed" });
    bench.server.failing = error;
    await bench.run(0);
    assert.equal(bench.over, error);
    assert.equal(bench.server.calledAt.length, 2);
  });

  test("does not end for that where one has returned", async () => {
    const bench = new Bench({ inFlight: 1, calls: 5 }, () => 1);
    await bench.run(2);
    bench.server.failing = new UpcallError("UNIMPLEMENTED", "no", { reason: "NO_METHOD", outcome: "not-executed" });
    await bench.clock.advance(10);
    assert.deepEqual([bench.over, bench.tally.returned, bench.tally.failed], ["yes", 3, 2]);
  });

  test("a call that ended by its deadline counts as long as it took; other failures do not", async () => {
    const tally = new Tally();
    tally.hasFailed(new UpcallError("DEADLINE_EXCEEDED", "late", { reason: "TIMEOUT", outcome: "unknown" }), 500);
    tally.hasFailed(new UpcallError("DEADLINE_EXCEEDED", "later", { reason: "TIMEOUT", outcome: "unknown" }), 700);
    tally.hasFailed(busy(), 1);
    tally.hasFailed("thrown text", 1);
    assert.deepEqual([tally.failed, tally.times.count, tally.times.max], [4, 2, 700]);
    assert.deepEqual(
      [...tally.failures.values()].map(({ reason, count, longest, message }) => [reason, count, longest, message]),
      [
        ["TIMEOUT", 2, 700, "late"],
        ["BUSY", 1, 1, "no"],
        ["SYSTEM", 1, 1, "thrown text"],
      ],
    );
  });

  test("ends when every connection is lost", async () => {
    for (const rate of [null, 1_000]) {
      const bench = new Bench({ inFlight: 4, duration: 60_000, rate }, () => 1, 2);
      await bench.run(10);
      for (const server of bench.servers) [server.failing, server.over] = [busy(), true];
      await bench.clock.advance(10);
      assert.deepEqual([bench.over, bench.load.lost, bench.closed], ["yes", 2, 1]);
      assert.ok(bench.load.elapsed < 20);
    }
  });
});

suite("stopped", () => {
  test("calls that run get a moment, and those that hang are left", async () => {
    const bench = new Bench({ inFlight: 3, duration: 60_000 }, (index) => (index === 4 ? 100_000 : 1));
    await bench.run(50);
    bench.load.stop();
    await bench.clock.advance(100);
    assert.equal(bench.over, "no");
    await bench.clock.advance(200);
    assert.deepEqual([bench.over, bench.load.elapsed, bench.tally.returned, bench.load.running], ["yes", 50, 4, 3]);
    await bench.clock.advance(200_000);
    assert.deepEqual([bench.tally.returned, bench.clock.timers], [4, 0]);
  });

  test("ends as soon as nothing runs, and leaves no timer", async () => {
    for (const rate of [null, 100]) {
      const bench = new Bench({ inFlight: 2, duration: 60_000, rate }, () => 1);
      await bench.run(50);
      bench.load.stop();
      bench.load.stop();
      await bench.clock.advance(3);
      assert.deepEqual([bench.over, bench.load.running, bench.closed, bench.clock.timers], ["yes", 0, 1, 0]);
    }
  });
});

test("whatever is asked for, calls add up and no more are in flight than allowed", async () => {
  const terms = fc.record({
    inFlight: fc.integer({ min: 1, max: 9 }),
    duration: fc.option(fc.integer({ min: 1, max: 300 })),
    calls: fc.option(fc.integer({ min: 1, max: 60 })),
    rate: fc.option(fc.integer({ min: 1, max: 2_000 })),
  });
  const services = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(terms, services, fc.integer({ min: 1, max: 3 }), async (asked, service, servers) => {
      const duration = asked.duration ?? (asked.calls === null ? 100 : null);
      // A service of nothing, in time that stands still, would never come to an end.
      const bench = new Bench(
        { ...asked, duration },
        (index) => Math.max(1, service[index % service.length] ?? 1),
        servers,
      );
      await bench.run(100_000);
      const { load, tally } = bench;
      assert.deepEqual([bench.over, bench.closed, bench.clock.timers], ["yes", 1, 0]);
      assert.equal(tally.returned, load.begun);
      assert.equal(tally.times.count, load.begun);
      assert.ok(tally.endedWithin <= load.begun);
      assert.ok(asked.calls === null || load.begun <= asked.calls);
      assert.ok(duration === null || load.elapsed <= duration);
      assert.ok(bench.servers.reduce((sum, { most }) => sum + most, 0) <= asked.inFlight);
      if (asked.rate !== null && duration !== null) {
        const due = Math.min(asked.calls ?? Number.POSITIVE_INFINITY, Math.ceil((load.elapsed * asked.rate) / 1000));
        assert.equal(load.begun + load.overdue, due);
      }
    }),
    { numRuns: 60 },
  );
});
