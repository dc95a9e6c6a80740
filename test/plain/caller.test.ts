// The caller's half of the plain wire, on virtual time, with servers that a test plays.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { CallOptions, Interface, StageEvent, UpcallError } from "upcall";
import type { Connection } from "#internal/connection.js";
import { UpcallError as Failure, notExecuted } from "#internal/errors.js";
import type { Limits } from "#internal/limits.js";
import type { Observer } from "#internal/observer.js";
import { PlainCaller } from "#internal/session/plain/caller.js";
import type { CallerEnd } from "#internal/session/plain/line.js";
import type { Household } from "#internal/session/platform.js";
import { errorOf, household, resultOf, type Settled, saysOf } from "../session/harness.ts";
import { link } from "../session/link.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { Played } from "./played.ts";
import { Blob, Subject } from "./subject.ts";

type Result = { settled: Settled | null };

class PlayedClient {
  readonly clock: VirtualClock = new VirtualClock();
  readonly home: Household;
  readonly caller: PlainCaller;
  /** The servers' ends, in the order they were connected to. */
  readonly servers: Played[] = [];
  /** What `connect` does; by default it connects at once. */
  connect: (signal: AbortSignal) => Promise<Connection> = async () => this.accept();

  constructor(end: CallerEnd, limits: Partial<Limits> = {}, observer: Observer | null = null) {
    this.home = household(this.clock, { message: 1000, ...limits }, observer);
    this.caller = new PlainCaller(this.home, {
      peer: "the server",
      connect: ({ signal }) => this.connect(signal),
      connectTimeout: 10_000,
      end,
      timeout: 30_000,
      check: () => {},
    });
  }

  accept(): Connection {
    const [near, far] = link();
    this.servers.push(new Played(far));
    return near;
  }

  call(args: readonly unknown[], options: CallOptions | null = null, subject: Interface = Subject): Result {
    const result: Result = { settled: null };
    const [entry] = subject.table;
    assert.ok(entry);
    this.caller.call(0, entry, args, options).then(
      (value) => {
        result.settled = { value };
      },
      (error: UpcallError) => {
        result.settled = { error };
      },
    );
    return result;
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  /** The server says this, and ends its side. */
  async reply(server: number, text: string | Uint8Array): Promise<void> {
    this.servers[server]?.send(text);
    this.servers[server]?.end.end();
    await this.settle();
  }

  get left(): Record<string, number> {
    const { connectionsNow } = this.home.counters;
    return { deadlines: this.home.platform.deadlines.size, kept: this.clock.kept, connectionsNow };
  }
}

const nothingLeft = { deadlines: 0, kept: 0, connectionsNow: 0 };

suite("where the server closes, the reply ends", () => {
  test("each call has a connection of its own, and its reply may come in pieces", async () => {
    const client = new PlayedClient("first-chunk");
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

  test("first-chunk: the client's direction stays open", async () => {
    const client = new PlayedClient("first-chunk");
    client.call(["a"]);
    await client.settle();
    assert.equal(client.servers[0]?.hasEnded, false);
  });

  for (const end of ["first-chunk", "half-close"] as const) {
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
      const client = new PlayedClient("first-chunk");
      const result = client.call(["a"]);
      await client.settle();
      await client.reply(0, "x".repeat(length));
      if (says === null) assert.equal(resultOf(result), "x".repeat(1000));
      else assert.equal(saysOf(result), says);
      assert.equal(client.home.counters.messagesTooLarge, says === null ? 0 : 1);
    }
  });

  test("at most 128 connections at once; the other calls wait for their turn", async () => {
    const client = new PlayedClient("first-chunk");
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
    assert.deepEqual([client.servers.length, client.home.counters.connectionsNow], [1, 1]);
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
    assert.deepEqual([client.home.counters.plainLeftOver, client.left], [2, nothingLeft]);
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

  test("has its own limit", async () => {
    const client = new PlayedClient("datagram", { message: 1_000_000 });
    const [fits, not] = [client.call(["x".repeat(65_507)]), client.call(["x".repeat(65_508)])];
    await client.settle();
    assert.equal(fits.settled, null);
    assert.equal(saysOf(not), "RESOURCE_EXHAUSTED TOO_LARGE not-executed");
  });
});

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
    ["nothing to arrive", "first-chunk", text, [""], "INVALID_ARGUMENT BAD_ARGUMENT not-executed"],
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
    assert.equal(client.home.counters.refusedWaiting, 1);
  });
});

test("a reply that is not UTF-8, where text is declared, is the server's fault", async () => {
  const client = new PlayedClient("half-close");
  const result = client.call(["a"]);
  await client.settle();
  await client.reply(0, new Uint8Array([0xff]));
  assert.equal(saysOf(result), "INTERNAL BAD_RESULT executed");
  assert.equal(client.home.counters.plainBad, 1);
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

  for (const end of ["first-chunk", "newline"] as const) {
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
  for (const end of ["first-chunk", "newline"] as const) {
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

test("an observer sees every stage of a plain call", async () => {
  const events: StageEvent[] = [];
  const client = new PlayedClient("half-close", {}, (event) => events.push(event));
  client.call(["hello"]);
  await client.settle();
  await client.reply(0, "olleh!");
  assert.deepEqual(
    events.map(({ way, stage, call, bytes }) => `${way} ${stage} ${call} ${bytes}`),
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
  assert.ok(events.every(({ side, method }) => side === "proxy" && method === "Subject.request"));
});
