// Oneway calls whose promise is not awaited: no rejection goes unhandled, which would end the process; who does await
// one sees its error. (The test runner fails a test that leaves a rejection unhandled.)
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  connect,
  context,
  data,
  defineInterface,
  type Interceptor,
  logging,
  method,
  oneway,
  open,
  type ProxyOf,
  reference,
  retry,
  type Server,
  serve,
  type UpcallError,
  within,
} from "upcall";
import * as memory from "upcall/memory";
import { media } from "../harness/media.ts";

const Log = defineInterface("Log", {
  note: oneway<(text: unknown) => void>(),
  call: method<() => string>(),
});
const Desk = defineInterface("Desk", {
  note: oneway<(text: unknown) => void>(),
  call: method<() => string>(),
  log: method({ args: [data<boolean>()], returns: reference(() => Log) }),
  relay: method<(how: string) => string>(),
});
const log = { note: () => {}, call: () => "here" };
const desk = {
  ...log,
  log: (good: boolean) => {
    if (!good) throw new Error("there is none");
    return log;
  },
  relay: () => "",
};

type PoolHeader = Pick<ProxyOf<typeof Log>, "note">;
const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Makes a call that nobody awaits, and one whose error is looked at. */
async function unheard(make: () => PoolHeader, text: unknown = "x"): Promise<UpcallError> {
  void make().note(text);
  const error = await make()
    .note(text)
    .then(
      () => assert.fail("the call did not fail"),
      (thrown: UpcallError) => thrown,
    );
  await turns();
  return error;
}

const cyclic: unknown[] = [];
cyclic.push(cyclic);

/** Every way to come to a oneway, given a proxy whose connection is gone for good. */
const ways: Record<string, (far: ProxyOf<typeof Desk>) => PoolHeader> = {
  directly: (far) => far,
  "by within()": (far) => within(far, { timeout: 60_000 }),
  "by within() with metadata": (far) => within(far, { metadata: { a: "b" } }),
  "by the method alone": (far) => {
    const { note } = far;
    return { note };
  },
  "of a result that was promised": (far) => far.log(true),
  "of a result that was promised, by within()": (far) =>
    within(far.log(true), { timeout: 60_000 }) as unknown as PoolHeader,
};
const interceptors: Record<string, Interceptor[]> = {
  none: [],
  some: [
    retry({ attempts: 2, base: 1 }),
    logging({ info: () => {}, error: () => {} }),
    async (_, next) => await next(),
  ],
  "one that does not wait": [
    (call, next) => {
      if (call.method !== "note") return next();
      void next();
      return undefined;
    },
  ],
};

async function gone(server: Server): Promise<void> {
  await server.close();
  await turns();
}

for (const medium of media) {
  suite(`over ${medium.name}`, () => {
    for (const [what, given] of Object.entries(interceptors)) {
      for (const [how, way] of Object.entries(ways)) {
        test(`a server that is gone; ${how}; interceptors: ${what}`, async () => {
          const server = await serve(Desk, desk, medium.url());
          const far = await connect(Desk, server.url, { reconnect: false, interceptors: given });
          await far.call();
          await gone(server);
          if (what === "one that does not wait") {
            void way(far).note("x");
            await turns();
          } else assert.equal((await unheard(() => way(far))).outcome, "not-executed");
        });
      }
    }

    test("an address that is away, until the deadline; or until the connection is closed", async () => {
      const server = await serve(Desk, desk, medium.url());
      const connection = await open(server.url);
      const far = connection.proxy(Desk);
      await far.call();
      await gone(server);
      assert.equal((await unheard(() => within(far, { timeout: 20 }))).code, "DEADLINE_EXCEEDED");
      void far.note("x");
      void within(far.log(true), { timeout: 60_000 }).note("x");
      await connection.close();
      await turns();
    });

    test("several addresses", async () => {
      const servers = [await serve(Desk, desk, medium.url()), await serve(Desk, desk, medium.url())];
      const urls = servers.map(({ url }) => url);
      const far = await connect(Desk, urls, { reconnect: false });
      await far.call();
      await Promise.all(servers.map(gone));
      assert.equal((await unheard(() => far)).code, "UNAVAILABLE");
    });

    test("arguments that are refused, a signal, a deadline, metadata, a limit", async () => {
      await using server = await serve(Desk, desk, medium.url());
      await using far = await connect(Desk, server.url, { limits: { message: 100_000 } });
      assert.equal((await unheard(() => far, cyclic)).code, "INVALID_ARGUMENT");
      assert.equal(
        (
          await unheard(
            () => far,
            () => {},
          )
        ).reason,
        "NOT_MARSHALLABLE",
      );
      assert.equal((await unheard(() => far, "x".repeat(200_000))).reason, "TOO_LARGE");
      assert.equal((await unheard(() => within(far, { signal: AbortSignal.abort() }))).code, "CANCELLED");
      assert.equal((await unheard(() => within(far, { metadata: { "A B": "c" } }))).reason, "BAD_METADATA");
    });

    test("a long one whose connection breaks, that is cancelled, or waits behind another", async () => {
      const server = await serve(Desk, desk, medium.url(), { limits: { drain: 1 } });
      const far = await connect(Desk, server.url, { reconnect: false });
      await far.call();
      const controller = new AbortController();
      const text = "x".repeat(3_000_000);
      void within(far, { signal: controller.signal }).note(text);
      void within(far, { signal: controller.signal }).note("behind");
      controller.abort();
      void far.note(text);
      void far.note("behind");
      await gone(server);
    });

    test("of a reference whose connection is gone, that was closed, or never came", async () => {
      const server = await serve(Desk, desk, medium.url());
      const far = await connect(Desk, server.url, { reconnect: false });
      const given = await far.log(true);
      const closed = await far.log(true);
      await closed[Symbol.asyncDispose]();
      assert.equal((await unheard(() => closed)).reason, "CLOSED");
      // It is sent together with the call that fails, and whoever makes it hears no more.
      void far.log(false).note("x");
      await turns();
      await gone(server);
      assert.equal((await unheard(() => given)).code, "UNAVAILABLE");
    });

    for (const how of ["bound", "ambient"]) {
      test(`made in an upcall, ${how}, to a server that is gone`, async () => {
        const server = await serve(Desk, desk, medium.url());
        const toDesk = await connect(Desk, server.url, { reconnect: false });
        await toDesk.call();
        await gone(server);
        const relay = (): string => {
          void (how === "bound" ? context().bind(toDesk) : toDesk).note("x");
          return "relayed";
        };
        await using front = await serve(Desk, { ...desk, relay }, medium.url(), { ambient: how === "ambient" });
        await using far = await connect(Desk, front.url);
        assert.equal(await far.relay(how), "relayed");
        await turns();
      });
    }
  });
}

test("the door for memory: alone", async () => {
  const server = await memory.serve(Desk, desk, "memory:unheard");
  const far = await memory.connect(Desk, server.url, { reconnect: false });
  await far.call();
  await server.close();
  await turns();
  assert.equal((await unheard(() => far)).code, "UNAVAILABLE");
});

test("the plain wire has no oneway, and says so where it is connected", async () => {
  const PoolHeader = defineInterface("Note", { note: oneway<(text: string) => void>() });
  await assert.rejects(connect(PoolHeader, "tcp://localhost:1", { wire: "plain" }), { code: "INVALID_ARGUMENT" });
});
