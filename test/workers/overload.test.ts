// Workers: a pool that is asked for ten times of what it can do, on virtual time. Its workers are played by hand: each
// works on one call after the other, as a thread does whose methods never wait.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpcallError } from "upcall";
import type { Limits } from "#internal/limits.js";
import { Session } from "#internal/session/native/session.js";
import { kind } from "#internal/wire/native/frame.js";
import type { FrameReader } from "#internal/wire/native/reader.js";
import { FrameReader as Reader } from "#internal/wire/native/reader.js";
import { Backlog } from "#internal/workers/backlog.js";
import type { WorkerHandle } from "#internal/workers/contract.js";
import { SharedMarks } from "#internal/workers/marks.js";
import { ownObjects } from "#internal/workers/own.js";
import { Pool } from "#internal/workers/pool.js";
import { clientSession, household, Work } from "../session/harness.ts";
import { link } from "../session/link.ts";
import { bodyOf, frameOf, prefaceBytes } from "../session/stranger.ts";
import { VirtualClock } from "../virtual-clock.ts";

/** Milliseconds of every upcall. */
const cost = 10;
const workers = 2;
/** Calls a second that the workers can do. */
const capacity = (workers * 1000) / cost;

/** A worker that begins a call when the one before is done. */
function worker(clock: VirtualClock): WorkerHandle {
  const [near, far] = link();
  const marks = new SharedMarks();
  const inbox: number[] = [];
  let working = false;
  const next = (): void => {
    const id = inbox.shift();
    working = id !== undefined;
    if (id === undefined) return;
    marks.start(id);
    clock.after(cost, () => {
      far.write(frameOf(kind.reply, { call: id }, bodyOf("done")));
      next();
    });
  };
  const frame = (header: FrameReader): boolean => {
    if (header.kind === kind.greeting)
      far.write(frameOf(kind.welcome, {}, bodyOf({ version: 1, limits: { calls: 4096, message: 1e6 } })));
    else if (header.kind === kind.call) {
      inbox.push(header.call);
      if (!working) next();
    }
    return true;
  };
  const reader = new Reader(1e6);
  far.write(prefaceBytes());
  far.start({ received: (bytes) => reader.push(bytes, { frame }), drained() {}, ended: () => far.end(), closed() {} });
  return {
    name: "a worker by hand",
    connection: near,
    marks,
    ready: Promise.resolve(),
    gone: new Promise(() => {}),
    give: null,
    counted: () => null,
    drain() {},
    end: () => Promise.resolve(),
  };
}

interface Fate {
  readonly made: number;
  settled: number;
  error: UpcallError | null;
}

/** A server with a pool and a client of it, for whom calls are made at a steady rate. */
class Overload {
  readonly clock: VirtualClock = new VirtualClock();
  readonly fates: Fate[] = [];
  readonly #client: Session;
  readonly #timeout: number;
  #made = 0;

  private constructor(client: Session, clock: VirtualClock, timeout: number) {
    this.#client = client;
    this.clock = clock;
    this.#timeout = timeout;
  }

  static async begin(timeout: number, limits: Partial<Limits> = {}): Promise<Overload> {
    const clock = new VirtualClock();
    const home = household(clock, { running: 8_192, ...limits });
    const task = { modules: [], interfaces: ["Work"], limits: home.limits, duty: { name: "upcalls" } } as const;
    const pool = new Pool(home, task, [Work], () => worker(clock), ownObjects(home));
    await pool.open(workers);
    const [near, far] = link();
    new Session(home, far, { role: "accepted", workplace: pool, interfaces: [], timeout: 30_000, onClosed: () => {} });
    const client = clientSession(household(clock, { waiting: 100_000, running: 8_192 }), near);
    await clock.settle();
    return new Overload(client.session, clock, timeout);
  }

  async offer(perSecond: number, ms: number): Promise<void> {
    for (let at = 0; at < ms; at++) {
      this.#made += perSecond / 1000;
      for (; this.#made >= 1; this.#made--) this.#call();
      await this.clock.advance(1);
    }
  }

  #call(): void {
    const entry = Work.table[0];
    assert.ok(entry);
    const fate: Fate = { made: this.clock.now(), settled: Number.NaN, error: null };
    this.fates.push(fate);
    const settled = (error: UpcallError | null): void => {
      fate.settled = this.clock.now();
      fate.error = error;
    };
    this.#client.call(0, entry, ["x"], { timeout: this.#timeout }).then(() => settled(null), settled);
  }
}

for (const [seconds, timeout] of [
  [60, 30_000],
  [15, 1_500],
  [15, 300],
] as const) {
  test(`ten times the load for ${seconds} s leaves the pool at work, the rest hears BUSY at once: deadlines of ${timeout} ms`, async () => {
    const pool = await Overload.begin(timeout);
    await pool.offer(capacity * 10, seconds * 1000);
    const good = pool.fates.filter(({ settled, error }) => settled > 0 && error === null);
    assert.ok(good.length >= 0.8 * capacity * seconds, `${good.length} of ${capacity * seconds}`);
    const busy = pool.fates.filter(({ error }) => error?.reason === "BUSY");
    assert.ok(busy.every(({ error }) => error?.outcome === "not-executed"));
    const late = busy.filter(({ made, settled }) => settled - made > 10);
    assert.ok(late.length <= 0.01 * busy.length, `${late.length} of ${busy.length} were late`);
    // What is neither done nor refused is what waits now: nothing was done in vain.
    const others = pool.fates.filter(({ error }) => error !== null && error.reason !== "BUSY");
    assert.ok(others.length <= 0.02 * good.length, `${others.length}: ${others[0]?.error?.reason}`);
    await pool.clock.advance(1_000);
    const from = pool.fates.length;
    await pool.offer(capacity / 2, 1_000);
    await pool.clock.advance(1_000);
    assert.ok(pool.fates.slice(from).every(({ error }) => error === null));
  });
}

test("a burst that the workers can do in time is refused nothing", async () => {
  const pool = await Overload.begin(30_000);
  await pool.offer(capacity * 500, 1);
  await pool.offer(capacity / 2, 2_000);
  assert.ok(pool.fates.length > 250);
  assert.ok(pool.fates.every(({ error }) => error === null));
});

test("how fast the workers are is known only while calls wait", () => {
  const backlog = new Backlog();
  backlog.look(0, 0, 0);
  backlog.look(10_000, 5, 3);
  assert.equal(backlog.wait(5), 0);
  backlog.look(10_050, 5, 8);
  assert.equal(backlog.wait(5), 0);
  backlog.look(10_100, 5, 13);
  assert.equal(backlog.wait(5), 50);
  backlog.look(10_200, 5, 100);
  assert.equal(backlog.wait(5), 50);
  backlog.look(10_600, 5, 513);
  assert.equal(backlog.wait(5), 5);
  backlog.look(11_200, 5, 513);
  assert.equal(backlog.wait(5), 5);
  backlog.look(11_600, 5, 514);
  assert.equal(backlog.wait(5), 5_000);
  backlog.look(11_700, 0, 520);
  assert.equal(backlog.wait(5), 0);
});
