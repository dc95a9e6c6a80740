// What the plain wire cannot do is refused when serving or connecting, with a sentence, and never later.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Peer } from "upcall";
import {
  callback,
  connect,
  defineInterface,
  type Interface,
  implement,
  method,
  oneway,
  open,
  reference,
  serve,
  stream,
} from "upcall";
import { failsWith, media, reverse, Subject } from "./subject.ts";

const string = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: String(value) }) },
} as const;
const plain = { wire: "plain" } as const;
const anything = new Proxy({}, { get: () => () => "" });

suite("interfaces", () => {
  const Two = defineInterface("Two", { one: method<(a: string) => string>(), two: method<(a: string) => string>() });
  const Values = defineInterface("Values", { one: method<(a: number) => number>({ plain: "value" }) });
  const Oneway = defineInterface("Oneway", { one: oneway<(a: string) => void>() });
  const TwoArguments = defineInterface("TwoArguments", { one: method({ args: [string, string], returns: string }) });
  const Ref = defineInterface("Ref", { one: method({ args: [reference(() => Subject)], returns: string }) });
  const Fun = defineInterface("Fun", { one: method({ args: [callback<() => void>()], returns: stream<string>() }) });
  for (const [subject, words, code, reason] of [
    [Two, /one interface with one method, and got Two \(2 methods\)/, "INVALID_ARGUMENT", "BAD_INTERFACE"],
    [Values, /carries only text or bytes/, "INVALID_ARGUMENT", "BAD_INTERFACE"],
    [Oneway, /is oneway/, "INVALID_ARGUMENT", "BAD_INTERFACE"],
    [TwoArguments, /declares 2 arguments/, "INVALID_ARGUMENT", "BAD_INTERFACE"],
    [Ref, /declares references/, "UNIMPLEMENTED", "NOT_SUPPORTED"],
    [Fun, /declares callbacks and streams/, "UNIMPLEMENTED", "NOT_SUPPORTED"],
  ] as const) {
    test(`${subject.name}, served and connected to`, async () => {
      const object = anything as never;
      const fits = failsWith(code, reason, "not-executed", words);
      await assert.rejects(serve(subject as Interface, object, "memory:refused", plain), fits);
      await assert.rejects(connect(subject as Interface, "memory:refused", plain), fits);
    });
  }

  test("several of them", async () => {
    const Other = defineInterface("Other", { request: method<(data: string) => string>() });
    const object = { request: reverse };
    const fits = failsWith("INVALID_ARGUMENT", "BAD_INTERFACE", "not-executed", /got Subject .*, Other/);
    const both = [implement(Subject, object), implement(Other, object)];
    await assert.rejects(serve(both, "memory:refused", plain), fits);
    await using connection = await open("memory:refused", plain);
    connection.proxy(Subject);
    connection.proxy(Subject);
    assert.throws(() => connection.proxy(Other), fits);
  });

  test("a schema of one argument is checked before the method runs", async () => {
    const One = defineInterface("One", { one: method({ args: [string], returns: string }) });
    await using server = await serve(One, { one: (a) => `${a}!` }, "memory:one", plain);
    await using one = await connect(One, server.url, plain);
    assert.equal(await one.one("a"), "a!");
  });
});

