// The server's half of the plain wire, byte by byte and on virtual time.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { context, type StageEvent, UpcallError } from "upcall";
import { nothingLeft, PlayedServer, type PlayedTerms } from "./played.ts";
import { Blob, gate, reverse, Subject } from "./subject.ts";

const KiB = 1024;

type Request = (data: string) => unknown;

function served(
  end: PlayedTerms["end"],
  terms: Omit<PlayedTerms, "end"> = {},
  request: Request = reverse,
): PlayedServer {
  return new PlayedServer(Subject, { request }, { end, ...terms });
}

/** An object whose calls settle when the test says so. */
function waiting() {
  const calls: { data: string; signal: AbortSignal; reply: (value: unknown) => void }[] = [];
  const request = (data: string): Promise<string> =>
    new Promise((resolve) => {
      const { signal } = context();
      calls.push({ data, signal, reply: resolve as (value: unknown) => void });
    });
  return { calls, request };
}

function playedWaiting(end: PlayedTerms["end"], terms: Omit<PlayedTerms, "end"> = {}) {
  const { calls, request } = waiting();
  return { calls, server: new PlayedServer(Subject, { request }, { end, ...terms }) };
}

suite("the first chunk is the message", () => {
  test("its reply is sent, then the connection is closed", async () => {
    const server = served("first-chunk");
    await server.send("perché\n");
    assert.deepEqual(server.client.chunks, ["\néhcrep"]);
    assert.equal(server.client.hasEnded, true);
    server.client.end.end();
    await server.clock.settle();
    assert.deepEqual([server.closed, server.left, server.clock.timers], [[null], nothingLeft, 0]);
    assert.deepEqual(server.counted, {});
  });

  test("bytes left over while the upcall runs end the connection without a reply", async () => {
    const { calls, server } = playedWaiting("first-chunk");
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
    const server = served("first-chunk");
    await server.send("one");
    await server.send("two");
    await server.send("three");
    assert.equal(server.client.got, "eno");
    assert.equal(server.closed.length, 0);
    assert.deepEqual(server.counted, { plainLeftOver: 1 });
  });

  test("64 KiB are a message, and one byte more is left over", async () => {
    const whole = served("first-chunk");
    await whole.send("x".repeat(64 * KiB));
    assert.equal(whole.client.got.length, 64 * KiB);
    const more = served("first-chunk");
    await more.send("x".repeat(64 * KiB + 1));
    assert.equal(more.client.got, "");
    assert.deepEqual(more.counted, { plainLeftOver: 1 });
  });

  test("a client that sends nothing and ends costs nothing", async () => {
    const server = served("first-chunk");
    server.client.end.end();
    await server.clock.settle();
    assert.deepEqual([server.closed, server.counted, server.clock.timers], [[null], {}, 0]);
  });

  test("a client that half-closes behind its message gets its reply", async () => {
    const { calls, server } = playedWaiting("first-chunk");
    server.client.send("abc");
    server.client.end.end();
    await server.clock.settle();
    calls[0]?.reply("cba");
    await server.clock.settle();
    assert.deepEqual([server.client.got, server.closed], ["cba", [null]]);
  });

  test("a character that comes in two segments is two messages, the first of them not UTF-8", async () => {
    const server = served("first-chunk");
    const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    await server.send(first);
    await server.send(second);
    assert.equal(server.client.got, "");
    assert.deepEqual(server.counted, { plainBad: 1, badArguments: 1, plainLeftOver: 1 });
  });
});

