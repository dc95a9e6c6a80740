// Leaks of tables: what is left of a call when it is over, however it ended, is nothing, in this thread as in a pool.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { close, defaultLimits, type Limits, type ProxyOf, type UpcallError, within } from "upcall";
import type { Dispatcher } from "#internal/contract/callee.js";
import { Counters } from "#internal/counters.js";
import { Endpoint } from "#internal/endpoint/platform.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { loadSkeletons } from "#internal/workers/modules.js";
import { nodePlatform } from "#internal/workers/node-platform.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { Pool } from "#internal/workers/pool.js";
import { startProcess } from "#internal/workers/process.js";
import { startThread } from "#internal/workers/thread.js";
import type { StartWorker } from "#internal/workers/worker-contract.js";
import { type LinkEnd, link } from "../harness/link.ts";
import { ofTier, reaches } from "../harness/tier.ts";
import { Carrying, type How } from "./modules/carrying.ts";
import { until } from "./programs.ts";

const modules = [new URL("./modules/carrying.js", import.meta.url).href];
const most = ofTier({ quick: 24, gate: 32, all: 32 });
const limits: Limits = {
  ...defaultLimits,
  keepalive: 0,
  streams: 8,
  pipelined: most,
  running: most,
  references: 16,
  queueTime: 60_000,
};
/** More than there is room for in any table. */
const rounds = most * 1.5;

const newEndpoint = (): Endpoint =>
  new Endpoint(nodePlatform, limits, new Counters(), null, null, () => {}, "nothing", false);

type Subject = ProxyOf<typeof Carrying>;

/** The dispatcher of one model, and connections to it. */
class Place {
  readonly endpoint: Endpoint = newEndpoint();
  readonly dispatcher: Dispatcher;
  readonly close: () => Promise<void>;
  readonly ready: Promise<void>;

  constructor(inline: InlineDispatcher, start: StartWorker | null) {
    if (start === null) {
      this.dispatcher = inline;
      this.ready = Promise.resolve();
      this.close = () => inline.close();
    } else {
      const { expose, ambient } = this.endpoint;
      const task = {
        modules,
        interfaces: [Carrying.name],
        limits,
        expose,
        ambient,
        duty: { name: "upcalls" },
      } as const;
      const pool = new Pool(this.endpoint, task, [Carrying], start, inline);
      this.dispatcher = pool;
      this.ready = pool.open(1);
      this.close = () => pool.close();
    }
  }

  static async of(start: StartWorker | null): Promise<Place> {
    const skeletons = start === null ? await loadSkeletons(modules, [Carrying.name]) : [];
    const place = new Place(new InlineDispatcher(newEndpoint(), new SkeletonTable(skeletons)), start);
    await place.ready;
    return place;
  }
}

class Pair implements AsyncDisposable {
  readonly near: LinkEnd;
  readonly clientHome: Endpoint = newEndpoint();
  readonly client: Session;
  readonly server: Session;
  readonly subject: Subject;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
    const [near, far] = link();
    this.near = near;
    const common = { timeout: 30_000, onDraining: null, onClosed: () => {} };
    this.client = new Session(this.clientHome, near, {
      ...common,
      role: "connected",
      dispatcher: ownObjects(this.clientHome),
      interfaces: [Carrying],
    });
    const { endpoint, dispatcher } = place;
    this.server = new Session(endpoint, far, {
      ...common,
      role: "accepted",
      dispatcher,
      interfaces: [],
      accessHooks: null,
    });
    this.subject = proxyOf(Carrying, this.client, false);
  }

  /** What the two ends have in their tables. */
  get left(): Record<string, number> {
    const { client, server, clientHome } = this;
    const { runningNow, streamsNow, referencesNow, referencesHeldNow } = this.#place.endpoint.counters;
    return {
      streams: client.transfer.streams.table.size + server.transfer.streams.table.size,
      promised: client.upcalls.promised + server.upcalls.promised,
      running: client.upcalls.size + server.upcalls.size,
      pending: client.calls.size + server.calls.size,
      unanswered: client.calls.unanswered + server.calls.unanswered,
      objects: client.transfer.exports.size + server.transfer.exports.size,
      held: client.transfer.imports.size + server.transfer.imports.size,
      counted: runningNow + streamsNow + referencesNow + referencesHeldNow + clientHome.counters.streamsNow,
    };
  }

  async nothingLeft(): Promise<void> {
    const nothing = Object.fromEntries(Object.keys(this.left).map((name) => [name, 0]));
    const soon = AbortSignal.timeout(20_000);
    await until(() => soon.aborted || Object.values(this.left).every((count) => count === 0));
    assert.deepEqual(this.left, nothing);
  }

  /** Whatever the tables have room for still goes through. */
  async good(): Promise<void> {
    const { subject } = this;
    const calls = Array.from({ length: 4 }, async () => {
      assert.equal(await subject.read(parts(3)), 3);
      const name = closing(subject.open("value"), (one) => closing(one.open("value"), (two) => two.name()));
      assert.equal(await name, "a part");
      assert.equal(await subject.tell("value", () => {}), "told");
    });
    await Promise.all(calls);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

async function* parts(count = 100): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield `part ${i}`;
}

const part = { name: () => "the caller's", open: () => part, store: () => "stored" };

const inTheMiddle = "a chain that fails in its middle";