suite("options", () => {
  const fits = (words: RegExp) => failsWith("INVALID_ARGUMENT", "BAD_OPTION", "not-executed", words);
  const object = { request: reverse };

  test("an end that is not known", async () => {
    const options = { wire: "plain", end: "comma" as never } as const;
    const words = /end is "comma"; it must be one of "chunk", "newline", "half-close"/;
    await assert.rejects(serve(Subject, object, "memory:refused", options), fits(words));
    await assert.rejects(connect(Subject, "memory:refused", options), fits(words));
  });

  test("an end where frames say theirs", async () => {
    const words = /use it with wire: "plain"/;
    await assert.rejects(serve(Subject, object, "memory:refused", { end: "newline" }), fits(words));
    await assert.rejects(connect(Subject, "memory:refused", { end: "newline" }), fits(words));
  });

  test("the end of a former version is told the one to write", async () => {
    const options = { wire: "plain", end: "first-chunk" as never } as const;
    const words = /end is "first-chunk"; it must be one of "chunk", "newline", "half-close"/;
    await assert.rejects(serve(Subject, object, "tcp://localhost:0", options), fits(words));
    await assert.rejects(connect(Subject, "tcp://localhost:1", options), fits(words));
  });

  test("what is none of the ends", async () => {
    const none = ["Chunk", " newline", "", "\n", null, 10, 10n, true, Symbol("chunk"), ["chunk"], { end: "chunk" }];
    for (const end of none) {
      const options = { wire: "plain", end: end as never } as const;
      const words = /: end is .*; it must be one of "chunk", "newline", "half-close"$/;
      await assert.rejects(serve(Subject, object, "memory:refused", options), fits(words));
      await assert.rejects(connect(Subject, "memory:refused", options), fits(words));
    }
  });

  test("an end where a datagram is the message; beside another medium it is that one's", async () => {
    const words = /over udp: it ends with its datagram: leave end out/;
    for (const end of ["chunk", "newline", "half-close"] as const) {
      await assert.rejects(serve(Subject, object, "udp://localhost:0", { ...plain, end }), fits(words));
      await assert.rejects(connect(Subject, "udp://localhost:1", { ...plain, end }), fits(words));
    }
    const urls = ["tcp://localhost:0", "udp://localhost:0"];
    await using server = await serve(Subject, object, urls, { ...plain, end: "newline" });
    await using datagrams = await connect(Subject, server.urls[1] ?? "", plain);
    await using lines = await connect(Subject, server.urls[0] ?? "", { ...plain, end: "newline" });
    assert.deepEqual([await datagrams.request("ab"), await lines.request("cd")], ["ba", "dc"]);
  });

  test("udp: without the plain wire", async () => {
    const says = failsWith("UNIMPLEMENTED", "NOT_SUPPORTED", "not-executed", /wire: "plain"/);
    await assert.rejects(serve(Subject, object, "udp://localhost:0"), says);
    await assert.rejects(connect(Subject, "udp://localhost:1"), says);
  });

  for (const host of ["*", "0.0.0.0", "[::]"]) {
    test(`udp: on ${host} without insecure`, async () => {
      const words = /say insecure: true/;
      await assert.rejects(serve(Subject, object, `udp://${host}:0`, plain), fits(words));
    });
  }

  test("a message may be 1 MiB, or what limits.message says", async () => {
    for (const [limits, length] of [
      [{}, 1024 * 1024],
      [{ message: 5_000_000 }, 5_000_000],
    ] as const) {
      const options = { wire: "plain", end: "half-close", limits } as const;
      await using server = await serve(Subject, { request: (data) => `${data.length}` }, "memory:limits", options);
      await using subject = await connect(Subject, server.url, { ...options, limits: { message: 10_000_000 } });
      assert.equal(await subject.request("x".repeat(length)), `${length}`);
      await assert.rejects(subject.request("x".repeat(length + 1)), failsWith("UNAVAILABLE", "NO_REPLY", "unknown"));
      assert.equal(server.counters().messagesTooLarge, 1);
    }
  });
});

for (const { medium, url } of media.filter((row) => row.medium !== "memory")) {
  test(`${medium}: where nobody listens the call did not run`, async () => {
    const server = await serve(Subject, { request: reverse }, url(), plain);
    await server.close();
    await using subject = await connect(Subject, server.url, plain);
    await assert.rejects(subject.request("a"), failsWith("UNAVAILABLE", "CONNECTION_REFUSED", "not-executed"));
  });
}

test("a server says who connects, and refuses one connection too many", async () => {
  const peers: string[] = [];
  const options = { ...plain, end: "newline", limits: { connectionsPerAddress: 1 } } as const;
  const onConnection = (peer: Peer): void => void peers.push(peer.toString());
  await using server = await serve(Subject, { request: reverse }, "tcp://127.0.0.1:0", { ...options, onConnection });
  await using one = await connect(Subject, server.url, options);
  await using other = await connect(Subject, server.url, options);
  assert.equal(await one.request("ab"), "ba");
  await assert.rejects(other.request("cd"), { code: "UNAVAILABLE" });
  assert.equal(await one.request("ef"), "fe");
  assert.equal(peers.length, 1);
  assert.match(peers[0] ?? "", /^127\.0\.0\.1:\d+$/);
  assert.equal(server.counters().connectionsRefused, 1);
});
