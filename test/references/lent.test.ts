// References and callbacks in arguments are lent until their call is over; `keep()` keeps one for longer, and `close()`
// gives it back.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
  callback,
  close,
  connect,
  context,
  data,
  defineInterface,
  type Interceptor,
  keep,
  method,
  type ProxyOf,
  reference,
  type Server,
  serve,
  stream,
  UpcallError,
  within,
} from "upcall";
import { saysOf } from "./pair.ts";

const Bell = defineInterface("Bell", { ring: method<(text: string) => string>() });
const Tower = defineInterface("Tower", {
  /** Calls a function once. */
  call: method({ args: [callback<(text: string) => string>()], returns: data<string>() }),
  /** Stores it, and does no more. */
  store: method({ args: [callback<(text: string) => string>()] }),
  storeBell: method({ args: [reference(() => Bell)] }),
  /** Keeps it. */
  keep: method({ args: [callback<(text: string) => string>()] }),
  keepBell: method({ args: [reference(() => Bell)] }),
  /** Declared to be kept. */
  subscribe: method({ args: [callback<(text: string) => string>({ kept: true })] }),
  subscribeBell: method({ args: [reference(() => Bell, { kept: true })] }),
  /** Whether one that was stored is the same; it is closed then. */
  unsubscribe: method({ args: [callback<(text: string) => string>()], returns: data<boolean>() }),
  /** Stores it, and goes on until `go` is called. */
  wait: method({ args: [callback<(text: string) => string>()] }),
  twice: method({ args: [callback<(text: string) => string>(), callback<(text: string) => string>()] }),
  fail: method({ args: [callback<(text: string) => string>()] }),
  /** Does not wait for what it calls. */
  hint: method({ args: [callback<(text: string) => string>()] }),
  rings: method({ args: [callback<(text: string) => string>()], returns: stream<string>() }),
  /** Gives a function to the function. */
  nested: method({ args: [callback({ args: [callback<(text: string) => string>()] })] }),
  back: method({ args: [reference(() => Bell)], returns: reference(() => Bell) }),
  bell: method({ args: [], returns: reference(() => Bell) }),
});

type Ring = (text: string) => Promise<string>;

class RealTower {
  readonly stored: Ring[] = [];
  readonly bells: { ring: Ring }[] = [];
  readonly waiting: (() => void)[] = [];
  readonly aborted: unknown[] = [];
  ringing = 0;

  /** What `call` does instead. */
  relay: ((ring: Ring) => Promise<string>) | null = null;

  async call(ring: Ring): Promise<string> {
    return this.relay === null ? await ring("once") : await this.relay(ring);
  }
  store(ring: Ring): void {
    this.stored.push(ring);
  }
  storeBell(bell: { ring: Ring }): void {
    this.bells.push(bell);
  }
  async keep(ring: Ring): Promise<void> {
    await turn();
    assert.equal(keep(ring), ring);
    this.stored.push(ring);
  }
  keepBell(bell: { ring: Ring }): void {
    this.bells.push(keep(bell));
  }
  subscribe(ring: Ring): void {
    this.stored.push(ring);
  }
  subscribeBell(bell: { ring: Ring }): void {
    this.bells.push(bell);
  }
  async unsubscribe(ring: Ring): Promise<boolean> {
    const known = this.stored.includes(ring);
    await close(ring);
    return known;
  }
  async wait(ring: Ring): Promise<void> {
    this.stored.push(ring);
    context().signal.addEventListener("abort", () => this.aborted.push(ring));
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
  twice(one: Ring, other: Ring): void {
    assert.equal(one, other);
    this.stored.push(one);
  }
  fail(ring: Ring): void {
    this.stored.push(ring);
    throw new UpcallError("ABORTED", "no");
  }
  hint(ring: Ring): void {
    void ring("a hint");
  }
  async *rings(ring: Ring): AsyncGenerator<string> {
    this.stored.push(ring);
    for (let i = 0; ; i++) yield await ring(`${i}`);
  }
  async nested(give: (ring: Ring) => Promise<void>): Promise<void> {
    await give((text) => Promise.resolve(`nested ${text}`));
  }
  back<T>(bell: T): T {
    return bell;
  }
  bell(): { ring: (text: string) => string } {
    return { ring: (text) => `${text} ${++this.ringing}` };
  }
}

const late = "INVALID_ARGUMENT BAD_REFERENCE not-executed";
const last = <T>(all: readonly T[]): T => all.at(-1) as T;

/** A server with a tower and a client of it. */
class Place {
  readonly real: RealTower = new RealTower();
  readonly server: Server;
  readonly tower: ProxyOf<typeof Tower>;

  constructor(real: RealTower, server: Server, tower: ProxyOf<typeof Tower>) {
    this.real = real;
    this.server = server;
    this.tower = tower;
  }

