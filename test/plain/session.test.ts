// The plain wire's server, byte by byte: where messages end, and what has no reply.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { context, defineInterface, method, type Observer, type StageEvent, UpcallError } from "upcall";
import { nothingLeft, PlayedServer, served, servedWaiting } from "./played.ts";
import { Blob, gate } from "./subject.ts";

const KiB = 1024;

suite("the first chunk is the message", () => {
  test("its reply is sent, then the connection is closed", async () => {
    const server = served("chunk");
    await server.send("perché\n");
    assert.deepEqual(server.client.chunks, ["\néhcrep"]);
    assert.equal(server.client.hasEnded, true);
    server.client.end.end();
    await server.clock.settle();
    assert.deepEqual([server.closed, server.left, server.clock.timers], [[null], nothingLeft, 0]);
    assert.deepEqual(server.counted, {});
  });

  test("bytes left over while the upcall runs end the connection without a reply", async () => {
    const { calls, server } = servedWaiting("chunk");
    await server.send("one");
    await server.send("two");
    assert.equal(server.client.hasEnded, true);
    calls[0]?.reply("eno");
    await server.clock.advance(1_000);
    assert.equal(server.client.got, "");
    assert.deepEqual([server.closed.length, server.counted, server.left], [1, { plainLeftOver: 1 }, nothingLeft]);
    assert.equal(calls.length, 1);
  });

  test("bytes left over after the reply are counted once and change nothing", async () => {
    const server = served("chunk");
    await server.send("one");
    await server.send("two");
    await server.send("three");
    assert.equal(server.client.got, "eno");
    assert.equal(server.closed.length, 0);
    assert.deepEqual(server.counted, { plainLeftOver: 1 });
  });

  test("64 KiB are a message, and one byte more is left over", async () => {
    const whole = served("chunk");
    await whole.send("x".repeat(64 * KiB));
    assert.equal(whole.client.got.length, 64 * KiB);
    const more = served("chunk");
    await more.send("x".repeat(64 * KiB + 1));
    assert.equal(more.client.got, "");
    assert.deepEqual(more.counted, { plainLeftOver: 1 });
  });

  test("a client that sends nothing and ends costs nothing", async () => {
    const server = served("chunk");
    server.client.end.end();
    await server.clock.settle();
    assert.deepEqual([server.closed, server.counted, server.clock.timers], [[null], {}, 0]);
  });

  test("a client that half-closes behind its message gets its reply", async () => {
    const { calls, server } = servedWaiting("chunk");
    server.client.send("abc");
    server.client.end.end();
    await server.clock.settle();
    calls[0]?.reply("cba");
    await server.clock.settle();
    assert.deepEqual([server.client.got, server.closed], ["cba", [null]]);
  });

  test("a character that comes in two segments is two messages, the first of them not UTF-8", async () => {
    const server = served("chunk");
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    await server.send(first);
    await server.send(second);
    assert.equal(server.client.got, "");
    assert.deepEqual(server.counted, { plainBad: 1, badArguments: 1, plainLeftOver: 1 });
  });
});

suite("a result that cannot be a reply is told to this side, whose fault it is", () => {
  for (const [end, result, words] of [
    ["chunk", 7, /returned what is no reply here: it is no string; its caller got no reply/],
    ["chunk", new Uint8Array(3), /it is no string/],
    ["half-close", "a\ud800b", /cannot send result: it is a string with a lone surrogate/],
    ["newline", "one\ntwo", /it has a newline/],
    ["half-close", "x".repeat(1_001), /it is 1001 bytes long, and limits\.message is 1000/],
  ] as const)
    test(`${end}: ${String(words)}`, async () => {
      const server = served(end, { limits: { message: 1_000 } }, () => result);
      server.client.send("one\n");
      server.client.end.end();
      await server.clock.settle();
      assert.equal(server.client.got, "");
      assert.equal(server.endpoint.counters.plainBad + server.endpoint.counters.messagesTooLarge, 1);
      const [told, ...more] = server.incidents;
      assert.ok(told?.error instanceof UpcallError);
      assert.match(told.error.message, words);
      assert.deepEqual([told.method, told.peer, told.call], ["Subject.request", "the client", 1]);
      assert.deepEqual([told.error.reason, more], ["BAD_RESULT", []]);
    });
});

