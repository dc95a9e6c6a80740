// The plain wire's client: where replies end, and which call each belongs to, on virtual time.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { StageEvent } from "upcall";
import { errorOf, resultOf, saysOf } from "../harness/sessions.ts";
import { nothingLeft, PlayedClient } from "./played-client.ts";

suite("where the server closes, the reply ends", () => {
  test("each call has a connection of its own, and its reply may come in pieces", async () => {
    const client = new PlayedClient("close");
    const [a, b] = [client.call(["abc"]), client.call(["def"])];
    await client.settle();
    assert.deepEqual(
      client.servers.map(({ got }) => got),
      ["abc", "def"],
    );
    await client.reply(1, "2");
    client.servers[0]?.send(new Uint8Array([0xc3]));
    await client.settle();
    assert.equal(a.settled, null);
    await client.reply(0, new Uint8Array([0xa9]));
    assert.deepEqual([resultOf(a), resultOf(b), client.left], ["é", "2", nothingLeft]);
  });

  test("half-close: the message ends with the client's own direction", async () => {
    const client = new PlayedClient("half-close");
    const result = client.call([""]);
    await client.settle();
    assert.equal(client.servers[0]?.hasEnded, true);
    await client.reply(0, "empty");
    assert.equal(resultOf(result), "empty");
  });

  test("where nothing is said, the client's direction stays open", async () => {
    const client = new PlayedClient("close");
    client.call(["a"]);
    await client.settle();
    assert.equal(client.servers[0]?.hasEnded, false);
  });

  for (const end of ["close", "half-close"] as const) {
    test(`${end}: a server that closes without a word leaves it unknown whether the call ran`, async () => {
      const client = new PlayedClient(end);
      const result = client.call(["a"]);
      await client.settle();
      await client.reply(0, "");
      assert.equal(saysOf(result), "UNAVAILABLE NO_REPLY unknown");
    });

    test(`${end}: a reply that a reset cuts off is none`, async () => {
      const client = new PlayedClient(end);
      const result = client.call(["a"]);
      await client.settle();
      client.servers[0]?.send("half a re");
      await client.settle();
      client.servers[0]?.end.destroy();
      await client.settle();
      assert.equal(saysOf(result), "UNAVAILABLE CONNECTION_LOST unknown");
    });
  }

  test("a reply at the limit is given, one over it is refused and read no further", async () => {
    for (const [length, says] of [
      [1000, null],
      [1001, "RESOURCE_EXHAUSTED TOO_LARGE executed"],
    ] as const) {
      const client = new PlayedClient("close");
      const result = client.call(["a"]);
      await client.settle();
      await client.reply(0, "x".repeat(length));
      if (says === null) assert.equal(resultOf(result), "x".repeat(1000));
      else assert.equal(saysOf(result), says);
      assert.equal(client.endpoint.counters.messagesTooLarge, says === null ? 0 : 1);
    }
  });

  test("at most 128 connections at once; the other calls wait for their turn", async () => {
    const client = new PlayedClient("close");
    const results = Array.from({ length: 200 }, (_, i) => client.call([`${i}`]));
    await client.settle();
    assert.equal(client.servers.length, 128);
    for (let i = 0; i < 200; i++) await client.reply(i, "r");
    assert.deepEqual(
      results.map(resultOf),
      results.map(() => "r"),
    );
    assert.equal(client.servers.length, 200);
    assert.deepEqual(client.left, nothingLeft);
  });
});

