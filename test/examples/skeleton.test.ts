// The examples of skeletons and proxies, run as processes, with each other, with Python's socket module and with
// netcat.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { example, hex, needs, needsNetcat, netcat, Program, python, unhex } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";

const skeletons = ["skeleton-inheritance", "skeleton-delegation"] as const;

/** An accent of its own stays on its letter: `perche` with a combining one. */
const words = [
  ["hello", "olleh"],
  ["perché", "éhcrep"],
  ["perche\u0301", "e\u0301hcrep"],
] as const;

const servings = [
  [],
  ["--udp"],
  ["--threads"],
  ["--udp", "--threads"],
  ["--wire", "native"],
  ["--wire", "native", "--threads"],
] as const;

/** What differs between the two is how they are made a skeleton: where not all is played, they take turns at being served. */
const takesTurn = (skeleton: number, turn: number): boolean => reaches("all") || (skeleton + turn) % 2 === 0;

for (const [skeleton, name] of skeletons.entries()) {
  suite(name, () => {
    for (const [turn, flags] of servings.entries()) {
      if (!takesTurn(skeleton, turn)) continue;
      const udp = flags.some((flag) => flag === "--udp");
      const native = flags.some((flag) => flag === "native");
      const both = flags.filter((flag) => flag !== "--threads");

      test(`[${flags.join(" ")}] answers proxies, and a signal ends it`, async () => {
        await using server = example(name, ...flags);
        const first = await server.line();
        assert.match(first, /^server on: localhost port: \d+$/);
        const port = first.split(" ").at(-1) ?? "";
        for (const [word, reversed] of flags.length === 0 ? words : words.slice(1, 2)) {
          await using client = example("proxy-client", port, word, ...both);
          assert.deepEqual(await client.end(), { end: 0, lines: [`received data: ${reversed}`], said: "" });
          if (!udp) assert.match(await server.line(), /^Connected to: (127\.0\.0\.1|::1) \d+$/);
        }
        server.child.kill(flags.length === 0 ? "SIGINT" : "SIGTERM");
        assert.deepEqual(await server.end(), { end: 0, lines: [], said: "" });
      });

      // Python's module is a stranger on the other side of a plain wire, however its server works.
      if (native || (turn > 1 && !reaches("gate"))) continue;
      test(`[${flags.join(" ")}] answers Python's socket module`, { skip: needs("python3") }, async () => {
        await using server = example(name, 0, ...flags);
        const sent = words.map(([word]) => hex(word));
        await using client = python(udp ? "udp_client" : "tcp_client", await server.port(), ...sent);
        assert.deepEqual(
          (await client.end()).lines.map(unhex),
          words.map(([, reversed]) => reversed),
        );
      });
    }

    if (!takesTurn(skeleton, 0)) return;
    test("answers netcat", { skip: needsNetcat() }, async () => {
      await using server = example(name);
      await using client = new Program(netcat, ["127.0.0.1", String(await server.port())]);
      client.child.stdin?.end("hello");
      assert.equal(await client.line(), "olleh");
    });
  });
}

suite("proxy-client and Python's socket module", { skip: needs("python3") }, () => {
  test("over TCP", async () => {
    await using server = python("tcp_reverser", "close", 1);
    await using client = example("proxy-client", await server.port(), "perché");
    assert.deepEqual(await client.end(), { end: 0, lines: ["received data: éhcrep"], said: "" });
  });

  for (const mode of ["one-shot", "threading", "forking"] as const)
    test(`the lecture's server, ${mode}`, async () => {
      await using server = python("tcp_reversers", mode);
      await using client = example("proxy-client", await server.port(), "perché");
      assert.deepEqual(await client.end(), { end: 0, lines: ["received data: éhcrep"], said: "" });
    });

  test("over UDP", async () => {
    await using server = python("udp_server", hex("salve"));
    await using client = example("proxy-client", await server.port(), "ciao", "--udp");
    assert.deepEqual((await client.end()).lines, ["received data: salve"]);
    assert.deepEqual((await server.end()).lines.map(unhex), ["ciao"]);
  });
});

suite("a missing or wrong argument is explained", () => {
  const wrong = [
    ["skeleton-inheritance", ["seven"]],
    ["skeleton-delegation", ["--wire", "copper"]],
    ["proxy-client", []],
    ["skeleton-inheritance", ["0", "more"]],
    ["skeleton-delegation", ["65536"]],
    ["skeleton-delegation", ["--wire", "native", "--udp"]],
    ["skeleton-delegation", ["--fast"]],
    ["proxy-client", ["7000"]],
    ["proxy-client", ["0", "hello"]],
    ["proxy-client", ["7000", "hello", "more"]],
    ["proxy-client", ["7000", "hello", "--threads"]],
  ] as const;
  // One of each program where not all are played.
  for (const [name, args] of wrong.slice(0, reaches("gate") ? wrong.length : 3)) {
    test(`${name} ${args.join(" ")}`, async () => {
      await using program = example(name, ...args);
      const { end, lines, said } = await program.end();
      assert.deepEqual([end, lines], [2, []]);
      assert.match(said, new RegExp(`usage: npm run -s example -- ${name} [[<]port[\\]>]`));
    });
  }
});