suite("a message ends at a newline", () => {
  test("many in one segment are answered in order, in one write", async () => {
    const server = served("newline");
    await server.send("one\ntwo\n\nthree\n");
    assert.deepEqual(server.client.chunks, ["eno\nowt\n\neerht\n"]);
    assert.equal(server.endpoint.counters.writes, 1);
  });

  test("one in many segments is one, also where a character is cut", async () => {
    const server = served("newline");
    for (const byte of Buffer.from("perché\r\n\ufeff\n")) await server.send(new Uint8Array([byte]));
    assert.deepEqual(server.client.chunks, ["\réhcrep\n", "\ufeff\n"]);
  });

  test("the next one begins when the one before is answered", async () => {
    const { calls, server } = servedWaiting("newline");
    await server.send("one\ntwo\n");
    assert.deepEqual(
      calls.map(({ data }) => data),
      ["one"],
    );
    calls[0]?.reply("1");
    await server.clock.settle();
    assert.deepEqual(
      calls.map(({ data }) => data),
      ["one", "two"],
    );
    calls[1]?.reply("2");
    await server.clock.settle();
    assert.equal(server.client.got, "1\n2\n");
    assert.equal(server.client.hasEnded, false);
  });

  test("a client that half-closes gets the replies to all it sent; what has no end is counted", async () => {
    const { calls, server } = servedWaiting("newline");
    server.client.send("one\ntwo\nthr");
    server.client.end.end();
    await server.clock.settle();
    for (const i of [0, 1]) {
      calls[i]?.reply("x");
      await server.clock.settle();
    }
    assert.deepEqual([server.client.got, server.closed, calls.length], ["x\nx\n", [null], 2]);
    assert.deepEqual(server.counted, { plainBad: 1 });
  });

  test("an error ends the connection, behind the replies that were ready", async () => {
    const server = served("newline", {}, (data) => {
      if (data === "bad") throw new Error("it is bad");
      return data;
    });
    await server.send("one\nbad\nthree\n");
    assert.deepEqual([server.client.got, server.client.hasEnded], ["one\n", true]);
    assert.deepEqual(server.counted, { upcallsThrown: 1 });
  });

  test("a reply with a newline in it is none", async () => {
    const server = served("newline", {}, (data) => `${data}\n`);
    await server.send("one\n");
    assert.deepEqual([server.client.got, server.client.hasEnded, server.counted], ["", true, { plainBad: 1 }]);
  });

  test("65,536 empty messages in one segment are answered, and others get their turn in between", async () => {
    const server = served("newline");
    server.client.send("\n".repeat(64 * KiB));
    await Promise.resolve();
    await server.clock.settle();
    assert.ok(server.client.got.length < 64 * KiB, `${server.client.got.length} were answered in one turn`);
    await server.clock.advance(1);
    assert.equal(server.client.got, "\n".repeat(64 * KiB));
  });

  test("what waits behind a call that runs stops the reading at 64 KiB, and it goes on later", async () => {
    const { calls, server } = servedWaiting("newline");
    await server.send(`${"x\n".repeat(32 * KiB - 1)}`);
    assert.deepEqual(server.far.log, []);
    await server.send("x\nx\n");
    assert.deepEqual(server.far.log, ["pause"]);
    calls[0]?.reply("");
    await server.clock.settle();
    calls[1]?.reply("");
    await server.clock.settle();
    assert.deepEqual(server.far.log, ["pause", "resume"]);
  });
});

suite("a message ends where the client half-closes", () => {
  test("in as many segments as it likes", async () => {
    const server = served("half-close");
    for (const byte of Buffer.from("per\nché")) await server.send(new Uint8Array([byte]));
    assert.equal(server.client.got, "");
    server.client.end.end();
    await server.clock.settle();
    assert.deepEqual([server.client.got, server.closed, server.counted], ["éhc\nrep", [null], {}]);
  });

  test("also an empty one", async () => {
    const server = served("half-close", {}, (data) => `got ${data.length}`);
    server.client.end.end();
    await server.clock.settle();
    assert.equal(server.client.got, "got 0");
  });
});