suite("what came at once is the reply", () => {
  test("of a server that leaves the connection open, in several segments of one turn, or with the end", async () => {
    const client = new PlayedClient("chunk", { message: 100_000 });
    const results = ["a", "b", "c"].map((data) => client.call([data]));
    await client.settle();
    const [first, second] = client.servers;
    first?.send("x".repeat(40_000));
    first?.send("y".repeat(20_000));
    second?.send("é");
    await client.reply(2, "3");
    assert.deepEqual(results.map(resultOf), [`${"x".repeat(40_000)}${"y".repeat(20_000)}`, "é", "3"]);
    assert.deepEqual(client.left, nothingLeft);
  });

  test("64 KiB of it, and one byte more is refused with the option's name", async () => {
    for (const length of [65_536, 65_537]) {
      const client = new PlayedClient("chunk", { message: 100_000 });
      const result = client.call(["a"]);
      await client.settle();
      client.servers[0]?.send("x".repeat(length));
      await client.settle();
      if (length === 65_536) assert.equal(resultOf(result), "x".repeat(length));
      else assert.match(errorOf(result).message, /longer than what one receive gives, 65536 bytes, .*end: "chunk"/);
      if (length !== 65_536) assert.equal(saysOf(result), "RESOURCE_EXHAUSTED TOO_LARGE executed");
      assert.deepEqual(client.left, nothingLeft);
    }
  });

  test("a limit below 64 KiB holds", async () => {
    const client = new PlayedClient("chunk");
    const result = client.call(["a"]);
    await client.settle();
    client.servers[0]?.send("x".repeat(1_001));
    await client.settle();
    assert.equal(saysOf(result), "RESOURCE_EXHAUSTED TOO_LARGE executed");
    assert.match(errorOf(result).message, /raise limits\.message/);
  });

  test("nothing before the end is no reply", async () => {
    const client = new PlayedClient("chunk");
    const result = client.call(["a"]);
    await client.settle();
    await client.reply(0, "");
    assert.equal(saysOf(result), "UNAVAILABLE NO_REPLY unknown");
  });
});

suite("the deadline comes while part of a reply is here", () => {
  for (const [end, words] of [
    [
      "close",
      /^5 bytes of a reply to Subject\.request came from the server .* connection did not end, and without the option end .*end: "chunk"/,
    ],
    ["half-close", /^5 bytes of a reply .* connection did not end.*end: "half-close"/],
    ["newline", /^5 bytes of a reply .* no newline came.*end: "chunk"/],
  ] as const) {
    test(`${end}: the error says how many bytes came, what is missing, and which option to use`, async () => {
      const client = new PlayedClient(end);
      const result = client.call(["a"], { timeout: 100 });
      await client.settle();
      client.servers[0]?.send("olleh");
      await client.clock.advance(200);
      assert.equal(saysOf(result), "DEADLINE_EXCEEDED TIMEOUT unknown");
      assert.match(errorOf(result).message, words);
      assert.deepEqual([client.endpoint.counters.deadlinesExceeded, client.left], [1, nothingLeft]);
    });

    test(`${end}: where nothing came it is an ordinary deadline`, async () => {
      const client = new PlayedClient(end);
      const result = client.call(["a"], { timeout: 100 });
      await client.clock.advance(200);
      assert.equal(saysOf(result), "DEADLINE_EXCEEDED TIMEOUT unknown");
      assert.match(errorOf(result).message, /got no reply from the server by its deadline/);
    });
  }
});

suite("with newlines", () => {
  test("one connection carries all calls, one at a time, in order", async () => {
    const client = new PlayedClient("newline");
    const results = ["a", "b", "c"].map((data) => client.call([data]));
    await client.settle();
    const [server] = client.servers;
    assert.ok(server);
    for (const sent of ["a\n", "a\nb\n", "a\nb\nc\n"]) {
      assert.equal(server.got, sent);
      server.send(`${sent.at(-2)}`);
      await client.settle();
      server.send("!\n");
      await client.settle();
    }
    assert.deepEqual(results.map(resultOf), ["a!", "b!", "c!"]);
    assert.deepEqual([client.servers.length, client.endpoint.counters.connectionsNow], [1, 1]);
  });

  test("an empty reply is one", async () => {
    const client = new PlayedClient("newline");
    const result = client.call([""]);
    await client.settle();
    assert.equal(client.servers[0]?.got, "\n");
    client.servers[0]?.send("\n");
    await client.settle();
    assert.equal(resultOf(result), "");
  });

  test("a server that closes instead of answering costs that call; the next one gets a new connection", async () => {
    const client = new PlayedClient("newline");
    const [a, b] = [client.call(["a"]), client.call(["b"])];
    await client.settle();
    await client.reply(0, "no newline");
    assert.equal(saysOf(a), "UNAVAILABLE NO_REPLY unknown");
    assert.equal(client.servers[1]?.got, "b\n");
    client.servers[1]?.send("2\n");
    await client.settle();
    assert.equal(resultOf(b), "2");
  });

  test("a connection that ends while it rests costs nothing", async () => {
    const client = new PlayedClient("newline");
    const a = client.call(["a"]);
    await client.settle();
    await client.reply(0, "1\n");
    assert.equal(resultOf(a), "1");
    assert.deepEqual(client.left, nothingLeft);
    const b = client.call(["b"]);
    await client.settle();
    client.servers[1]?.send("2\n");
    await client.settle();
    assert.equal(resultOf(b), "2");
  });

  test("what a server says unasked is never taken for a reply", async () => {
    const client = new PlayedClient("newline");
    const a = client.call(["a"]);
    await client.settle();
    client.servers[0]?.send("1\n2\n");
    await client.settle();
    assert.equal(resultOf(a), "1");
    const b = client.call(["b"]);
    await client.settle();
    assert.equal(client.servers[1]?.got, "b\n");
    client.servers[1]?.send("3\n");
    await client.settle();
    client.servers[1]?.send("4\n");
    await client.settle();
    assert.equal(resultOf(b), "3");
    assert.deepEqual([client.endpoint.counters.plainLeftOver, client.left], [2, nothingLeft]);
  });

  test("a late reply is never taken for the next call's", async () => {
    const client = new PlayedClient("newline");
    const a = client.call(["a"], { timeout: 100 });
    const b = client.call(["b"]);
    await client.clock.advance(200);
    assert.equal(saysOf(a), "DEADLINE_EXCEEDED TIMEOUT unknown");
    client.servers[0]?.send("late\n");
    await client.settle();
    assert.equal(b.settled, null);
    client.servers[1]?.send("2\n");
    await client.settle();
    assert.equal(resultOf(b), "2");
  });
});

