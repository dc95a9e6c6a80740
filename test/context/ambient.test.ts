// `ambient: true`: context() finds the call of an upcall after every await (AsyncLocalStorage), and calls made in it
// inherit its deadline and metadata.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  connect,
  context,
  data,
  defineInterface,
  implement,
  method,
  type OpenConnection,
  open,
  type ProxyOf,
  type ServeOptions,
  type Server,
  serve,
  stream,
  within,
} from "upcall";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const Link = defineInterface("Link", {
  /** How much time there was at the end of the chain, and what came with the call. */
  down: method<(links: number) => { remaining: number; trace: string }>(),
  later: method<() => string>(),
  count: method({ args: [], returns: stream<string>() }),
  /** Waits until it is cancelled. */
  wait: method<(links: number) => void>(),
});

/** A chain of servers, each with a proxy to the next; the last one does the work. */
class Chain implements AsyncDisposable {
  readonly servers: Server[] = [];
  readonly proxies: ProxyOf<typeof Link>[] = [];
  /** Told when the call at the end began, and when it was cancelled. */
  readonly begun: Promise<void>;
  readonly cancelled: Promise<unknown>;
  #begin: () => void = () => {};
  #cancel: (reason: unknown) => void = () => {};

  private constructor() {
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.cancelled = new Promise((resolve) => {
      this.#cancel = resolve;
    });
  }

  static async of(length: number, options: readonly ServeOptions[], url: string): Promise<Chain> {
    const chain = new Chain();
    for (let place = 0; place < length; place++) {
      const server = await serve(Link, chain.#object(place), url.replace("*", `chain-${place}`), {
        ...options[place % options.length],
        workers: "inline",
      });
      chain.servers.push(server);
      chain.proxies.push(await connect(Link, server.url));
    }
    return chain;
  }

  get first(): ProxyOf<typeof Link> {
    return this.#at(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.proxies) await proxy[Symbol.asyncDispose]();
    for (const server of this.servers) await server.close();
  }

  #at(place: number): ProxyOf<typeof Link> {
    return this.proxies[place] ?? assert.fail("no such server");
  }

  #object(place: number) {
    const { proxies } = this;
    const at = (next: number): ProxyOf<typeof Link> => proxies[next] ?? assert.fail("no such server");
    return {
      down: async (links: number) => {
        const call = context();
        await new Promise((resolve) => setImmediate(resolve));
        if (links === 0) return { remaining: call.remaining, trace: call.metadata["traceparent"] ?? "none" };
        return await at(place + 1).down(links - 1);
      },
      later: async () => {
        const { id } = context();
        await new Promise((resolve) => setImmediate(resolve));
        return context().id === id ? "the same call" : "another call";
      },
      async *count() {
        for (let i = 0; i < 2; i++) {
          await new Promise((resolve) => setImmediate(resolve));
          yield context().metadata["traceparent"] ?? "none";
        }
      },
      wait: async (links: number) => {
        await Promise.resolve();
        if (links > 0) return await at(place + 1).wait(links - 1);
        const { signal } = context();
        this.#begin();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        this.#cancel(signal.reason);
      },
    };
  }
}

