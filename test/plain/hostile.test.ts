// The plain wire and hostile clients, on real sockets: a well-behaved client beside them loses no call.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { suite, test } from "node:test";
import { connect, context, type PlainEnd, type ServeObjectOptions, serve, within } from "upcall";
import { gate, reverse, Subject } from "./subject.ts";

const MiB = 1024 * 1024;

async function stranger(url: string): Promise<Socket> {
  const socket = connectSocket({ host: "127.0.0.1", port: Number(url.split(":").at(-1)), allowHalfOpen: true });
  // Resets are what these tests are about.
  socket.on("error", () => {});
  // A refused connection may be reset before it is seen to be connected.
  await new Promise<void>((resolve) => socket.on("connect", resolve).on("close", () => resolve()));
  return socket;
}

/** Unlike `once`, it takes an error for what it is here: another way to close. */
async function gone(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.on("close", resolve));
}

async function served(end: PlainEnd, request: (data: string) => string, more: ServeObjectOptions = {}) {
  const options = { wire: "plain", end } as const;
  const server = await serve(Subject, { request }, "tcp://127.0.0.1:0", { ...options, ...more });
  const subject = await connect(Subject, server.url, options);
  return {
    server,
    url: server.url,
    /** A well-behaved call. */
    well: async (): Promise<void> => assert.equal(await subject.request("well"), request("well")),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await subject[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setImmediate(resolve));
}

suite("hostile to the plain wire", () => {
  for (const end of ["newline", "half-close"] as const) {
    test(`${end}: 100 MiB without an end are refused after the first, and cost no memory`, async () => {
      await using one = await served(end, reverse);
      const socket = await stranger(one.url);
      const before = process.memoryUsage().rss;
      const chunk = Buffer.alloc(MiB, 0x61);
      let sent = 0;
      const pour = (): void => {
        while (!socket.destroyed && sent < 100 && socket.write(chunk)) sent++;
      };
      socket.on("drain", pour);
      socket.on("end", () => socket.end());
      socket.resume();
      pour();
      await gone(socket);
      await one.well();
      assert.equal(one.server.counters().messagesTooLarge, 1);
      assert.ok(sent < 100, `${sent} MiB were taken`);
      assert.ok(process.memoryUsage().rss - before < 64 * MiB);
    });
  }

  test("a reader that never reads stops its own calls, and no other's", async () => {
    await using one = await served("newline", (data) => data.repeat(10_000));
    const socket = await stranger(one.url);
    socket.pause();
    const lines = Buffer.from("0123456789\n".repeat(5_000));
    let written = 0;
    // 5,000 replies of 100 kB: what is not read fills the kernel's buffers, then 1 MiB here, then no call begins.
    while (written < lines.length) {
      socket.write(lines.subarray(written, written + 1100));
      written += 1100;
    }
    let calls = -1;
    for (let same = 0; same < 50; ) {
      await one.well();
      const { callsReceived } = one.server.counters();
      // Each round is one call of our own.
      same = callsReceived === calls + 1 ? same + 1 : 0;
      calls = callsReceived;
    }
    assert.ok(calls < 2_000, `${calls} calls were begun`);
    socket.destroy();
  });

  test("a caller that gives up is seen to: the upcall's signal aborts", async () => {
    const entered = gate();
    const aborted = gate();
    const request = async (data: string): Promise<string> => {
      context().signal.addEventListener("abort", () => aborted.open());
      entered.open();
      await aborted.opened;
      return data;
    };
    await using server = await serve(Subject, { request }, "tcp://127.0.0.1:0", { wire: "plain" });
    await using subject = await connect(Subject, server.url, { wire: "plain" });
    const abort = new AbortController();
    const call = within(subject, { signal: abort.signal }).request("a");
    await entered.opened;
    abort.abort();
    await assert.rejects(call, { code: "CANCELLED", outcome: "unknown" });
    await aborted.opened;
  });

  test("closed and reset in every state", async () => {
    await using one = await served("half-close", reverse);
    for (const [sent, how] of [
      ["", "reset"],
      ["half", "reset"],
      ["half", "destroy"],
      ["whole", "end"],
    ] as const) {
      const socket = await stranger(one.url);
      if (sent !== "") socket.write(sent);
      if (how === "reset") socket.resetAndDestroy();
      else if (how === "destroy") socket.destroy();
      else socket.end();
      socket.resume();
      await one.well();
    }
    await until(() => one.server.counters().connectionsNow === 0);
    assert.equal(one.server.counters().runningNow, 0);
  });

  test("whoever leaves a message behind the first has its connection closed", async () => {
    const slow: (() => void)[] = [];
    const request = (data: string): string => data;
    await using one = await served("chunk", request);
    const server = await serve(
      Subject,
      { request: async (data) => await new Promise<string>((resolve) => slow.push(() => resolve(data))) },
      "tcp://127.0.0.1:0",
      { wire: "plain" },
    );
    const socket = await stranger(server.url);
    socket.resume();
    const ended = once(socket, "end");
    socket.write("first");
    await until(() => slow.length === 1);
    socket.write("second");
    await ended;
    assert.equal(socket.bytesRead, 0);
    assert.equal(server.counters().plainLeftOver, 1);
    socket.destroy();
    slow[0]?.();
    await server.close();
    await one.well();
  });

  test("connections that say nothing take the room of one address and no more", async () => {
    await using one = await served("chunk", reverse, { limits: { connectionsPerAddress: 100 } });
    const sockets = await Promise.all(Array.from({ length: 300 }, async () => await stranger(one.url)));
    for (const socket of sockets) socket.resume().on("end", () => socket.end());
    await until(() => one.server.counters().connectionsRefused === 200);
    assert.equal(one.server.counters().connectionsNow, 100);
    for (const socket of sockets) socket.destroy();
    await until(() => one.server.counters().connectionsNow === 0);
    await one.well();
  });

  test("one message cut at every byte, each by itself a segment", async () => {
    await using one = await served("newline", reverse);
    const message = Buffer.from("perché\u{1f600}\n");
    const socket = await stranger(one.url);
    socket.setNoDelay(true);
    let got = "";
    socket.on("data", (data) => {
      got += data.toString();
    });
    for (const byte of message) {
      await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
      await one.well();
    }
    await until(() => got.endsWith("\n"));
    assert.equal(got, `${reverse("perché\u{1f600}")}\n`);
    socket.destroy();
  });
});
