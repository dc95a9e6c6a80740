// upcall/socket: the examples of TCP and UDP, run as processes, with each other and with Python's socket module, and
// ended by signals.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { socket } from "upcall/socket";
import { example, hex, needs, needsNetcat, netcat, Program, python, unhex } from "../harness/programs.ts";
import { ofTier, reaches } from "../harness/tier.ts";

/** What `quick` leaves to the gate, as each is a program or two. */
const rest = { skip: reaches("gate") ? false : "of the gate's tier" };

suite("the examples with each other", () => {
  test("tcp-server and tcp-client", async () => {
    await using server = example("tcp-server");
    const first = await server.line();
    assert.match(first, /^server on: localhost port: \d+$/);
    await using client = example("tcp-client", first.split(" ").at(-1) ?? "");
    const sent = await client.end();
    assert.deepEqual(sent, { end: 0, lines: ["received data: The world never says hello back!", ""], said: "" });
    const { end, lines } = await server.end();
    assert.match(lines[0] ?? "", /^Connected to: 127\.0\.0\.1 \d+$/);
    assert.deepEqual([end, ...lines.slice(1)], [0, "received data: Hello, World!", ""]);
  });

  test("udp-server and udp-client", async () => {
    await using server = example("udp-server", 0);
    const port = await server.port();
    await using client = example("udp-client", port);
    const said = `received data: Ciao client! from: 127.0.0.1 ${port}`;
    assert.deepEqual(await client.end(), { end: 0, lines: [said], said: "" });
    const { end, lines } = await server.end();
    assert.equal(end, 0);
    assert.match(lines.join(), /^received data: Ciao server! from: 127\.0\.0\.1 \d+$/);
  });

  const wrong: readonly (readonly [string, readonly string[]])[] = [
    ["tcp-client", []],
    ["udp-client", []],
    ["tcp-client", ["0"]],
    ["tcp-client", ["7000", "more"]],
    ["tcp-server", ["seven"]],
    ["udp-server", ["65536"]],
    ["threaded-server", ["-1"]],
    ["process-server", ["1.5"]],
    ["threaded-udp-server", [""]],
    ["process-udp-server", ["0", "0"]],
  ];
  for (const [name, args] of ofTier({ quick: wrong.slice(6, 8), gate: wrong, all: wrong })) {
    test(`${name} with ${JSON.stringify(args)} prints how to use it and ends with code 2`, async () => {
      await using program = example(name, ...args);
      const { end, lines, said } = await program.end();
      assert.deepEqual([end, lines], [2, []]);
      assert.match(said, new RegExp(`^usage: npm run -s example -- ${name} [[<]port[\\]>]`));
    });
  }
});

suite("the examples and Python's socket module", { skip: needs("python3") }, () => {
  test("tcp-server and a client in Python", async () => {
    await using server = example("tcp-server");
    await using client = python("tcp_client", await server.port(), hex("ciao\n"));
    assert.equal(unhex(await client.line()), "The world never says hello back!\n");
    assert.deepEqual((await server.end()).lines.slice(1), ["received data: ciao", ""]);
  });

  test("tcp-client and a server in Python", rest, async () => {
    await using server = python("tcp_server", hex("salve"));
    await using client = example("tcp-client", await server.port());
    assert.deepEqual((await client.end()).lines, ["received data: salve"]);
    assert.deepEqual((await server.end()).lines.map(unhex), ["Hello, World!\n"]);
  });

  test("udp-server and a client in Python", rest, async () => {
    await using server = example("udp-server", 0);
    await using client = python("udp_client", await server.port(), hex("Ciao!"));
    assert.equal(unhex(await client.line()), "Ciao client!");
    assert.match((await server.end()).lines.join(), /^received data: Ciao! from: 127\.0\.0\.1 \d+$/);
  });

  test("udp-client and a server in Python", rest, async () => {
    await using server = python("udp_server", hex("salve"));
    const port = await server.port();
    await using client = example("udp-client", port);
    assert.deepEqual((await client.end()).lines, [`received data: salve from: 127.0.0.1 ${port}`]);
    assert.deepEqual((await server.end()).lines.map(unhex), ["Ciao server!"]);
  });

  const bytes = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
  for (const [name, script] of [
    ["threaded-server", "tcp_client"],
    ["process-server", "tcp_client"],
    ["threaded-udp-server", "udp_client"],
    ["process-udp-server", "udp_client"],
  ] as const) {
    test(
      `${name} reverses the bytes of each message, and ends by a signal`,
      name.startsWith("threaded") ? {} : rest,
      async () => {
        await using server = example(name);
        const port = await server.port();
        await using client = python(script, port, hex("abc"), hex("è"), bytes.join(""));
        assert.deepEqual((await client.end()).lines, ["636261", "a8c3", bytes.toReversed().join("")]);
        server.child.kill("SIGTERM");
        const { end, lines, said } = await server.end();
        assert.deepEqual([end, said], [0, ""]);
        assert.equal(lines.length, script === "tcp_client" ? 3 : 0);
        for (const line of lines) assert.match(line, /^Connected to: 127\.0\.0\.1 \d+$/);
      },
    );
  }
});

suite("a server that is ended with a worker at work leaves no process", () => {
  for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"] as const) {
    if (signal === "SIGTERM" && !reaches("gate")) continue;
    test(signal, { skip: process.platform === "linux" ? false : "it looks into /proc, which is Linux's" }, async () => {
      await using server = example("process-server");
      await using client = await socket("tcp").connect({ host: "localhost", port: await server.port() });
      assert.match(await server.line(), /^Connected to: /);
      const { pid } = server.child;
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
      assert.equal(children.length, 1);
      if (signal === "SIGINT") server.signalAll(signal);
      else server.child.kill(signal);
      // The worker has the connection and writes to the server's output: both end only with it.
      await client.recv().catch(() => undefined);
      const { end, said } = await server.end();
      assert.deepEqual([end, said], [signal === "SIGKILL" ? "SIGKILL" : 0, ""]);
      // Whoever reaps the worker of a killed server does it in its own time.
      if (signal === "SIGKILL") return;
      for (const worker of children) assert.throws(() => process.kill(worker, 0), { code: "ESRCH" });
    });
  }
});

suite("the examples and netcat", { skip: needsNetcat() }, () => {
  test("tcp-server", async () => {
    await using server = example("tcp-server");
    await using client = new Program(netcat, ["127.0.0.1", String(await server.port())]);
    client.child.stdin?.write("ciao\n");
    assert.equal(await client.line(), "The world never says hello back!");
    assert.equal((await server.end()).end, 0);
  });

  test("threaded-udp-server", rest, async () => {
    await using server = example("threaded-udp-server");
    await using client = new Program(netcat, ["-u", "127.0.0.1", String(await server.port())]);
    client.child.stdin?.write("\nabc");
    assert.equal(await client.line(), "cba");
  });
});
