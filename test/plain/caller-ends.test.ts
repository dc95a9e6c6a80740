// The plain wire's client: what is refused, what fails while it connects, and how it closes.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { UpcallError } from "upcall";
import { UpcallError as Failure, notExecuted } from "#internal/errors.js";
import { errorOf, resultOf, saysOf } from "../harness/sessions.ts";
import { nothingLeft, PlayedClient } from "./played-client.ts";
import { Blob, Subject } from "./subject.ts";

suite("what is refused before anything is sent", () => {
  const text = Subject;
  for (const [what, end, subject, args, says] of [
    ["no argument", "half-close", text, [], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["two arguments", "half-close", text, ["a", "b"], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["a number for text", "half-close", text, [7], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["bytes for text", "half-close", text, [new Uint8Array(1)], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["text for bytes", "half-close", Blob, ["a"], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["half a character", "half-close", text, ["\ud800"], "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed"],
    ["a newline inside", "newline", text, ["a\nb"], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["a byte 10 inside", "newline", Blob, [new Uint8Array([10])], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["nothing to arrive", "chunk", text, [""], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["nothing to arrive, and no end", "close", text, [""], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
    ["one byte over the limit", "half-close", text, ["x".repeat(1001)], "RESOURCE_EXHAUSTED TOO_LARGE not-executed"],
    [
      "bytes over the limit, not characters",
      "newline",
      text,
      ["é".repeat(501)],
      "RESOURCE_EXHAUSTED TOO_LARGE not-executed",
    ],
  ] as const) {
    test(what, async () => {
      const client = new PlayedClient(end);
      const result = client.call(args, null, subject);
      await client.settle();
      assert.equal(saysOf(result), says);
      assert.deepEqual([client.servers.length, client.left], [0, nothingLeft]);
    });
  }

  for (const end of ["close", "chunk"] as const) {
    test(`${end}: more than a server reads at once`, async () => {
      const client = new PlayedClient(end, { message: 100_000 });
      const [fits, not] = [client.call(["x".repeat(65_536)]), client.call(["x".repeat(65_537)])];
      await client.settle();
      assert.equal(fits.settled, null);
      assert.equal(saysOf(not), "RESOURCE_EXHAUSTED TOO_LARGE not-executed");
      assert.match(errorOf(not).message, /65536 at most: say end: "half-close" or end: "newline" on both sides$/);
      assert.equal(client.servers.length, 1);
    });
  }

  test("a message at the limit is sent", async () => {
    const client = new PlayedClient("newline");
    client.call(["é".repeat(500)]);
    await client.settle();
    assert.equal(client.servers[0]?.got.length, 501);
  });

  test("a timeout that is none, a signal that has aborted", async () => {
    const client = new PlayedClient("newline");
    const results = [client.call(["a"], { timeout: -1 }), client.call(["a"], { signal: AbortSignal.abort() })];
    await client.settle();
    assert.deepEqual(results.map(saysOf), [
      "INVALID_ARGUMENT BAD_OPTION not-executed",
      "CANCELLED ABORTED not-executed",
    ]);
  });

  test("more calls than may wait", async () => {
    const client = new PlayedClient("newline", { waiting: 2, waitingBytes: 10 });
    const results = ["runs", "w", "w", "w"].map((data) => client.call([data]));
    await client.settle();
    assert.equal(saysOf(results[3] ?? { settled: null }), "RESOURCE_EXHAUSTED BUSY not-executed");
    assert.equal(client.endpoint.counters.refusedWaiting, 1);
  });
});

suite("while it connects", () => {
  const refused = notExecuted("UNAVAILABLE", "CONNECTION_REFUSED", "nothing listens there");

  test("a refusal ends that call only, and it did not run", async () => {
    const client = new PlayedClient("newline");
    client.connect = () => Promise.reject(refused);
    const results = [client.call(["a"]), client.call(["b"])];
    await client.settle();
    assert.deepEqual(results.map(errorOf), [refused, refused]);
    client.connect = async () => client.accept();
    const result = client.call(["c"]);
    await client.settle();
    client.servers[0]?.send("3\n");
    await client.settle();
    assert.equal(resultOf(result), "3");
  });

  test("whatever else a transport throws is an UpcallError too", async () => {
    const client = new PlayedClient("newline");
    client.connect = () => Promise.reject(new TypeError("a bug"));
    const result = client.call(["a"]);
    await client.settle();
    assert.equal(saysOf(result), "INTERNAL SYSTEM not-executed");
  });

  for (const end of ["close", "chunk", "newline"] as const) {
    test(`${end}: the deadline and the signal stop it, and the call did not run`, async () => {
      const client = new PlayedClient(end);
      const stopped: AbortSignal[] = [];
      client.connect = (signal) =>
        new Promise((_, reject) => {
          stopped.push(signal);
          signal.addEventListener("abort", () => reject(refused));
        });
      const abort = new AbortController();
      const late = client.call(["a"], { timeout: 100 });
      const unwanted = client.call(["b"], { signal: abort.signal });
      await client.clock.advance(200);
      assert.equal(saysOf(late), "DEADLINE_EXCEEDED EXPIRED not-executed");
      abort.abort();
      await client.settle();
      assert.equal(saysOf(unwanted), "CANCELLED ABORTED not-executed");
      assert.ok(stopped.every(({ aborted }) => aborted));
      assert.deepEqual([stopped.length, client.left], [2, nothingLeft]);
    });
  }

  test("a connection that comes after its call was given up is closed unused", async () => {
    const client = new PlayedClient("newline");
    let arrive = (): void => {};
    client.connect = () =>
      new Promise((resolve) => {
        arrive = () => resolve(client.accept());
      });
    const late = client.call(["a"], { timeout: 100 });
    await client.clock.advance(200);
    assert.equal(saysOf(late), "DEADLINE_EXCEEDED EXPIRED not-executed");
    arrive();
    await client.settle();
    assert.deepEqual([client.servers[0]?.got, client.servers[0]?.end.over], ["", true]);
    assert.deepEqual(client.left, nothingLeft);
  });
});

suite("close", () => {
  for (const end of ["close", "chunk", "newline"] as const) {
    test(`${end}: calls that run and calls that wait may finish`, async () => {
      const client = new PlayedClient(end);
      const results = ["a", "b"].map((data) => client.call([data]));
      await client.settle();
      const closing = client.caller.close();
      assert.equal(client.caller.close(), closing);
      const after = client.call(["c"]);
      if (end === "newline") {
        for (const reply of ["1\n", "2\n"]) {
          client.servers[0]?.send(reply);
          await client.settle();
        }
      } else for (const i of [0, 1]) await client.reply(i, `${i + 1}`);
      await closing;
      assert.deepEqual(results.map(resultOf), ["1", "2"]);
      assert.equal(saysOf(after), "UNAVAILABLE CLOSED not-executed");
      assert.deepEqual(client.left, nothingLeft);
    });

    test(`${end}: after the drain limit they are cancelled`, async () => {
      const client = new PlayedClient(end);
      const results = ["a", "b"].map((data) => client.call([data]));
      await client.settle();
      const closing = client.caller.close();
      await client.clock.advance(9_999);
      assert.equal(results[0]?.settled, null);
      await client.clock.advance(1);
      await closing;
      assert.deepEqual(
        results.map(saysOf),
        end === "newline"
          ? ["CANCELLED CLOSED unknown", "CANCELLED CLOSED not-executed"]
          : ["CANCELLED CLOSED unknown", "CANCELLED CLOSED unknown"],
      );
      assert.deepEqual(client.left, nothingLeft);
    });
  }

  test("with nothing to do it is done at once, also before anything was connected", async () => {
    const client = new PlayedClient("newline");
    await client.caller.close();
    assert.equal(client.servers.length, 0);
    assert.equal(client.clock.timers, 0);
  });
});

test("what the network says of a datagram is passed on: where nobody listens the call did not run", async () => {
  const client = new PlayedClient("datagram");
  const result = client.call(["a"]);
  await client.settle();
  const error = new Failure("UNAVAILABLE", "nothing listens there", {
    reason: "CONNECTION_REFUSED",
    outcome: "not-executed",
  });
  client.servers[0]?.end.other?.close(error);
  await client.settle();
  assert.equal(saysOf(result), "UNAVAILABLE CONNECTION_REFUSED not-executed");
});

test("there is no ping, and the sentence says what to do", async () => {
  const client = new PlayedClient("newline");
  await assert.rejects(client.caller.ping(), (error: UpcallError) => {
    assert.deepEqual([error.code, error.reason, error.outcome], ["UNIMPLEMENTED", "NOT_SUPPORTED", "not-executed"]);
    return /wire: "native"/.test(error.message);
  });
});
