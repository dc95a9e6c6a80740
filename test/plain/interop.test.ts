// The plain wire with programs that know nothing of upcall: Python's socket module and netcat, as servers and as
// clients.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { connect, serve } from "upcall";
import { hex, needs, needsNetcat, netcat, Program, python, unhex } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";
import { Blob, reverse, Subject } from "./subject.ts";

/** What `quick` leaves to the gate: a program in Python costs as much as a thousand calls. */
const rest = { skip: reaches("gate") ? false : "of the gate's tier" };
const words = ["hello", "perché", "\ufeffmark", "a\0b"];
const portOf = (url: string): string => url.split(":").at(-1) ?? "";

suite("a server here and a client in Python", { skip: needs("python3") }, () => {
  test("recv(1024) and close, over TCP", async () => {
    await using server = await serve(Subject, { request: reverse }, "tcp://localhost:0", { wire: "plain" });
    await using client = python("tcp_client", portOf(server.url), ...words.map(hex));
    assert.deepEqual((await client.end()).lines.map(unhex), words.map(reverse));
  });

  test("one datagram there and one back", rest, async () => {
    await using server = await serve(Subject, { request: reverse }, "udp://localhost:0", { wire: "plain" });
    await using client = python("udp_client", portOf(server.url), ...words.map(hex), "");
    assert.deepEqual((await client.end()).lines.map(unhex), [...words.map(reverse), ""]);
  });

  for (const end of ["newline", "half-close"] as const) {
    test(`${end}, with an answer longer than any segment`, end === "newline" ? {} : rest, async () => {
      const request = (data: string): string => reverse(data).repeat(data === "long" ? 50_000 : 1);
      await using server = await serve(Subject, { request }, "tcp://localhost:0", { wire: "plain", end });
      const sent = [...words, "long", ""];
      await using client = python("tcp_ends", portOf(server.url), end, ...sent.map(hex));
      const ended = end === "newline" ? "\n" : "";
      assert.deepEqual(
        (await client.end()).lines.map(unhex),
        sent.map((word) => request(word) + ended),
      );
    });
  }

  test("bytes of every value", rest, async () => {
    const turn = (data: Uint8Array): Uint8Array => data.reverse();
    await using server = await serve(Blob, { turn }, "tcp://localhost:0", { wire: "plain" });
    const all = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
    await using client = python("tcp_client", portOf(server.url), all.join(""));
    assert.deepEqual((await client.end()).lines, [all.toReversed().join("")]);
  });

  // Not with a client here: libuv takes a reset that comes behind some bytes for the end of them.
  test(
    "a reply that a slow reader did not get whole ends in a reset, so that it does not look whole",
    rest,
    async () => {
      const limits = { message: 50_000_000, unsentTime: 200 };
      const large = "x".repeat(40_000_000);
      const options = { wire: "plain", end: "half-close", limits } as const;
      await using server = await serve(Subject, { request: () => large }, "tcp://localhost:0", options);
      await using slow = python("tcp_slow", portOf(server.url), hex("a"));
      await using quick = python("tcp_slow", portOf(server.url), hex("a"));
      quick.child.stdin?.write("\n");
      assert.equal(await quick.line(), "whole");
      while (server.counters().unsentCloses === 0) await setImmediate();
      slow.child.stdin?.write("\n");
      assert.equal(await slow.line(), "reset");
    },
  );

  test("a thrown error and bytes that are not UTF-8 give an empty recv, not a reset", async () => {
    const request = (): string => {
      throw new Error("it was asked for");
    };
    await using server = await serve(Subject, { request }, "tcp://localhost:0", { wire: "plain" });
    await using client = python("tcp_client", portOf(server.url), hex("a"), "ff");
    assert.deepEqual(await client.end(), { end: 0, lines: ["", ""], said: "" });
    const { upcallsThrown, plainBad } = server.counters();
    assert.deepEqual([upcallsThrown, plainBad], [1, 1]);
  });
});

suite("a proxy here and a server in Python", { skip: needs("python3") }, () => {
  test("a connection for each call, ended by the server", rest, async () => {
    await using server = python("tcp_reverser", "close", 3);
    const url = `tcp://localhost:${await server.port()}`;
    await using subject = await connect(Subject, url, { wire: "plain" });
    for (const word of words.slice(0, 3)) assert.equal(await subject.request(word), reverse(word));
    assert.equal((await server.end()).end, 0);
  });

  for (const mode of ["one-shot", "threading", "forking"] as const)
    test(
      `chunk: the lecture's server, ${mode}, which may leave the connection open`,
      mode === "threading" ? {} : rest,
      async () => {
        await using server = python("tcp_reversers", mode);
        const url = `tcp://localhost:${await server.port()}`;
        await using subject = await connect(Subject, url, { wire: "plain", end: "chunk" });
        for (const word of mode === "one-shot" ? ["perché"] : words)
          assert.equal(await subject.request(word), reverse(word));
      },
    );

  test("chunk: several at once, to a server that forks", rest, async () => {
    await using server = python("tcp_reversers", "forking");
    const url = `tcp://localhost:${await server.port()}`;
    await using subject = await connect(Subject, url, { wire: "plain", end: "chunk" });
    assert.deepEqual(await Promise.all(words.map((word) => subject.request(word))), words.map(reverse));
  });

  test("newlines on one connection, which is all the server accepts", async () => {
    await using server = python("tcp_reverser", "newline", words.length);
    const url = `tcp://localhost:${await server.port()}`;
    await using subject = await connect(Subject, url, { wire: "plain", end: "newline" });
    assert.deepEqual(await Promise.all(words.map((word) => subject.request(word))), words.map(reverse));
    assert.equal((await server.end()).end, 0);
  });

  test("datagrams", rest, async () => {
    await using server = python("udp_server", hex("salve"));
    const url = `udp://localhost:${await server.port()}`;
    await using subject = await connect(Subject, url, { wire: "plain" });
    assert.equal(await subject.request("ciao"), "salve");
    assert.deepEqual((await server.end()).lines.map(unhex), ["ciao"]);
  });

  test("a server that is gone when the next call comes", rest, async () => {
    await using server = python("tcp_reverser", "close", 1);
    const url = `tcp://127.0.0.1:${await server.port()}`;
    await using subject = await connect(Subject, url, { wire: "plain" });
    assert.equal(await subject.request("abc"), "cba");
    await server.end();
    await assert.rejects(subject.request("abc"), { code: "UNAVAILABLE", outcome: "not-executed" });
  });
});

suite("netcat", { skip: needsNetcat() }, () => {
  for (const [name, url, args] of [
    ["TCP", "tcp://127.0.0.1:0", []],
    ["UDP", "udp://127.0.0.1:0", ["-u"]],
  ] as const) {
    test(`over ${name}`, name === "TCP" ? {} : rest, async () => {
      await using server = await serve(Subject, { request: reverse }, url, { wire: "plain" });
      await using client = new Program(netcat, [...args, "127.0.0.1", portOf(server.url)]);
      client.child.stdin?.write("\nabc");
      assert.equal(await client.line(), "cba");
    });
  }
});