  static async on(url: string, interceptors: readonly Interceptor[] = []): Promise<Place> {
    const real = new RealTower();
    const server = await serve(Tower, real, url, { interceptors });
    return new Place(real, server, await connect(Tower, server.url, { interceptors }));
  }

  /** Waits until the server holds so many. */
  async holds(count: number): Promise<void> {
    while (this.server.counters().referencesHeldNow !== count) await turn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await close(this.tower);
    await this.server.close();
  }
}

const passOn: Interceptor = async (_call, next) => {
  await turn();
  return await next();
};

for (const url of ["memory:lent", "tcp://127.0.0.1:0"]) {
  suite(url.split(":")[0] ?? url, () => {
    test("what is stored, and not kept, cannot be used later, and says what to do", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      let rung = 0;
      await tower.store(() => `${++rung}`);
      await tower.storeBell({ ring: () => `${++rung}` });
      await place.holds(0);
      for (const use of [() => last(real.stored)("x"), () => last(real.bells).ring("x")]) {
        await assert.rejects(use, {
          code: "INVALID_ARGUMENT",
          reason: "BAD_REFERENCE",
          outcome: "not-executed",
          message:
            /^this reference to \S+ \(Tower\.store(Bell)? argument 1\) was lent until its call was over.*use keep\(\)/,
        });
      }
      assert.equal(rung, 0);
      assert.equal(place.server.counters().referencesLeaked, 0);
    });

    test("what is kept is owned until it is closed, and so is what the interface declares as kept", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      const bell = { ring: (text: string) => `bell ${text}` };
      await tower.keep((text) => `kept ${text}`);
      await tower.keepBell(bell);
      await tower.subscribe((text) => `subscribed ${text}`);
      await tower.subscribeBell({ ring: (text) => `subscribed bell ${text}` });
      await place.holds(4);
      assert.deepEqual(await Promise.all(real.stored.map((ring) => ring("a"))), ["kept a", "subscribed a"]);
      assert.deepEqual(await Promise.all(real.bells.map(({ ring }) => ring("b"))), ["bell b", "subscribed bell b"]);
      await Promise.all([...real.stored, ...real.bells].map(close));
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("c")), "UNAVAILABLE CLOSED not-executed");
    });

    test("a kept one that comes again is the same, stays kept when that call is over, and is closed there", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      const ring = (text: string): string => `ring ${text}`;
      await tower.keep(ring);
      for (let i = 0; i < 3; i++) await tower.store(ring);
      assert.ok(real.stored.every((one) => one === real.stored[0]));
      await place.holds(1);
      assert.equal(await last(real.stored)("x"), "ring x");
      // Kept twice is kept once.
      await tower.keep(ring);
      assert.equal(await tower.unsubscribe(ring), true);
      await place.holds(0);
      assert.match(await saysOf(last(real.stored)("y")), /not-executed$/);
      // And a new life.
      await tower.subscribe(ring);
      assert.equal(await last(real.stored)("z"), "ring z");
    });

    test("two calls with one function do not end each other's, and two of its places are one", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      const ring = (text: string): string => `ring ${text}`;
      const first = tower.wait(ring);
      const second = tower.wait(ring);
      while (real.waiting.length < 2) await turn();
      assert.equal(real.stored[0], real.stored[1]);
      for (let i = 0; i < 5; i++) assert.equal(await tower.call(ring), "ring once");
      real.waiting[0]?.();
      await first;
      assert.equal(await last(real.stored)("x"), "ring x");
      // Closing what others have as well ends nothing of theirs.
      const third = tower.wait(ring);
      while (real.waiting.length < 3) await turn();
      await close(last(real.stored));
      assert.equal(await last(real.stored)("y"), "ring y");
      real.waiting[1]?.();
      real.waiting[2]?.();
      await Promise.all([second, third]);
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("z")), late);

      await tower.twice(ring, ring);
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("z")), late);
    });

    test("it ends with a call that fails, is cancelled or runs out of time, although the method goes on", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      const ring = (text: string): string => `ring ${text}`;
      await assert.rejects(tower.fail(ring), { code: "ABORTED" });
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("x")), late);

      const control = new AbortController();
      const cancelled = saysOf(within(tower, { signal: control.signal }).wait(ring));
      while (real.waiting.length < 1) await turn();
      assert.equal(await last(real.stored)("x"), "ring x");
      control.abort();
      assert.match(await cancelled, /^CANCELLED/);
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("x")), late);
      assert.throws(() => keep(last(real.stored)), { reason: "BAD_REFERENCE", message: /use keep\(\) before/ });

      assert.match(await saysOf(within(tower, { timeout: 30 }).wait(ring)), /^DEADLINE_EXCEEDED/);
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("x")), late);
      for (const go of real.waiting) go();
    });

    test("a call of it that was made before the method returned is made", async () => {
      for (const interceptors of [[], [passOn]]) {
        await using place = await Place.on(url, interceptors);
        const hints: string[] = [];
        await place.tower.hint((text) => String(hints.push(text)));
        while (hints.length < 1) await turn();
        await place.holds(0);
      }
    });

    test("it is lent until the end of a stream that the call returned", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      const seen: string[] = [];
      for await (const item of tower.rings((text) => `ring ${text}`)) {
        await turn();
        if (seen.push(item) === 3) break;
      }
      assert.deepEqual(seen, ["ring 0", "ring 1", "ring 2"]);
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("x")), late);
    });

    test("a function given to a function is lent to that call", async () => {
      await using place = await Place.on(url);
      const given: Ring[] = [];
      await place.tower.nested(async (ring) => {
        given.push(ring);
        assert.equal(await ring("x"), "nested x");
      });
      while (place.server.counters().referencesNow !== 0) await turn();
      assert.equal(await saysOf(last(given)("y")), late);
      await place.tower.nested((ring) => void given.push(keep(ring)));
      assert.equal(await last(given)("z"), "nested z");
      await close(last(given));
      while (place.server.counters().referencesNow !== 0) await turn();
    });

    test("what comes home is itself, and keeping it changes nothing", async () => {
      await using place = await Place.on(url);
      const { tower } = place;
      const own = { ring: (text: string) => text };
      assert.equal(await tower.back(own), own);
      await place.holds(0);
      assert.equal(keep(own), own);
      await using bell = await tower.bell();
      await tower.storeBell(bell);
      assert.equal(await last(place.real.bells).ring("x"), "x 1");
      assert.equal(keep(last(place.real.bells)), last(place.real.bells));
      assert.equal(await bell.ring("y"), "y 2");
    });

    test("keep() of what cannot be kept says why", async () => {
      await using place = await Place.on(url);
      const { tower } = place;
      await using bell = await tower.bell();
      const wrong: [unknown, RegExp][] = [
        [undefined, /it was given undefined/],
        [null, /it was given null/],
        [7, /it was given number/],
        [{}, /it was given object/],
        [() => 1, /it was given function/],
        [tower, /a proxy that did not come in arguments/],
        [bell, /the result of a call, and stays until it is closed/],
        [tower.bell(), /a proxy that did not come in arguments/],
      ];
      for (const [value, message] of wrong)
        assert.throws(() => keep(value as object), {
          code: "INVALID_ARGUMENT",
          reason: "BAD_ARGUMENT",
          outcome: "not-executed",
          message,
        });
    });

    test("what is passed on within a call is lent on, and held by whoever keeps it further on", async () => {
      await using far = await Place.on(url.replace("lent", "lent-far"));
      await using near = await Place.on(url);
      // The near tower's object has it stored, kept and called by the far one.
      near.real.relay = async (ring) => {
        await far.tower.store(ring);
        assert.equal(await saysOf(last(far.real.stored)("x")), late);
        await far.tower.keep(ring);
        return await far.tower.call(ring);
      };
      assert.equal(await near.tower.call((text) => `rung ${text}`), "rung once");
      const kept = last(far.real.stored);
      assert.equal(await kept("later"), "rung later");
      await near.holds(1);
      await close(kept);
      await near.holds(0);
      await far.holds(0);
    });

    test("closing what was lent to one call gives it back at once", async () => {
      await using place = await Place.on(url);
      const { tower, real } = place;
      const waiting = tower.wait((text) => text);
      while (real.waiting.length < 1) await turn();
      await close(last(real.stored));
      await place.holds(0);
      assert.equal(await saysOf(last(real.stored)("x")), "UNAVAILABLE CLOSED not-executed");
      real.waiting[0]?.();
      await waiting;
    });

    test("many more functions than may be held go through, one after the other", async () => {
      const real = new RealTower();
      await using server = await serve(Tower, real, url, { limits: { references: 8 } });
      await using tower = await connect(Tower, server.url, { limits: { references: 8 } });
      for (let i = 0; i < 100; i++) assert.equal(await tower.call((text) => `${text} ${i}`), `once ${i}`);
      for (let i = 0; i < 100; i++) assert.equal(await tower.bell().ring("x"), `x ${i + 1}`);
      // One that is awaited stays, however many come after it; one that was only called may be too old.
      const old = tower.bell();
      assert.equal(await old.ring("old"), "old 101");
      const bell = await tower.bell();
      for (let i = 0; i < 20; i++) await tower.bell().ring("x");
      assert.match(await bell.ring("y"), /^y /);
      await assert.rejects(old.ring("z"), {
        reason: "BAD_REFERENCE",
        outcome: "not-executed",
        message: /its promise was not awaited/,
      });
      await close(bell);
      assert.equal(server.counters().referencesRefused, 0);
    });
  });
}
