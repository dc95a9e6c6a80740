// A medium of the program's own, `media: [mine]`, and connections that the program brings itself: calls, errors, streams,
// callbacks, long messages, close and broken ones are as over our own media, and what is handed in wrongly is refused at once.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { suite, test } from "node:test";
import {
  type Connection,
  type ConnectOptions,
  callback,
  close,
  connect,
  context,
  defineInterface,
  type Medium,
  method,
  open,
  type ProxyOf,
  type Server,
  serve,
  stream,
  within,
} from "upcall";
import { pipe, pipeEnds } from "../../examples/own-medium/pipe.ts";

const Work = defineInterface("Work", {
  echo: method<(value: unknown) => unknown>(),
  fail: method<() => void>(),
  wait: method<() => void>(),
  peer: method<() => string>(),
  count: method({ args: [], returns: stream<number>() }),
  each: method({ args: [callback<(n: number) => number>()] }),
});

const waiting = new Set<AbortSignal>();
const work = {
  echo: (value: unknown) => value,
  fail() {
    throw new Error("not shown");
  },
  async wait() {
    const { signal } = context();
    waiting.add(signal);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    waiting.delete(signal);
  },
  peer: () => context().peer.toString(),
  async *count() {
    for (let i = 0; i < 1_000; i++) yield i;
  },
  async each(fn: (n: number) => Promise<number>) {
    assert.equal(await fn(20), 21);
  },
};

interface Both extends AsyncDisposable {
  readonly server: Server;
  readonly proxy: ProxyOf<typeof Work>;
  /** Breaks the connection that the proxy has. */
  cut(): void;
}

let count = 0;
const fresh = (): string => `pipe:own-${++count}`;

/** Over the medium, whose ends a test can get hold of. */
async function overMedium(options: ConnectOptions = {}): Promise<Both> {
  let last: Connection | null = null;
  const kept: Medium = {
    ...pipe,
    async connect(place, terms) {
      last = (await pipe.connect?.(place as string, terms)) as Connection;
      return last;
    },
  };
  const server = await serve(Work, work, fresh(), { media: [pipe], limits: { drain: 50 } });
  const proxy = await connect(Work, server.url, { media: [kept], limits: { drain: 50 }, ...options });
  return both(server, proxy, () => last?.destroy());
}

async function overReady(options: ConnectOptions = {}): Promise<Both> {
  const server = await serve(Work, work, [], { limits: { drain: 50 } });
  const [here, there] = pipeEnds();
  server.accept(there);
  const proxy = await connect(Work, here, { limits: { drain: 50 }, ...options });
  return both(server, proxy, () => here.destroy());
}

function both(server: Server, proxy: ProxyOf<typeof Work>, cut: () => void): Both {
  const dispose = async (): Promise<void> => {
    await close(proxy);
    await server.close();
  };
  return { server, proxy, cut, [Symbol.asyncDispose]: dispose };
}

for (const [name, start] of [
  ["a medium of the program's own", overMedium],
  ["a connection that was brought", overReady],
] as const)
  suite(name, () => {
    test("carries calls, errors, and long messages both ways", async () => {
      await using it = await start();
      assert.deepEqual(await it.proxy.echo({ a: [1, "two", 3n] }), { a: [1, "two", 3n] });
      const long = new Uint8Array(3 * 1024 * 1024).map((_, i) => i % 251);
      assert.deepEqual(await it.proxy.echo(long), long);
      const many = await Promise.all(Array.from({ length: 500 }, (_, i) => it.proxy.echo(i)));
      assert.deepEqual(many, [...many.keys()]);
      await assert.rejects(it.proxy.fail(), { code: "UNKNOWN", outcome: "executed" });
      assert.equal(it.server.counters().connectionsNow, 1);
    });

    test("carries streams and callbacks", async () => {
      await using it = await start();
      let sum = 0;
      for await (const n of it.proxy.count()) sum += n;
      assert.equal(sum, 499_500);
      await it.proxy.each((n) => n + 1);
    });

    test("ends calls by deadline and signal, and closes in good order", async () => {
      const it = await start();
      await assert.rejects(within(it.proxy, { timeout: 20 }).wait(), { code: "DEADLINE_EXCEEDED" });
      const controller = new AbortController();
      const call = within(it.proxy, { signal: controller.signal }).wait();
      controller.abort();
      await assert.rejects(call, { code: "CANCELLED" });
      await it[Symbol.asyncDispose]();
      assert.equal(it.server.counters().connectionsNow, 0);
      await assert.rejects(it.proxy.echo(1), { code: "UNAVAILABLE", reason: "CLOSED" });
    });

    test("that breaks fails its calls, and the object hears of it", async () => {
      await using it = await start({ reconnect: false });
      const call = it.proxy.wait();
      while (waiting.size === 0) await it.proxy.echo(0);
      const [signal] = waiting;
      it.cut();
      await assert.rejects(call, { code: "UNAVAILABLE", reason: "CONNECTION_LOST", outcome: "unknown" });
      if (signal?.aborted === false) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await assert.rejects(it.proxy.echo(1), { code: "UNAVAILABLE" });
    });
  });

