// The plain wire's server: limits of sizes and times, at the limit and one over, and how a connection closes, on
// virtual time.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { nothingLeft, served, servedWaiting } from "./played.ts";

const KiB = 1024;

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
      assert.equal(server.endpoint.counters.messagesTooLarge, got === 0 ? 1 : 0);
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
    const { calls, server } = servedWaiting("chunk", { limits: { runningServer: 1 } });
    server.endpoint.counters.runningNow = 1;
    await server.send("one");
    assert.deepEqual([server.client.hasEnded, calls.length, server.endpoint.counters.refusedRunning], [true, 0, 1]);
    server.endpoint.counters.runningNow = 0;
  });
});

suite("time", () => {
  for (const end of ["chunk", "newline", "half-close"] as const) {
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
    const { calls, server } = servedWaiting("newline", { limits: { timeout: 500 } });
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
    const server = served("chunk");
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
    assert.ok(server.endpoint.counters.callsReceived < 13);
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

suite("the connection ends while the upcall runs", () => {
  test("the upcall's signal aborts, and nothing is left when it settles", async () => {
    const { calls, server } = servedWaiting("newline");
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
    const { calls, server } = servedWaiting("newline");
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
    const { calls, server } = servedWaiting("chunk");
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
