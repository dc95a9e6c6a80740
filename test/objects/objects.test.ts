// Objects for each connection or each call (`per`): made and disposed of in this thread, where every step can be seen.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  close,
  connect,
  context,
  defineInterface,
  type Implementation,
  type IncidentReport,
  implement,
  method,
  type ObjectContext,
  open,
  Skeleton,
  serve,
  UpcallError,
  within,
} from "upcall";
import * as small from "upcall/memory";
import { localPeer } from "#internal/peer.js";
import { media } from "../harness/media.ts";
import { Counter, Line, RealCounter, RealLine } from "./counter.ts";

const Work = defineInterface("Work", {
  who: method<() => string>(),
  number: method<() => number>({ plain: "value" }),
  wait: method<() => void>(),
});

/** Something that is waited for, and said by somebody else. */
class Event<T = void> {
  readonly happened: Promise<T>;
  say!: (what: T) => void;

  constructor() {
    this.happened = new Promise((resolve) => {
      this.say = resolve;
    });
  }
}

/** Goes round the event loop until something is so. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve));
}

let urls = 0;
const newUrl = (): string => `memory:state-${++urls}`;

for (const medium of media) {
  suite(`one object for each connection, over ${medium.name}`, () => {
    test("it is made by the first call, once, and told whom it is for", async () => {
      const made: ObjectContext[] = [];
      const counter = implement(
        Counter,
        (given) => {
          made.push(given);
          return new RealCounter(given);
        },
        { per: "connection" },
      );
      await using server = await serve([counter], medium.url());
      await using connection = await open(server.url);
      await connection.ping();
      assert.equal(made.length, 0);
      const [one, same] = [connection.proxy(Counter), connection.proxy(Counter)];
      assert.deepEqual(await Promise.all([one.count(), same.count(), one.count()]), [1, 2, 3]);
      assert.equal(made.length, 1);
      await using other = await connect(Counter, server.url);
      assert.equal(await other.count(), 1);
      assert.equal(made.length, 2);
      assert.notEqual(made[0], made[1]);
      assert.equal(made[0]?.signal.aborted, false);
    });

    test("its signal aborts, then it is disposed of, when the caller is gone", async () => {
      const steps: string[] = [];
      const disposed = new Event();
      const counter = implement(
        Counter,
        (given) => {
          given.signal.addEventListener("abort", () => steps.push("aborted"));
          return Object.assign(new RealCounter(given), {
            async [Symbol.asyncDispose]() {
              steps.push("disposed");
              disposed.say();
            },
            [Symbol.dispose]: () => steps.push("disposed of twice"),
          });
        },
        { per: "connection" },
      );
      await using server = await serve([counter], medium.url());
      const proxy = await connect(Counter, server.url);
      await proxy.count();
      assert.deepEqual(steps, []);
      await close(proxy);
      await disposed.happened;
      assert.deepEqual(steps, ["aborted", "disposed"]);
    });
  });

  suite(`one object for each call, over ${medium.name}`, () => {
    test("it is entered with its call's context, and disposed of when its method is done", async () => {
      const disposed: string[] = [];
      const gate = new Event();
      let made = 0;
      const work = implement(
        Work,
        ({ peer, signal }) => {
          const id = ++made;
          const object: Implementation<typeof Work> = {
            who: () => `${context().peer === peer} ${context().signal === signal}`,
            number: () => id,
            wait: () => gate.happened,
          };
          return { ...object, [Symbol.dispose]: () => disposed.push(`${id}`) };
        },
        { per: "call" },
      );
      await using server = await serve([work], medium.url());
      await using proxy = await connect(Work, server.url);
      assert.equal(await proxy.who(), "true true");
      assert.deepEqual(disposed, ["1"]);
      const waiting = proxy.wait();
      assert.deepEqual(await Promise.all([proxy.number(), proxy.number()]), [3, 4]);
      assert.deepEqual(disposed, ["1", "3", "4"]);
      gate.say();
      await waiting;
      assert.deepEqual(disposed, ["1", "3", "4", "2"]);
    });
  });
}

suite("a function that makes no object", () => {
  for (const per of ["connection", "call"] as const) {
    test(`for a ${per}: its call fails and has not run, and the next one asks it again`, async () => {
      let asked = 0;
      const counter = implement(
        Counter,
        (given) => {
          asked++;
          if (asked === 1) throw new UpcallError("PERMISSION_DENIED", "not on Mondays");
          if (asked === 2) return Promise.reject(new TypeError("no table"));
          if (asked === 3) throw null;
          return new RealCounter(given);
        },
        { per },
      );
      const incidents: IncidentReport[] = [];
      await using server = await serve([counter], newUrl(), { onError: (report) => incidents.push(report) });
      await using proxy = await connect(Counter, server.url);
      const terms = { reason: "THROWN", outcome: "not-executed" };
      await assert.rejects(proxy.count(), { ...terms, code: "PERMISSION_DENIED", message: /not on Mondays/ });
      await assert.rejects(proxy.count(), { ...terms, code: "UNKNOWN", message: /makes Counter for each .* failed/ });
      await assert.rejects(proxy.count(), { ...terms, code: "UNKNOWN" });
      assert.deepEqual(
        incidents.map(({ error, method }) => [String(error), method]),
        [
          ["TypeError: no table", "Counter.count"],
          ["null", "Counter.count"],
        ],
      );
      assert.equal(await proxy.count(), 1);
      const { objectsNotMade, upcallsThrown, runningNow } = server.counters();
      assert.deepEqual(
        { objectsNotMade, upcallsThrown, runningNow },
        { objectsNotMade: 3, upcallsThrown: 0, runningNow: 0 },
      );
    });

    test(`for a ${per}: an object that lacks a method, or is none, is the implementation's fault`, async () => {
      const whole = { count: () => 1, peer: () => "", note: () => 1, fail: () => {} };
      const { note, ...part } = whole;
      void note;
      for (const [made, words] of [
        [part, /lacks note\(\)/],
        [null, /it is null/],
        [async () => ({}), /it is function/],
        [Promise.resolve(5), /it is number/],
      ] as const) {
        const counter = implement(Counter, () => made as typeof whole, { per });
        await using server = await serve([counter], newUrl());
        await using proxy = await connect(Counter, server.url);
        const refused = { code: "INTERNAL", reason: "BAD_INTERFACE", outcome: "not-executed", message: words };
        await assert.rejects(proxy.count(), refused);
        assert.equal(server.counters().objectsNotMade, 1);
      }
    });
  }

  test("whatever it throws, and whatever its object's getters do, costs the call and nothing else", async () => {
    const again = (): never => {
      throw new Error("again");
    };
    for (const per of ["connection", "call"] as const) {
      for (const make of [
        () => {
          throw new Proxy({}, { getPrototypeOf: again, get: again, has: again });
        },
        () => new Proxy({}, { getPrototypeOf: again, get: again, has: again }),
        async () => Object.defineProperty({}, "add", { get: again }),
      ]) {
        await using server = await serve([implement(Line, make as () => RealLine, { per })], newUrl());
        await using proxy = await connect(Line, server.url);
        for (let round = 0; round < 2; round++) await assert.rejects(proxy.add("a"), { outcome: "not-executed" });
        assert.deepEqual([server.counters().objectsNotMade, server.counters().upcallsThrown], [2, 0]);
      }
    }
  });

  test("what a method throws is still the method's: what it states of itself is believed", async () => {
    const thrown = new UpcallError("NOT_FOUND", "nothing here", { outcome: "not-executed" });
    const work = implement(
      Work,
      () => ({
        who: () => {
          throw thrown;
        },
        number: () => 1,
        wait: () => {},
      }),
      { per: "call" },
    );
    await using server = await serve([work], newUrl());
    await using proxy = await connect(Work, server.url);
    await assert.rejects(proxy.who(), { code: "NOT_FOUND", reason: "THROWN", outcome: "not-executed" });
  });
});

suite("a promise of an object", () => {
  test("for a connection: calls wait for it in their order, and all enter the one object", async () => {
    const gate = new Event<RealCounter>();
    let asked = 0;
    const counter = implement(
      Counter,
      () => {
        asked++;
        return gate.happened;
      },
      { per: "connection" },
    );
    await using server = await serve([counter], newUrl());
    await using proxy = await connect(Counter, server.url);
    const calls = [proxy.count(), proxy.count(), proxy.count()];
    gate.say(new RealCounter({ peer: localPeer(""), signal: new AbortController().signal }));
    assert.deepEqual(await Promise.all(calls), [1, 2, 3]);
    assert.equal(await proxy.count(), 4);
    assert.equal(asked, 1);
  });

  for (const per of ["connection", "call"] as const) {
    test(`for a ${per}: when it comes after its caller is gone, no method runs and it is disposed of`, async () => {
      const [gate, begun, aborted, disposed] = [new Event(), new Event(), new Event(), new Event()];
      let entered = 0;
      const work = implement(
        Work,
        async ({ signal }) => {
          signal.addEventListener("abort", () => aborted.say());
          begun.say();
          await gate.happened;
          return {
            who: () => String(++entered),
            number: () => ++entered,
            wait: () => void ++entered,
            [Symbol.dispose]: () => disposed.say(),
          };
        },
        { per },
      );
      await using server = await serve([work], newUrl());
      const connection = await open(server.url, { limits: { drain: 1 } });
      const call = assert.rejects(connection.proxy(Work).number(), { outcome: "unknown" });
      await begun.happened;
      await connection.close();
      await call;
      await aborted.happened;
      gate.say();
      await disposed.happened;
      assert.equal(entered, 0);
      await until(() => server.counters().runningNow === 0);
    });
  }

  test("a call that is given up meanwhile does not enter it, and the others do", async () => {
    const gate = new Event<RealCounter>();
    const counter = implement(Counter, () => gate.happened, { per: "connection" });
    await using server = await serve([counter], newUrl());
    await using proxy = await connect(Counter, server.url);
    const control = new AbortController();
    const given = assert.rejects(within(proxy, { signal: control.signal }).count(), { code: "CANCELLED" });
    const kept = proxy.peer();
    await until(() => server.counters().callsReceived === 2);
    control.abort();
    await given;
    await until(() => server.counters().cancelled === 1);
    gate.say(new RealCounter({ peer: localPeer("me"), signal: new AbortController().signal }));
    assert.equal(await kept, "me");
    assert.equal(await proxy.count(), 1);
  });
});

suite("disposal", () => {
  test("what goes wrong in it is counted and nobody's call", async () => {
    const faults: (() => unknown)[] = [
      () => {
        throw new Error("stuck");
      },
      () => Promise.reject(new Error("stuck")),
    ];
    const line = implement(
      Line,
      () => Object.assign(new RealLine(), { [Symbol.asyncDispose]: faults.pop() as () => Promise<void> }),
      { per: "call" },
    );
    const server = await serve([line], newUrl());
    const proxy = await connect(Line, server.url);
    assert.deepEqual([await proxy.add("a"), await proxy.add("b")], ["a", "b"]);
    await close(proxy);
    await server.close();
    assert.equal(server.counters().objectsNotDisposed, 2);
  });

  test("closing a server waits for it", async () => {
    const gate = new Event();
    const begun = new Event();
    let done = false;
    const line = implement(
      Line,
      () =>
        Object.assign(new RealLine(), {
          async [Symbol.asyncDispose]() {
            begun.say();
            await gate.happened;
            done = true;
          },
        }),
      { per: "connection" },
    );
    const server = await serve([line], newUrl());
    const proxy = await connect(Line, server.url);
    await proxy.add("a");
    const closing = server.close();
    await begun.happened;
    gate.say();
    await closing;
    assert.equal(done, true);
    await close(proxy);
  });

  test("but not longer than running calls may take", async () => {
    const line = implement(
      Line,
      () => Object.assign(new RealLine(), { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) }),
      { per: "connection" },
    );
    const server = await serve([line], newUrl(), { limits: { drain: 20 } });
    const proxy = await connect(Line, server.url);
    await proxy.add("a");
    await server.close();
    await close(proxy);
  });
});

test("behind the door of a browser it is the same, and closing waits there as well", async () => {
  const [gate, begun] = [new Event(), new Event()];
  const steps: string[] = [];
  const line = implement(
    Line,
    () =>
      Object.assign(new RealLine(), {
        async [Symbol.asyncDispose]() {
          begun.say();
          await gate.happened;
          steps.push("disposed");
        },
      }),
    { per: "connection" },
  );
  const url = newUrl();
  const server = await small.serve([line], url);
  const proxy = await small.connect(Line, url);
  assert.deepEqual([await proxy.add("a"), await proxy.add("b")], ["a", "ab"]);
  const closing = server.close().then(() => steps.push("closed"));
  await begun.happened;
  gate.say();
  await closing;
  assert.deepEqual(steps, ["disposed", "closed"]);
  await small.close(proxy);
});

test("an instance of a skeleton's class may be made for each connection", async () => {
  class Own extends Skeleton(Line) implements Implementation<typeof Line> {
    #text = "";
    add(text: string): string {
      this.#text += text;
      return this.#text;
    }
  }
  await using server = await serve([implement(Line, () => new Own(), { per: "connection" })], newUrl());
  for (let round = 0; round < 2; round++) {
    await using proxy = await connect(Line, server.url);
    assert.deepEqual([await proxy.add("a"), await proxy.add("b")], ["a", "ab"]);
  }
});

test("the plain wire: a connection's object is disposed of with its connection, and datagrams have one for each call", async () => {
  const disposed = new Event();
  const kept = implement(Line, () => new RealLine(disposed.say), { per: "connection" });
  const options = { wire: "plain", end: "newline" } as const;
  await using server = await serve([kept], "tcp://localhost:0", options);
  const proxy = await connect(Line, server.url, options);
  assert.deepEqual([await proxy.add("a"), await proxy.add("b")], ["a", "ab"]);
  await close(proxy);
  await disposed.happened;

  let ended = 0;
  const single = implement(Line, () => new RealLine(() => void ended++), { per: "call" });
  await using datagrams = await serve([single], "udp://localhost:0", { wire: "plain" });
  await using sender = await connect(Line, datagrams.url, { wire: "plain" });
  assert.deepEqual([await sender.add("a"), await sender.add("b")], ["a", "b"]);
  assert.equal(ended, 2);
});

test("by datagrams an object for each connection is refused when serving", async () => {
  const line = implement(Line, () => new RealLine(), { per: "connection" });
  await assert.rejects(serve([line], "udp://localhost:0", { wire: "plain" }), {
    code: "UNIMPLEMENTED",
    reason: "NOT_SUPPORTED",
    message: /datagrams have none/,
  });
});

test("what makes no sense is refused where it is written", () => {
  const bad = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" };
  // @ts-expect-error an object cannot be another one for each connection
  assert.throws(() => implement(Line, new RealLine(), { per: "connection" }), { ...bad, message: /a function/ });
  // @ts-expect-error not known
  assert.throws(() => implement(Line, () => new RealLine(), { per: "session" }), { ...bad, message: /"server"/ });
  // Without `per`, and with it, a function is called once, and now.
  let asked = 0;
  const make = (): RealLine => {
    asked++;
    return new RealLine();
  };
  implement(Line, make);
  implement(Line, make, { per: "server" });
  assert.equal(asked, 2);
});
