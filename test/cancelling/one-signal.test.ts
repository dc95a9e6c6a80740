// One AbortSignal given to many calls at once: one listener of ours, so no warning of a leak, none left when the calls
// end, and all of them are cancelled when it aborts.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { suite, test } from "node:test";
import {
  connect,
  context,
  defineInterface,
  limitConcurrency,
  method,
  open,
  retry,
  serve,
  stream,
  type UpcallError,
  within,
} from "upcall";
import { socket } from "upcall/socket";
import { media } from "../harness/media.ts";

const many = 15;

const Stock = defineInterface("Stock", {
  find: method<() => string>(),
  /** Waits until its caller does not want it any more. */
  wait: method<() => void>(),
  items: method({ args: [], returns: stream<number>() }),
  relay: method<(how: string) => string[]>(),
});

/** What nothing but the call's end will end. */
const waits = (): Promise<void> =>
  new Promise((resolve) => {
    context().signal.addEventListener("abort", () => resolve());
  });

const stock = {
  find: async () => "found",
  wait: waits,
  async *items() {
    yield 1;
    await new Promise(() => {});
  },
  relay: () => [],
};

const times = <T>(make: (i: number) => T): T[] => Array.from({ length: many }, (_, i) => make(i));
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fulfilled",
    ({ code }: UpcallError) => code,
  );
const cancelled = times(() => "CANCELLED");
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs something and says which warnings came meanwhile. */
async function warnings(work: () => Promise<void>): Promise<string[]> {
  const names: string[] = [];
  const heard = ({ name }: Error): void => void names.push(name);
  process.on("warning", heard);
  try {
    await work();
    // Warnings are told in a turn of their own.
    await turn();
    await turn();
  } finally {
    process.removeListener("warning", heard);
  }
  return names;
}

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

for (const medium of media) {
  suite(`over ${medium.name}`, () => {
    test("many calls of one signal: one listener while they run, none after, and all are cancelled", async () => {
      await using server = await serve(Stock, stock, medium.url());
      await using one = await connect(Stock, server.url);
      await using other = await connect(Stock, server.url);
      const told = await warnings(async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const [first, second] = [within(one, { signal }), within(other, { signal })];
        const proxyOf = (i: number) => (i % 2 === 0 ? first : second);
        await Promise.all(times((i) => proxyOf(i).find()));
        assert.equal(listeners(signal), 0);
        const waiting = times((i) => codeOf(proxyOf(i).wait()));
        await one.find();
        assert.equal(listeners(signal), 1);
        controller.abort();
        assert.deepEqual(await Promise.all(waiting), cancelled);
        assert.equal(listeners(signal), 0);
      });
      assert.deepEqual(told, []);
    });

    test("many streams of one signal", async () => {
      await using server = await serve(Stock, stock, medium.url());
      await using far = await connect(Stock, server.url);
      const told = await warnings(async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const streams = await Promise.all(times(() => within(far, { signal }).items()));
        assert.equal(listeners(signal), 1);
        const reading = streams.map((items) =>
          codeOf(
            (async () => {
              for await (const _ of items) await turn();
            })(),
          ),
        );
        await far.find();
        controller.abort();
        assert.deepEqual(await Promise.all(reading), cancelled);
        assert.equal(listeners(signal), 0);
      });
      assert.deepEqual(told, []);
    });

    for (const how of ["bound", "ambient"]) {
      test(`many calls of one upcall, ${how}, are cancelled with it`, async () => {
        await using server = await serve(Stock, stock, medium.url());
        await using toStock = await connect(Stock, server.url);
        let inner: AbortSignal | null = null;
        const codes: Promise<string[]>[] = [];
        const relay = async (): Promise<string[]> => {
          const { signal } = context();
          inner = signal;
          const ours = how === "bound" ? context().bind(toStock) : toStock;
          await Promise.all(times(() => ours.find()));
          const all = Promise.all(times(() => codeOf(ours.wait())));
          codes.push(all);
          return await all;
        };
        await using shop = await serve(Stock, { ...stock, relay }, medium.url(), { ambient: how === "ambient" });
        await using far = await connect(Stock, shop.url);
        const told = await warnings(async () => {
          const controller = new AbortController();
          const given = codeOf(within(far, { signal: controller.signal }).relay(how));
          while (codes.length === 0) await far.find();
          assert.equal(listeners(inner as unknown as AbortSignal), 1);
          controller.abort();
          assert.equal(await given, "CANCELLED");
          assert.deepEqual(await codes[0], cancelled);
        });
        assert.deepEqual(told, []);
      });
    }

    test("interceptors that wait listen with one listener, too", async () => {
      await using server = await serve(Stock, stock, medium.url());
      const told = await warnings(async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const concurrency = limitConcurrency(1, { queue: 100 });
        const far = await connect(Stock, server.url, { interceptors: [retry(), concurrency] });
        const waiting = times(() => codeOf(within(far, { signal }).wait()));
        await turn();
        assert.equal(listeners(signal), 1);
        controller.abort();
        assert.deepEqual(await Promise.all(waiting), cancelled);
        assert.equal(listeners(signal), 0);
        await far[Symbol.asyncDispose]();
      });
      assert.deepEqual(told, []);
    });

    test("many connections are opened with one signal", async () => {
      await using server = await serve(Stock, stock, medium.url());
      const told = await warnings(async () => {
        const { signal } = new AbortController();
        const token = async (): Promise<string> => {
          await turn();
          return "t";
        };
        const opened = await Promise.all(times(() => open(server.url, { signal, token })));
        assert.equal(listeners(signal), 0);
        const both = await Promise.all(times(() => open([server.url, server.url], { signal })));
        assert.equal(listeners(signal), 0);
        await Promise.all([...opened, ...both].map((connection) => connection.close()));
      });
      assert.deepEqual(told, []);
    });
  });
}

test("calls that wait for a connection, and whoever connects in vain, listen with one listener", async () => {
  const url = "memory:one-signal-away";
  const server = await serve(Stock, stock, url);
  await using far = await connect(Stock, url);
  await server.close();
  const told = await warnings(async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = times(() => codeOf(within(far, { signal }).find()));
    await turn();
    assert.equal(listeners(signal), 1);
    controller.abort();
    assert.deepEqual(await Promise.all(waiting), cancelled);
    assert.equal(listeners(signal), 0);
  });
  assert.deepEqual(told, []);
});

test("a signal is heard in the order in which calls were made, and a call that ended is not called", async () => {
  await using server = await serve(Stock, stock, "memory:one-signal-order");
  await using far = await connect(Stock, server.url);
  const controller = new AbortController();
  const proxy = within(far, { signal: controller.signal });
  const order: number[] = [];
  const made = [1, 2, 3].map((i) => proxy.wait().catch(() => order.push(i)));
  await proxy.find();
  controller.abort();
  await Promise.all(made);
  assert.deepEqual(order, [1, 2, 3]);
});

test("sockets that wait with one signal", async () => {
  const told = await warnings(async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const sockets = await Promise.all(
      times(async () => {
        const one = socket("udp");
        await one.bind({ host: "127.0.0.1", port: 0 });
        return one;
      }),
    );
    const waiting = sockets.map((one) => codeOf(one.recvfrom(1_000, { signal })));
    await turn();
    assert.ok(listeners(signal) <= 1);
    controller.abort();
    assert.deepEqual(await Promise.all(waiting), cancelled);
    await Promise.all(sockets.map((one) => one.close()));
  });
  assert.deepEqual(told, []);
});