test("a medium's connection is made again, and a brought one is not", async () => {
  await using it = await overMedium();
  assert.equal(await it.proxy.echo(1), 1);
  it.cut();
  // Whether this one ran is not known: it may have been sent before the cut was heard of.
  await it.proxy.echo(2).catch(() => {});
  assert.equal(await it.proxy.echo(3), 3);
  await assert.rejects(overReady({ reconnect: true }), { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" });
});

test("the peer's text is the address that it says, or the name of the medium where it has none", async () => {
  await using it = await overMedium();
  assert.equal(await it.proxy.peer(), "pipe");
  const [near, far] = pipeEnds();
  Object.defineProperty(far, "peer", { value: { address: "192.0.2.7", port: 9, local: false, encrypted: true } });
  it.server.accept(far);
  await using proxy = await connect(Work, near);
  assert.equal(await proxy.peer(), "192.0.2.7:9");
});

test("the plain wire goes over both, and a brought connection carries what one connection can", async () => {
  const Line = defineInterface("Line", { say: method<(text: string) => string>() });
  const options = { wire: "plain", end: "newline", media: [pipe] } as const;
  await using server = await serve(Line, { say: (text) => text.toUpperCase() }, fresh(), options);
  await using line = await connect(Line, server.url, options);
  assert.deepEqual([await line.say("one"), await line.say("two")], ["ONE", "TWO"]);
  const [here, there] = pipeEnds();
  server.accept(there);
  await using brought = await connect(Line, here, options);
  assert.deepEqual([await brought.say("three"), await brought.say("four")], ["THREE", "FOUR"]);
});

test("a medium gets the options that it declares, and no others are known", async () => {
  const seen: unknown[] = [];
  const fast: Medium<string> = {
    ...pipe,
    scheme: "fast",
    options: {
      speed: { at: ["connect", "serve"], shape: (value) => (typeof value === "number" ? null : "a number") },
      only: { at: ["serve"], shape: () => null },
    },
    parse: (url) => url.slice("fast:".length),
    listen: async (place, terms) => {
      seen.push({ ...terms.options });
      return { url: `fast:${place}`, close: async () => {} };
    },
    connect: async (_place, { options }) => {
      seen.push({ ...options });
      throw new Error("it is not there");
    },
  };
  const said = { media: [fast], speed: 3 };
  await using _server = await serve(Work, work, "fast:x", { ...said, only: true } as object);
  await assert.rejects(connect(Work, "fast:x", said), {
    code: "UNAVAILABLE",
    reason: "CONNECTION_REFUSED",
    outcome: "not-executed",
    message: "connecting to fast:x failed: it is not there",
  });
  assert.deepEqual(seen, [{ speed: 3, only: true }, { speed: 3 }]);
  const bad = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" };
  await assert.rejects(connect(Work, "fast:x", { media: [fast], speed: "3" } as object), {
    ...bad,
    message: /speed is "3"; it must be a number/,
  });
  await assert.rejects(connect(Work, "fast:x", { media: [fast], only: true } as object), bad);
  await assert.rejects(connect(Work, "memory:x", { speed: 3 } as object), {
    ...bad,
    message: /there is no option speed/,
  });
});

suite("what is handed in wrongly is refused at once", () => {
  const badOption = { code: "INVALID_ARGUMENT", reason: "BAD_OPTION", outcome: "not-executed" };
  const badArgument = { code: "INVALID_ARGUMENT", reason: "BAD_ARGUMENT", outcome: "not-executed" };
  const media: readonly (readonly [unknown, RegExp])[] = [
    ["pipe", /no array of media/],
    [[null], /a medium is an object, and this is null/],
    [[{ ...pipe, traits: { loacl: true } }], /pipe: there is no trait loacl; did you mean local\?/],
    [[{ ...pipe, traits: "local" }], /its traits are no object/],
    [[{ ...pipe, scheme: "Pipe" }], /has a scheme, lower-case letters/],
    [[{ ...pipe, shape: "datagram" }], /its shape must be "stream" or "message"/],
    [[{ ...pipe, parse: undefined }], /has no parse\(\)/],
    [[{ ...pipe, connect: undefined, listen: undefined }], /needs connect\(\) or listen\(\)/],
    [[{ ...pipe, scheme: "tcp" }], /there is a medium tcp: already/],
    [[pipe, pipe], /there is a medium pipe: already/],
    [[{ ...pipe, options: { timeout: { at: ["connect"], shape: () => null } } }], /declares an option timeout/],
  ];
  for (const [given, message] of media)
    test(`as media: ${message.source}`, async () => {
      await assert.rejects(open("pipe:x", { media: given } as object), { ...badOption, message });
    });

  test("as a connection: what is missing is named, and each is taken once", async () => {
    const [here] = pipeEnds();
    const without = { peer: here.peer, unsent: 0, start() {}, pause() {}, resume() {}, end() {}, destroy() {} };
    const message = /a connection has write\(\), which this one has not/;
    await assert.rejects(open(without as unknown as Connection), { ...badArgument, message });
    await using server = await serve(Work, work, []);
    assert.throws(() => server.accept(without as unknown as Connection), { ...badArgument, message });
    assert.deepEqual([server.url, server.urls], ["", []]);
    server.accept(here);
    await assert.rejects(open(here), { ...badArgument, message: /has a session already/ });
  });

  test("as a URL: what its parse throws is said", async () => {
    await assert.rejects(open("pipe:", { media: [pipe] }), {
      code: "INVALID_ARGUMENT",
      reason: "BAD_URL",
      message: '"pipe:" is no address: it names no place, as in pipe:app',
    });
  });

  test("as a URL: a parse that gives nothing is named", async () => {
    const silent = { ...pipe, parse: () => undefined } as unknown as Medium;
    await assert.rejects(open("pipe:x", { media: [silent] }), {
      code: "INVALID_ARGUMENT",
      reason: "BAD_URL",
      message: /parse\(\) of the medium pipe gave nothing for it/,
    });
  });

  test("a medium that only serves is not connected to, and the reverse", async () => {
    const code = "UNIMPLEMENTED";
    await assert.rejects(open("pipe:x", { media: [{ ...pipe, connect: undefined }] as unknown as Medium[] }), { code });
    const only = [{ ...pipe, listen: undefined }] as unknown as Medium[];
    await assert.rejects(serve(Work, work, "pipe:x", { media: only }), { code });
  });

  test("processes for each connection cannot have one that stays in its thread", async () => {
    const module = new URL("../objects/modules/per-connection.js", import.meta.url);
    await assert.rejects(serve(module, fresh(), { media: [pipe], workers: "processes:per-connection" }), {
      code: "UNIMPLEMENTED",
      message: /pipe: connections cannot go to another process/,
    });
  });
});

test("a connection whose code fails is ended alone, with what it threw", async () => {
  await using server = await serve(Work, work, []);
  const [here, there] = pipeEnds();
  server.accept(there);
  await using proxy = await connect(Work, here);
  assert.equal(await proxy.echo(1), 1);
  here.write = () => {
    throw new RangeError("the cable is gone");
  };
  await assert.rejects(proxy.echo(2), { code: "UNAVAILABLE", message: /write\(\) failed: the cable is gone/ });
});

test("a program that only waits for a medium that never connects hears that it is late, and does not end before", () => {
  const program = `
    import { connect, defineInterface, method } from "upcall";
    const mute = { scheme: "mute", shape: "stream", parse: (url) => url, connect: () => new Promise(() => {}) };
    const Work = defineInterface("Work", { echo: method() });
    const said = connect(Work, "mute:x", { media: [mute], connectTimeout: 50 });
    await said.catch(({ code, reason, outcome, message }) => console.log(code, reason, outcome, message));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.equal(stdout, "UNAVAILABLE TIMEOUT not-executed mute:x did not answer within 50 ms\n", stderr);
});
