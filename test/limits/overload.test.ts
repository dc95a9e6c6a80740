// Overload of a pool with ten times the load it can take, on virtual time: the queue, BUSY, and deadlines. Its workers
// are played by hand: each works on one call after the other, as a thread does whose methods never wait.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { UpcallError } from "upcall";
import { RunningCall } from "#internal/call/running/running.js";
import type { Decoder } from "#internal/codec/decode.js";
import type { Limits } from "#internal/limits.js";
import { Session } from "#internal/session/native/session.js";
import { kind } from "#internal/wire/native/frame.js";
import type { FrameReader } from "#internal/wire/native/reader.js";
import { FrameReader as Reader } from "#internal/wire/native/reader.js";
import { Backlog } from "#internal/workers/backlog.js";
import { BodyMemory } from "#internal/workers/body-memory.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { Pool } from "#internal/workers/pool.js";
import { PoolCall } from "#internal/workers/pool-call.js";
import { noPeer, type PoolHeader, readPoolHeader } from "#internal/workers/pool-header.js";
import { targetsOf } from "#internal/workers/pool-target.js";
import { PoolWorker } from "#internal/workers/pool-worker.js";
import { onThread, SharedProgress } from "#internal/workers/progress.js";
import type { WorkerHandle } from "#internal/workers/worker-contract.js";
import { link } from "../harness/link.ts";
import { owner } from "../harness/owner.ts";
import { clientSession, newEndpoint, Work } from "../harness/sessions.ts";
import { bodyOf, frameOf, prefaceBytes } from "../harness/stranger.ts";
import { ofTier, reaches } from "../harness/tier.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

/** Milliseconds of every upcall. */
const cost = 10;
const workers = 2;
/** Milliseconds after which what came with the first of the load is over. */
const setsIn = 3_000;
/** Calls a second that the workers can do. */
const capacity = (workers * 1000) / cost;