suite("a datagram", () => {
  test("is the whole message, and the first one back is the whole reply, also an empty one", async () => {
    for (const reply of ["reply", ""]) {
      const client = new PlayedClient("datagram");
      const result = client.call([""]);
      await client.settle();
      // The link has no empty segments; a socket does.
      if (reply === "") client.servers[0]?.end.other?.events?.received(new Uint8Array(0));
      else client.servers[0]?.send(reply);
      await client.settle();
      assert.deepEqual([resultOf(result), client.left], [reply, nothingLeft]);
    }
  });

  test("longer than the limit here is no reply, and none is cut", async () => {
    const client = new PlayedClient("datagram");
    const results = [client.call(["a"]), client.call(["b"])];
    await client.settle();
    client.servers[0]?.send("x".repeat(1_000));
    client.servers[1]?.send("x".repeat(1_001));
    await client.settle();
    assert.equal(resultOf(results[0] ?? { settled: null }), "x".repeat(1_000));
    assert.equal(saysOf(results[1] ?? { settled: null }), "RESOURCE_EXHAUSTED TOO_LARGE executed");
    assert.deepEqual([client.endpoint.counters.messagesTooLarge, client.left], [1, nothingLeft]);
  });

  test("has its own limit", async () => {
    const client = new PlayedClient("datagram", { message: 1_000_000 });
    const [fits, not] = [client.call(["x".repeat(65_507)]), client.call(["x".repeat(65_508)])];
    await client.settle();
    assert.equal(fits.settled, null);
    assert.equal(saysOf(not), "RESOURCE_EXHAUSTED TOO_LARGE not-executed");
  });
});

test("a reply that is not UTF-8, where text is declared, is the server's fault", async () => {
  const client = new PlayedClient("half-close");
  const result = client.call(["a"]);
  await client.settle();
  await client.reply(0, new Uint8Array([0xff]));
  assert.equal(saysOf(result), "INTERNAL BAD_RESULT executed");
  assert.equal(client.endpoint.counters.plainBad, 1);
});

test("an observer sees every stage of a plain call", async () => {
  const events: StageEvent[] = [];
  const client = new PlayedClient("half-close", {}, (event) => {
    if (event.event === "stage") events.push(event);
  });
  client.call(["hello"]);
  await client.settle();
  await client.reply(0, "olleh!");
  assert.deepEqual(
    events.map(({ way, stage, id, bytes }) => `${way} ${stage} ${id} ${bytes}`),
    [
      "call proxy 0 0",
      "call encode 0 5",
      "call frame 1 5",
      "call send 1 5",
      "reply receive 1 6",
      "reply unframe 1 6",
      "reply decode 1 6",
      "reply settle 1 0",
    ],
  );
  assert.ok(
    events.every((event) => event.side === "caller" && event.interface === "Subject" && event.method === "request"),
  );
});