suite("what has no reply", () => {
  const notUtf8 = new Uint8Array([0x68, 0xc3, 0x28, 0x0a]);
  for (const [what, result] of [
    ["undefined", undefined],
    ["null", null],
    ["a number", 7],
    ["bytes, where text is declared", new Uint8Array([1])],
    ["half a character", "\ud800"],
    ["an object with a toString", { toString: () => assert.fail("it was called") }],
  ] as const) {
    test(`a method that returns ${what}`, async () => {
      const server = served("newline", {}, () => result);
      await server.send("one\n");
      assert.deepEqual([server.client.got, server.client.hasEnded, server.counted], ["", true, { plainBad: 1 }]);
    });
  }

  test("text, where bytes are declared", async () => {
    const server = new PlayedServer(Blob, { turn: () => "text" }, { end: "chunk" });
    await server.send("one");
    assert.deepEqual([server.client.got, server.counted], ["", { plainBad: 1 }]);
  });

  test("bytes that are not UTF-8, where text is declared: the method does not run", async () => {
    const server = served("newline", {}, () => assert.fail("it ran"));
    await server.send(notUtf8);
    assert.deepEqual(server.counted, { plainBad: 1, badArguments: 1 });
  });

  test("an empty reply, which on a closing wire is no bytes at all", async () => {
    const server = served("chunk", {}, () => "");
    await server.send("one");
    assert.deepEqual([server.client.got, server.client.hasEnded, server.counted], ["", true, {}]);
  });

  test("a method that throws null, an UpcallError, or its promise", async () => {
    for (const thrown of [null, new UpcallError("NOT_FOUND", "there is none"), new Error("later")]) {
      const server = served("chunk", {}, async () => {
        await Promise.resolve();
        throw thrown;
      });
      await server.send("one");
      assert.deepEqual([server.client.hasEnded, server.counted], [true, { upcallsThrown: 1 }]);
    }
  });
});

test("an observer sees every stage of a plain call, numbered from 1", async () => {
  const events: StageEvent[] = [];
  const observer: Observer = (event) => {
    if (event.event === "stage") events.push(event);
  };
  const server = served("newline", { observer });
  await server.send("hello\nab\n");
  const stages = (call: number) => events.filter(({ id }) => id === call).map(({ way, stage }) => `${way} ${stage}`);
  const expected = ["call receive", "call unframe", "call decode", "call upcall", "reply return", "reply encode"];
  assert.deepEqual(stages(1), [...expected, "reply frame", "reply send"]);
  assert.deepEqual(stages(2), [...expected, "reply frame", "reply send"]);
  assert.ok(
    events.every((event) => event.side === "callee" && event.interface === "Subject" && event.method === "request"),
  );
  assert.deepEqual(
    events.filter(({ stage }) => stage === "unframe" || stage === "send").map(({ bytes }) => bytes),
    [5, 2, 5, 2],
  );
});

test("an upcall may look at who called, and for how long", async () => {
  const seen = gate();
  const server = served("chunk", {}, (data) => {
    const { peer, id, signal } = context();
    assert.deepEqual([peer.toString(), id, signal.aborted], ["the client", 1, false]);
    seen.open();
    return data;
  });
  await server.send("one");
  await seen.opened;
});

test("bytes that a method only borrows are taken back when it has answered", async () => {
  const options = { plain: "bytes", borrows: true } as const;
  const Lender = defineInterface("Lender", { count: method<(data: Uint8Array) => Uint8Array>(options) });
  const kept: Uint8Array[] = [];
  const count = (data: Uint8Array): Uint8Array => {
    kept.push(data);
    return Uint8Array.of(data.length >> 16);
  };
  const server = new PlayedServer(Lender, { count }, { end: "half-close", limits: { message: 4096 * KiB } });
  server.client.send(new Uint8Array(2048 * KiB).fill(7));
  server.client.end.end();
  await server.clock.settle();
  assert.deepEqual(server.client.chunks, [" "]);
  assert.equal(kept[0]?.length, 0);
});