/** A worker that begins a call when the one before is done. */
function worker(clock: VirtualClock, decoder: Decoder): WorkerHandle {
  const [near, far] = link();
  const progress = new SharedProgress();
  const inbox: { readonly id: number; readonly deadline: number }[] = [];
  const late = bodyOf({ code: "DEADLINE_EXCEEDED", reason: "EXPIRED", outcome: "not-executed", message: "too late" });
  let working = false;
  const next = (): void => {
    let call = inbox.shift();
    for (; call !== undefined && clock.now() >= call.deadline; call = inbox.shift())
      far.write(frameOf(kind.failure, { call: call.id }, late));
    working = call !== undefined;
    if (call === undefined) return;
    const { id } = call;
    progress.start(id);
    clock.after(cost, () => {
      far.write(frameOf(kind.reply, { call: id }, bodyOf("done")));
      next();
    });
  };
  const frame = (header: FrameReader, bytes: Uint8Array, start: number): boolean => {
    if (header.kind === kind.greeting)
      far.write(frameOf(kind.welcome, {}, bodyOf({ version: 1, limits: { calls: 4096, message: 1e6 } })));
    else if (header.kind === kind.call) {
      const note: PoolHeader = { until: 0, peer: noPeer, identity: null };
      void readPoolHeader(decoder, bytes, start, note);
      inbox.push({ id: header.call, deadline: onThread(note.until) });
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
    progress,
    ready: Promise.resolve(),
    gone: new Promise(() => {}),
    give: null,
    counted: () => null,
    listener: { told: null },
    say() {},
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
    const endpoint = newEndpoint(clock, { running: 8_192, ...limits });
    const { limits: known, decoder } = endpoint;
    const duty = { name: "upcalls" } as const;
    const task = { modules: [], interfaces: ["Work"], limits: known, duty, expose: "nothing", ambient: false } as const;
    const pool = new Pool(endpoint, task, [Work], () => worker(clock, decoder), ownObjects(endpoint));
    await pool.open(workers);
    const [near, far] = link();
    new Session(endpoint, far, {
      role: "accepted",
      dispatcher: pool,
      interfaces: [],
      timeout: 30_000,
      onDraining: null,
      onClosed: () => {},
    });
    const client = clientSession(newEndpoint(clock, { waiting: 100_000, running: 8_192 }), near);
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
  [ofTier({ quick: 10, gate: 15, all: 60 }), 30_000],
  [15, 1_500],
  [ofTier({ quick: 10, gate: 15, all: 15 }), 300],
] as const) {
  // What is between the longest and the shortest.
  if (timeout === 1_500 && !reaches("gate")) continue;
  test(`ten times the load for ${seconds} s leaves the pool at work, the rest hears BUSY at once: deadlines of ${timeout} ms`, async () => {
    const pool = await Overload.begin(timeout);
    await pool.offer(capacity * 10, seconds * 1000);
    const good = pool.fates.filter(({ settled, error }) => settled > 0 && error === null);
    const steady = good.filter(({ made }) => made >= setsIn).length;
    const possible = capacity * (seconds - setsIn / 1000);
    assert.ok(steady >= 0.8 * possible, `${steady} of ${possible}`);
    const busy = pool.fates.filter(({ error }) => error?.reason === "BUSY");
    assert.ok(busy.every(({ error }) => error?.outcome === "not-executed"));
    // What waits when the load sets in waits too long; from then on nobody does, and nothing is done in vain.
    const late = busy.filter(({ made, settled }) => settled - made > 10);
    assert.ok(late.every(({ made }) => made < 300) && late.length < 0.01 * capacity * 10 * 60, `${late.length}`);
    const others = pool.fates.filter(({ error }) => error !== null && error.reason !== "BUSY");
    assert.ok(
      others.every(({ made }) => made < setsIn),
      `${others.at(-1)?.made}: ${others.at(-1)?.error?.reason}`,
    );
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

test("a long message on its way to a worker is no call that the worker lets wait", async () => {
  const clock = new VirtualClock();
  const endpoint = newEndpoint(clock);
  // It reads nothing and begins nothing.
  const [connection] = link();
  const played = { ...worker(clock, endpoint.decoder), connection };
  const member = new PoolWorker(endpoint, played, [Work], {
    room() {},
    lost: () => ({ incident: "0", why: "it ended" }),
    done() {},
    move() {},
  });
  const target = targetsOf([Work])["Work"]?.["echo"];
  assert.ok(target);
  const given = (body: Uint8Array): void => {
    const call = new RunningCall({ ...owner, endpoint }, 1, target, false, 60_000);
    member.take(new PoolCall(endpoint, new BodyMemory(), call, target, body, 0, body.length, true));
  };
  given(new Uint8Array(endpoint.limits.piece + 1));
  await clock.advance(5_000);
  // It weighs as much as sixteen, so that what is not behind it goes to another worker.
  assert.deepEqual([member.load, member.unbegun, member.waited(clock.now())], [16, 0, 0]);
  given(new Uint8Array(endpoint.limits.piece));
  assert.deepEqual([member.load, member.unbegun, member.waited(clock.now())], [17, 2, 0]);
  await clock.advance(5_000);
  assert.equal(member.waited(clock.now()), 5_000);
});

test("how fast the workers are is known while calls wait, and for a second afterwards", () => {
  const backlog = new Backlog();
  backlog.look(0, 0, 0, 0);
  backlog.look(10_000, 5, 3, 60);
  assert.equal(backlog.wait(5), 0);
  backlog.look(10_249, 5, 27, 60);
  assert.equal(backlog.wait(5), 0);
  backlog.look(10_250, 5, 28, 60);
  assert.equal(backlog.wait(5), 50);
  backlog.look(10_400, 5, 100, 60);
  assert.equal(backlog.wait(5), 50);
  backlog.look(10_750, 5, 528, 60);
  assert.equal(backlog.wait(5), 5);
  // Where nothing ends, the time goes on.
  backlog.look(11_250, 5, 528, 60);
  assert.equal(backlog.wait(5), 5);
  backlog.look(11_750, 5, 529, 60);
  assert.equal(backlog.wait(5), 5_000);
  backlog.look(11_900, 0, 540, 0);
  assert.equal(backlog.wait(5), 5_000);
  backlog.look(12_751, 1, 540, 0);
  assert.equal(backlog.wait(5), 0);
});

test("calls that wait for a short time are refused nothing, however many there are", () => {
  const backlog = new Backlog();
  for (let now = 0; now < 2_000; now += 10) backlog.look(now, 5_000, now / 10, 49);
  assert.equal(backlog.wait(5_000), 0);
  backlog.look(2_000, 5_000, 201, 50);
  assert.equal(backlog.wait(5_000), 50_000);
});