suite("a message ends at a newline", () => {
  test("many in one segment are answered in order, in one write", async () => {
    const server = served("newline");
    await server.send("one\ntwo\n\nthree\n");
    assert.deepEqual(server.client.chunks, ["eno\nowt\n\neerht\n"]);
    assert.equal(server.home.counters.writes, 1);
  });

  test("one in many segments is one, also where a character is cut", async () => {
    const server = served("newline");
    for (const byte of Buffer.from("perché\r\n\ufeff\n")) await server.send(new Uint8Array([byte]));
    assert.deepEqual(server.client.chunks, ["\réhcrep\n", "\ufeff\n"]);
  });

  test("the next one begins when the one before is answered", async () => {
    const { calls, server } = playedWaiting("newline");
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
    const { calls, server } = playedWaiting("newline");
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
    const { calls, server } = playedWaiting("newline");
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

suite("limits", () => {
  for (const end of ["newline", "half-close"] as const) {
    test(`${end}: a message at the limit is served, one over it is not, whole or not`, async () => {
      for (const [length, got] of [
        [1000, 1000],
        [1001, 0],
        [100_000, 0],
      ] as const) {
        const server = served(end, { limits: { message: 1000 } });
        await server.send("x".repeat(length));
        if (end === "newline") await server.send("\n");
        else server.client.end.end();
        await server.clock.settle();
        assert.equal(server.client.got.trim().length, got);
        assert.deepEqual(server.counted, got === 0 ? { messagesTooLarge: 1 } : {});
        assert.equal(server.client.hasEnded, end === "half-close" || got === 0);
      }
    });
  }

  test("a reply over the limit is none", async () => {
    for (const [times, got] of [
      [10, 1000],
      [11, 0],
    ] as const) {
      const server = served("half-close", { limits: { message: 1000 } }, (data) => data.repeat(times));
      server.client.send("x".repeat(100));
      server.client.end.end();
      await server.clock.settle();
      assert.equal(server.client.got.length, got);
      assert.equal(server.home.counters.messagesTooLarge, got === 0 ? 1 : 0);
    }
  });

  test("whoever goes on sending after a refusal is read no more, and gone within a second", async () => {
    const server = served("half-close", { limits: { message: 1000 } });
    await server.send("x".repeat(2000));
    assert.deepEqual(server.far.log, ["end", "pause"]);
    for (let i = 0; i < 10; i++) await server.send("x".repeat(64 * KiB));
    await server.clock.advance(1_000);
    assert.deepEqual([server.closed.length, server.counted, server.clock.timers], [1, { messagesTooLarge: 1 }, 0]);
  });

  test("no more upcalls than the server may run", async () => {
    const { calls, server } = playedWaiting("first-chunk", { limits: { runningServer: 1 } });
    server.home.counters.runningNow = 1;
    await server.send("one");
    assert.deepEqual([server.client.hasEnded, calls.length, server.home.counters.refusedRunning], [true, 0, 1]);
    server.home.counters.runningNow = 0;
  });
});

suite("time", () => {
  for (const end of ["first-chunk", "newline", "half-close"] as const) {
    test(`${end}: whoever says nothing for 10 s is closed`, async () => {
      const server = served(end);
      await server.clock.advance(9_999);
      assert.equal(server.client.hasEnded, false);
      await server.clock.advance(1);
      assert.deepEqual([server.client.hasEnded, server.counted], [true, { greetingTimeouts: 1 }]);
      await server.clock.advance(1_000);
      assert.equal(server.closed.length, 1);
    });
  }

  for (const end of ["newline", "half-close"] as const) {
    test(`${end}: a byte each five seconds is no way to hold a connection`, async () => {
      const server = served(end);
      for (let i = 0; i < 6; i++) {
        await server.send("x");
        await server.clock.advance(5_000);
      }
      assert.equal(server.client.hasEnded, true);
      await server.clock.advance(1_000);
      assert.deepEqual([server.closed.length, server.counted, server.clock.timers], [1, { plainBad: 1 }, 0]);
    });
  }

  test("between two messages a connection may rest for hours", async () => {
    const server = served("newline");
    await server.send("one\n");
    await server.clock.advance(3 * 60 * 60 * 1000);
    await server.send("two\n");
    assert.deepEqual([server.client.got, server.clock.timers], ["eno\nowt\n", 0]);
  });

  test("at its deadline the upcall is told and the caller gets no reply; what comes later is not sent", async () => {
    const { calls, server } = playedWaiting("newline", { limits: { timeout: 500 } });
    await server.send("one\ntwo\n");
    await server.clock.advance(499);
    assert.equal(calls[0]?.signal.aborted, false);
    await server.clock.advance(10);
    assert.equal(calls[0]?.signal.aborted, true);
    assert.equal(server.client.hasEnded, true);
    calls[0]?.reply("late");
    await server.send("three\n");
    await server.clock.advance(1_000);
    assert.deepEqual([server.client.got, calls.length, server.left], ["", 1, nothingLeft]);
    assert.deepEqual(server.counted, { deadlinesExceeded: 1 });
  });

  test("whoever does not end its side within a second is not waited for", async () => {
    const server = served("first-chunk");
    await server.send("one");
    await server.clock.advance(999);
    assert.equal(server.closed.length, 0);
    await server.clock.advance(1);
    assert.deepEqual([server.closed.length, server.clock.timers], [1, 0]);
  });

  test("a slow reader gets its reply as long as it reads, and is given up when it does not", async () => {
    const server = served("half-close");
    server.far.full = true;
    server.client.send("x".repeat(5_000));
    server.client.end.end();
    await server.clock.settle();
    for (let left = 5_000; left > 1_000; left -= 1_000) {
      await server.clock.advance(9_000);
      assert.equal(server.far.over, false);
      server.far.take(1_000);
    }
    await server.clock.advance(21_000);
    assert.equal(server.far.over, true);
    assert.deepEqual(server.counted, { unsentCloses: 1 });
  });

  test("a short reply does not pass a long one that is held, also where the connection has room again", async () => {
    const server = served("newline", {}, (data) => (data === "long" ? "x".repeat(600_000) : data));
    server.far.full = true;
    await server.send("long\n");
    server.far.take(200_000);
    await server.send("short\n");
    server.far.take();
    await server.clock.settle();
    assert.equal(server.client.got, `${"x".repeat(600_000)}\nshort\n`);
  });

  test("a reader that never reads stops its own calls at 1 MiB", async () => {
    const server = served("newline", {}, () => "x".repeat(100_000));
    server.far.full = true;
    await server.send("\n".repeat(10_000));
    await server.clock.advance(5_000);
    assert.ok(server.far.unsent < 1.2 * KiB * KiB, `${server.far.unsent} bytes are held`);
    assert.ok(server.home.counters.callsReceived < 13);
    await server.clock.advance(20_000);
    assert.deepEqual(server.counted, { unsentCloses: 1 });
    const reads = served("newline", {}, () => "x".repeat(100_000));
    reads.far.full = true;
    await reads.send("\n".repeat(1_000));
    reads.far.take();
    await reads.clock.advance(1_000);
    assert.equal(reads.client.got.length, 1_000 * 100_001);
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
    const server = new PlayedServer(Blob, { turn: () => "text" }, { end: "first-chunk" });
    await server.send("one");
    assert.deepEqual([server.client.got, server.counted], ["", { plainBad: 1 }]);
  });

  test("bytes that are not UTF-8, where text is declared: the method does not run", async () => {
    const server = served("newline", {}, () => assert.fail("it ran"));
    await server.send(notUtf8);
    assert.deepEqual(server.counted, { plainBad: 1, badArguments: 1 });
  });

  test("an empty reply, which on a closing wire is no bytes at all", async () => {
    const server = served("first-chunk", {}, () => "");
    await server.send("one");
    assert.deepEqual([server.client.got, server.client.hasEnded, server.counted], ["", true, {}]);
  });

  test("a method that throws null, an UpcallError, or its promise", async () => {
    for (const thrown of [null, new UpcallError("NOT_FOUND", "there is none"), new Error("later")]) {
      const server = served("first-chunk", {}, async () => {
        await Promise.resolve();
        throw thrown;
      });
      await server.send("one");
      assert.deepEqual([server.client.hasEnded, server.counted], [true, { upcallsThrown: 1 }]);
    }
  });
});

suite("the connection ends while the upcall runs", () => {
  test("the upcall's signal aborts, and nothing is left when it settles", async () => {
    const { calls, server } = playedWaiting("newline");
    await server.send("one\ntwo\n");
    server.client.end.break();
    server.far.break();
    await server.clock.settle();
    assert.equal(calls[0]?.signal.aborted, true);
    calls[0]?.reply("late");
    await server.clock.settle();
    assert.deepEqual([calls.length, server.closed.length, server.left], [1, 1, nothingLeft]);
  });
});

suite("close", () => {
  test("lets the upcall that runs answer, and begins no other", async () => {
    const { calls, server } = playedWaiting("newline");
    await server.send("one\ntwo\n");
    const closing = server.session.close();
    assert.equal(server.session.close(), closing);
    await server.clock.advance(5_000);
    calls[0]?.reply("1");
    await server.clock.settle();
    assert.deepEqual([server.client.got, server.client.hasEnded, calls.length], ["1\n", true, 1]);
    server.client.end.end();
    await closing;
    assert.deepEqual([server.closed, server.left], [[null], nothingLeft]);
  });

  test("gives an upcall that does not end the drain limit, then tells it", async () => {
    const { calls, server } = playedWaiting("first-chunk");
    await server.send("one");
    const closing = server.session.close();
    await server.clock.advance(9_999);
    assert.equal(calls[0]?.signal.aborted, false);
    await server.clock.advance(1);
    await closing;
    assert.equal(calls[0]?.signal.aborted, true);
  });

  test("ends at once what is at rest, and what holds half a message", async () => {
    for (const sent of ["", "half"]) {
      const server = served("newline");
      if (sent !== "") await server.send(sent);
      const closing = server.session.close();
      await server.clock.settle();
      server.client.end.end();
      await closing;
      assert.deepEqual([server.counted, server.clock.timers], [{}, 0]);
    }
  });
});

test("an observer sees every stage of a plain call, numbered from 1", async () => {
  const events: StageEvent[] = [];
  const server = served("newline", { observer: (event) => events.push(event) });
  await server.send("hello\nab\n");
  const stages = (call: number) =>
    events.filter((event) => event.call === call).map(({ way, stage }) => `${way} ${stage}`);
  const expected = ["call receive", "call unframe", "call decode", "call upcall", "reply return", "reply encode"];
  assert.deepEqual(stages(1), [...expected, "reply frame", "reply send"]);
  assert.deepEqual(stages(2), [...expected, "reply frame", "reply send"]);
  assert.ok(events.every(({ side, method }) => side === "skeleton" && method === "Subject.request"));
  assert.deepEqual(
    events.filter(({ stage }) => stage === "unframe" || stage === "send").map(({ bytes }) => bytes),
    [5, 2, 5, 2],
  );
});

test("an upcall may look at who called, and for how long", async () => {
  const seen = gate();
  const server = served("first-chunk", {}, (data) => {
    const { peer, id, signal } = context();
    assert.deepEqual([peer, id, signal.aborted], ["the client", 1, false]);
    seen.open();
    return data;
  });
  await server.send("one");
  await seen.opened;
});
