// Workers per connection and idle connections: a worker starts only for a connection that has sent its greeting (or, on
// the plain wire, a first byte).
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial, type NetConnectOpts, type Socket } from "node:net";
import { test } from "node:test";
import { connect, type ServeOptions, type Server, serve } from "upcall";
import { kind } from "#internal/wire/native/frame.js";
import { everyModel } from "../harness/every-model.ts";
import { bodyOf, frameOf, prefaceBytes } from "../harness/stranger.ts";
import { until } from "./programs.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const plainModule = new URL("../plain/modules/real-subject.js", import.meta.url);

function whereOf(url: string): NetConnectOpts {
  if (url.startsWith("unix:")) return { path: url.slice("unix:".length) };
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

async function stranger(url: string): Promise<Socket> {
  const socket = dial(whereOf(url));
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const workersOf = (server: Server): number => server.counters().workersStarted;

/** Some wait for it to pass, and others must do with it however busy the machine is. */
const greetingTime = 2_000;
const kinds = ["threads per connection", "processes per connection"] as const;

everyModel("silent", { media: ["tcp", "unix"], kinds, sparing: true }, ({ workers, url }) => {
  test("native: who says nothing, what is no greeting, or a wrong token costs no worker", async () => {
    const options: ServeOptions = { workers, limits: { greetingTime }, authenticate: "the secret" };
    await using server = await serve(Subject, module, url(), options);
    const silent = await Promise.all(Array.from({ length: 20 }, async () => await stranger(server.url)));
    const wrong = await stranger(server.url);
    wrong.write("GET / HTTP/1.1\r\n\r\n");
    const ends = [...silent, wrong].map(async (socket) => await once(socket.resume(), "close"));
    await assert.rejects(
      async () => await (await connect(Subject, server.url, { token: "another", reconnect: false })).request("x"),
      { code: "UNAUTHENTICATED", reason: "NOT_AUTHENTICATED", outcome: "not-executed" },
    );
    await Promise.all(ends);
    const counted = server.counters();
    assert.equal(counted.workersStarted, 0);
    assert.equal(counted.greetingTimeouts, 20);
    assert.equal(counted.badGreetings, 21);
    assert.equal(counted.notAuthenticated, 1);
    await until(() => server.counters().connectionsNow === 0);
    await using subject = await connect(Subject, server.url, { token: "the secret" });
    // Behind the greeting, before it is answered.
    const calls = Array.from({ length: 20 }, async (_, index) => await subject.request(`${index}-`));
    assert.deepEqual(
      await Promise.all(calls),
      Array.from({ length: 20 }, (_, index) => `-${String(index).split("").toReversed().join("")}`),
    );
    assert.equal(workersOf(server), 1);
  });

  test("plain: who says nothing costs no worker, and the first byte is the message's", async () => {
    const each = (["newline", "half-close", "chunk"] as const).map(async (end) => {
      const options: ServeOptions = { workers, wire: "plain", end, limits: { greetingTime } };
      await using server = await serve(plainModule, url(), options);
      const silent = await Promise.all(Array.from({ length: 5 }, async () => await stranger(server.url)));
      await Promise.all(silent.map(async (socket) => await once(socket.resume(), "close")));
      assert.equal(workersOf(server), 0);
      assert.equal(server.counters().greetingTimeouts, 5);
      const one = await stranger(server.url);
      one.write(end === "newline" ? "abc\n" : "abc");
      if (end === "half-close") one.end();
      const [reply] = (await once(one, "data")) as [Buffer];
      assert.equal(reply.toString().trim(), "cba", end);
      one.end();
      assert.equal(workersOf(server), 1);
    });
    await Promise.all(each);
  });

  test("a greeting that comes byte by byte has its worker when it is whole", async () => {
    await using server = await serve(Subject, module, url(), { workers });
    const names = [["Subject", [["request", "call"]]]];
    const session = new Uint8Array(16);
    const body = bodyOf({ session, limits: { calls: 16, message: 65_536 }, interfaces: names });
    const greeting = Buffer.concat([prefaceBytes(), frameOf(kind.greeting, {}, body)]);
    const call = frameOf(kind.call, { call: 1, remaining: 10_000 }, bodyOf(["abc"]));
    const socket = await stranger(server.url);
    socket.setNoDelay(true);
    let heard = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      heard = Buffer.concat([heard, data]);
    });
    for (const byte of greeting.subarray(0, -1)) {
      await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
    }
    await until(() => server.counters().connectionsNow === 1);
    assert.equal(workersOf(server), 0);
    // The rest of it, and the beginning of a call that follows.
    socket.write(Buffer.concat([greeting.subarray(-1), call.subarray(0, 10)]));
    await until(() => workersOf(server) === 1);
    socket.write(call.subarray(10));
    await until(() => heard.includes("cba"));
    socket.destroy();
    await until(() => server.counters().connectionsNow === 0);
  });

  test("a server that closes tells those who have not greeted, and waits for no one", async () => {
    const server = await serve(Subject, module, url(), { workers });
    const silent = await stranger(server.url);
    const heard: Buffer[] = [];
    silent.on("data", (data) => heard.push(data));
    const ended = once(silent, "end");
    await until(() => server.counters().connectionsNow === 1);
    await server.close();
    await ended;
    assert.ok(Buffer.concat(heard).toString("latin1").includes("CLOSED"));
    assert.equal(workersOf(server), 0);
  });
});