for (const url of ["tcp://127.0.0.1:0", "memory:*"]) {
  suite(`nested servers, ${url}`, () => {
    test("deadline and trace go down the chain without a word", async () => {
      await using chain = await Chain.of(4, [{ ambient: true }], url);
      const said = await within(chain.first, { timeout: 20_000, metadata: { traceparent } }).down(3);
      assert.equal(said.trace, traceparent);
      assert.ok(said.remaining > 0 && said.remaining < 20_010, `${said.remaining}`);
      // Without a deadline of the caller's own, the default of the first.
      assert.ok((await chain.first.down(3)).remaining > 20_000);
    });

    test("a cancelled call cancels the last of the chain", async () => {
      await using chain = await Chain.of(3, [{ ambient: true }], url);
      const controller = new AbortController();
      const call = within(chain.first, { signal: controller.signal }).wait(2);
      await chain.begun;
      controller.abort();
      await assert.rejects(call, { code: "CANCELLED" });
      assert.equal(((await chain.cancelled) as { code: string }).code, "CANCELLED");
    });

    test("a client that goes away cancels the last of the chain", async () => {
      await using chain = await Chain.of(3, [{ ambient: true }], url);
      const client = await connect(Link, chain.servers[0]?.url ?? "", { limits: { drain: 0 } });
      const lost = assert.rejects(client.wait(2), { code: "CANCELLED" });
      await chain.begun;
      await client[Symbol.asyncDispose]();
      await lost;
      assert.equal(((await chain.cancelled) as { code: string }).code, "CANCELLED");
    });

    test("a server that did not ask for it hands nothing on, even where others in the process did", async () => {
      await using chain = await Chain.of(2, [{ ambient: false }, { ambient: true }], url);
      const said = await within(chain.first, { timeout: 20_000, metadata: { traceparent } }).down(1);
      assert.equal(said.trace, "none");
      assert.ok(said.remaining > 20_000);
      await assert.rejects(chain.first.later(), { code: "FAILED_PRECONDITION" });
      for await (const item of chain.proxies[1]?.count() ?? []) assert.equal(item, "none");
    });
  });
}

test("context() may be asked after an await, in a stream's body as well, and by each of many calls at once", async () => {
  await using chain = await Chain.of(1, [{ ambient: true }], "memory:*");
  const said = await Promise.all(Array.from({ length: 50 }, () => chain.first.later()));
  assert.deepEqual(new Set(said), new Set(["the same call"]));
  const items: string[] = [];
  for await (const item of within(chain.first, { metadata: { traceparent } }).count()) items.push(item);
  assert.deepEqual(items, [traceparent, traceparent]);
});

test("a call of no upcall inherits nothing", async () => {
  await using chain = await Chain.of(1, [{ ambient: true }], "memory:*");
  assert.ok((await chain.first.down(0)).remaining > 29_000);
  assert.throws(() => context(), { code: "FAILED_PRECONDITION" });
});

const Opener = defineInterface("Opener", { open: method<() => void>(), ask: method<() => number>() });
const Sum = defineInterface("Sum", { sum: method({ args: [stream<number>()], returns: data<number>() }) });

test("a connection that an upcall opened belongs to no call: what is called on it later has its own time", async () => {
  const down = () => ({ remaining: context().remaining, trace: "" });
  const sum = async (numbers: AsyncIterable<number>) => {
    let all = 0;
    for await (const number of numbers) all += number;
    return all;
  };
  await using back = await serve([implement(Link, { ...idle, down }), implement(Sum, { sum })], "tcp://127.0.0.1:0");
  const opened: OpenConnection[] = [];
  const behind = (): ProxyOf<typeof Link> => (opened[0] ?? assert.fail("it is not open")).proxy(Link);
  const object = {
    open: async () => {
      opened.push(await open(back.url));
    },
    ask: async () => {
      await Promise.resolve();
      return (await behind().down(0)).remaining;
    },
  };
  await using front = await serve(Opener, object, "tcp://127.0.0.1:0", { ambient: true });
  await using opener = await connect(Opener, front.url);
  await within(opener, { timeout: 10_000 }).open();
  assert.ok((await within(opener, { timeout: 20_000 }).ask()) > 10_000);
  // The connection asks the source for its numbers: that is no call of the upcall that opened it.
  async function* numbers() {
    yield (await behind().down(0)).remaining;
  }
  const sums = (opened[0] ?? assert.fail("it is not open")).proxy(Sum);
  assert.ok((await sums.sum(numbers())) > 20_000);
  for (const connection of opened) await connection.close();
});

const idle = {
  later: () => "",
  count: () => [],
  wait: () => {},
};