/** Calls of every kind that carries something: each gives how it ended. */
const kinds: Record<string, (subject: Subject, how: How) => Promise<unknown>> = {
  "a stream as an argument": (subject, how) => subject.store(how, parts()),
  "a function as an argument": (subject, how) => subject.tell(how, () => {}),
  "an object as an argument": (subject, how) => subject.give(how, part as never),
  "a stream as a result": async (subject, how) => {
    const items = await subject.items(how, parts());
    for await (const _ of items);
    return "items";
  },
  "an object as a result": async (subject, how) => {
    const one = await subject.open(how);
    await one[Symbol.asyncDispose]();
    return "closed";
  },
  "a call of what will be returned": (subject, how) => closing(subject.open(how), (one) => one.name()),
  "a chain": (subject, how) =>
    closing(subject.open(how), (one) =>
      closing(one.open("value"), (two) => closing(two.open("value"), (three) => three.name())),
    ),
  [inTheMiddle]: (subject, how) =>
    closing(subject.open("value"), (one) =>
      closing(one.open(how), (two) => closing(two.open("value"), (three) => three.name())),
    ),
  "a stream to what will be returned": (subject, how) =>
    closing(subject.open(how), (one) => one.store("value", parts())),
};

type Promised = ReturnType<Subject["open"]>;

/** Calls a result that is not here yet, and gives it back: by itself it goes only when the collector finds it. */
async function closing<T>(one: Promised, call: (one: Promised) => Promise<T>): Promise<T> {
  try {
    return await call(one);
  } finally {
    await close(one).catch(() => {});
  }
}

async function saysOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "returned";
  } catch (error) {
    const { code, reason } = error as UpcallError;
    return `${code} ${reason}`;
  }
}

/** Calls, a few at once, that must all end so. */
async function all(
  { server, client }: Pair,
  expected: RegExp,
  call: () => Promise<unknown>,
  count = rounds,
): Promise<void> {
  for (let made = 0; made < count; made += 4) {
    const said = await Promise.all(Array.from({ length: 4 }, () => saysOf(call())));
    for (const one of said) assert.match(one, expected);
    // A call that was given up is over when its upcall is.
    await until(() => server.upcalls.size === 0 && client.calls.unanswered === 0);
  }
}

for (const [name, start] of [
  ["inline", null],
  ["threads", (task, peer) => startThread(task, peer, () => {})],
  ["processes", (task, peer) => startProcess(task, peer, () => {})],
] as readonly (readonly [string, StartWorker | null])[]) {
  // A pool's tables are the same whatever its workers are.
  if (name === "processes" && !reaches("gate")) continue;
  suite(name, () => {
    let place: Place;
    before(async () => {
      place = await Place.of(start);
    });
    after(() => place.close());

    for (const [kind, call] of Object.entries(kinds)) {
      test(`${kind}: nothing is left of calls that return, fail, are given up or are late`, async () => {
        await using pair = new Pair(place);
        const { subject } = pair;
        await all(pair, /^returned$/, () => call(subject, "value"));
        await all(pair, /^NOT_FOUND THROWN$/, () => call(subject, "thrown"));
        await all(pair, /^NOT_FOUND THROWN$/, () => call(subject, "rejected"));
        if (kind !== inTheMiddle) {
          // What is called goes on where the call is given up that returns it; and the object may be the first to see it.
          await all(pair, /^(returned|CANCELLED ABORTED)$/, () => {
            const control = new AbortController();
            const given = call(within(subject, { signal: control.signal }), "given up");
            setImmediate(() => control.abort());
            return given;
          });
          const late = /^(returned|DEADLINE_EXCEEDED .*)$/;
          await all(pair, late, () => call(within(subject, { timeout: 20 }), "given up"), 12);
        }
        await pair.good();
        await pair.nothingLeft();
      });
    }

    test("nothing is left of calls whose connection is lost", async () => {
      for (const call of Object.values(kinds)) {
        const pair = new Pair(place);
        await pair.subject.ping();
        const said = Promise.all(Array.from({ length: 3 }, () => saysOf(call(pair.subject, "given up"))));
        await pair.subject.ping();
        pair.near.break();
        pair.near.other?.break();
        for (const one of await said) assert.match(one, /^UNAVAILABLE CONNECTION_LOST$/);
        await pair.nothingLeft();
      }
    });

    if (start !== null)
      test("nothing is left of calls whose worker ends", async () => {
        await using pair = new Pair(place);
        for (let i = 0; i < 3; i++) {
          const said = Object.values(kinds).map((call) => saysOf(call(pair.subject, "given up")));
          await pair.subject.ping();
          said.push(saysOf(pair.subject.tell("exit", () => {})));
          for (const one of await Promise.all(said)) assert.match(one, /^UNAVAILABLE WORKER_LOST$/);
          await pair.good();
        }
        await pair.nothingLeft();
      });

    test("nothing is left of calls whose arguments are refused, nor of those of their results", async () => {
      await using pair = new Pair(place);
      const { subject } = pair;
      const refused = () => subject.refused("x" as never, parts(), () => {}, part as never);
      await all(pair, /^INVALID_ARGUMENT BAD_ARGUMENT$/, () => refused());
      await all(pair, /^INVALID_ARGUMENT BAD_ARGUMENT$/, () => closing(refused(), (one) => one.name()));
      await all(pair, /^INVALID_ARGUMENT BAD_ARGUMENT$/, () =>
        closing(refused(), (one) => closing(one.open("value"), (two) => two.name())),
      );
      await pair.good();
      await pair.nothingLeft();
    });

    test("objects that were given back are not kept by the calls that returned them", async () => {
      await using pair = new Pair(place);
      for (let i = 0; i < 100; i++) {
        const one = await pair.subject.open("value");
        await one[Symbol.asyncDispose]();
      }
      // What was returned last may be on the stack still.
      await until(async () => (await pair.subject.alive()) < 20);
    });
  });
}
