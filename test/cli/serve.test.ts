// The command `upcall serve`: what it prints, and how it ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { ofTier } from "../harness/tier.ts";
import { main, moduleAt, run, type Served, served, start, subjects } from "./command.ts";

const socketPath = (name: string): string => join(tmpdir(), `upcall-cli-${name}-${process.pid}.sock`);

/** Whether a process of the server's own process group is left: it and every worker it started. */
function leftOver({ program }: Served): boolean {
  try {
    return process.kill(-(program.child.pid ?? 0), 0);
  } catch {
    return false;
  }
}

test("prints a line for each --on, in order, with the real port", async () => {
  const unix = `unix:${socketPath("order")}`;
  await using server = await served(["tcp://localhost:0", unix, "tcp://127.0.0.1:0"]);
  const [first = "", second, third = ""] = server.urls;
  assert.match(first, /^tcp:\/\/localhost:[1-9]\d*$/);
  assert.equal(second, unix);
  assert.match(third, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  for (const url of server.urls)
    assert.deepEqual(await run("call", url, "Subject.request", "abc"), { code: 0, lines: ['"cba"'], said: "" });
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends it with code 0, and leaves neither process nor socket`, async () => {
    const path = socketPath(signal);
    await using server = await served(["tcp://localhost:0", `unix:${path}`]);
    const { code, said } = await server.endBy(signal);
    assert.equal(code, 0);
    assert.match(said, new RegExp(`^${signal}: running calls may finish`));
    assert.ok(!existsSync(path));
    assert.ok(!leftOver(server));
    assert.equal((await run("ping", server.url)).code, 1);
  });
}

test("a running call may finish after the signal", async () => {
  await using server = await served(["tcp://localhost:0"]);
  const call = start("call", server.url, "Subject.untilTerminated");
  assert.equal(await server.program.line(), "running until SIGTERM");
  assert.equal((await server.endBy("SIGTERM")).code, 0);
  const { end, lines } = await call.end();
  assert.deepEqual([end, lines], [0, ['"terminated"']]);
});

test("a second signal ends it at once while a call hangs", async () => {
  await using server = await served(["tcp://localhost:0"]);
  const call = start("call", server.url, "Subject.hang", "--timeout", "60000");
  assert.equal(await server.program.line(), "hanging for a call");
  const { child } = server.program;
  child.kill("SIGINT");
  await server.program.saying("running calls may finish");
  // The command passes over an echo of the first signal, so a second one is sent until it is taken.
  const again = setInterval(() => child.kill("SIGINT"), 20);
  const { end } = await server.program.end();
  clearInterval(again);
  assert.equal(end, 130);
  assert.ok(!leftOver(server));
  const { end: callEnd, said } = await call.end();
  assert.equal(callEnd, 1);
  assert.match(said, /reason CONNECTION_LOST, outcome unknown/);
});

test("--json tells what happens in lines of JSON", async () => {
  await using program = start("serve", subjects, "--on", "tcp://localhost:0", "--json");
  const listening = JSON.parse(await program.line());
  assert.equal(listening.event, "listening");
  await run("ping", listening.url);
  assert.match(JSON.parse(await program.line()).peer, /^127\.0\.0\.1:\d+$|^::1:|^\[::1\]/);
  program.child.kill("SIGTERM");
  const { end, lines, said } = await program.end();
  assert.deepEqual(
    { end, said, events: lines.map((line) => JSON.parse(line)) },
    { end: 0, said: "", events: [{ event: "draining", signal: "SIGTERM" }, { event: "closed" }] },
  );
});

test("--no-reflection tells nothing, and a method whose name is known can be called all the same", async () => {
  await using server = await served(["tcp://localhost:0"], "--no-reflection");
  const { code, said } = await run("list", server.url);
  assert.equal(code, 1);
  assert.match(said, /does not tell what it serves.*\n.*NO_INTERFACE/);
  assert.deepEqual((await run("call", server.url, "Subject.request", "abc")).lines, ['"cba"']);
  assert.match((await run("call", server.url, "Subject.nothing")).said, /reason NO_METHOD, outcome not-executed/);
});

suite("workers", () => {
  for (const workers of ofTier({
    quick: ["processes:1"],
    gate: ["threads:1", "processes:per-connection"],
    all: ["threads:1", "processes:1", "threads:per-connection", "processes:per-connection"],
  })) {
    test(`${workers} make the upcalls, and are gone at the end`, async () => {
      await using server = await served(["tcp://localhost:0"], "--workers", workers);
      assert.deepEqual((await run("call", server.url, "Subject.request", "abc")).lines, ['"cba"']);
      const thread = JSON.parse((await run("call", server.url, "Subject.where")).lines[0] ?? "");
      assert.equal(thread.pid === server.program.child.pid, workers.startsWith("threads"));
      assert.equal(thread.main, workers.startsWith("processes"));
      assert.match((await run("list", server.url)).lines[1] ?? "", /^Subject /);
      assert.equal((await server.endBy("SIGTERM")).code, 0);
      assert.ok(!leftOver(server));
    });
  }

  test("a second signal also ends a worker that never gives way", async () => {
    await using server = await served(["tcp://localhost:0"], "--workers", "processes:1");
    const call = start("call", server.url, "Subject.spin", "--timeout", "60000");
    assert.equal(await server.program.line(), "spinning");
    const { child } = server.program;
    child.kill("SIGTERM");
    await server.program.saying("running calls may finish");
    const again = setInterval(() => child.kill("SIGTERM"), 20);
    // The worker writes where the server does, so this end comes when both are gone.
    const { end } = await server.program.end();
    clearInterval(again);
    assert.equal(end, 143);
    assert.equal((await call.end()).end, 1);
  });
});

suite("what cannot be served is told, with what to do", () => {
  test("a port in use", async () => {
    await using server = await served(["tcp://localhost:0"]);
    const { code, lines, said } = await run("serve", subjects, "--on", server.url);
    assert.deepEqual([code, lines], [1, []]);
    assert.match(said, /another socket has this port.*\n.*reason ADDRESS_IN_USE.*\n.*--on tcp:\/\/localhost:0/);
  });

  // The compiler would not take it.
  const broken = join(tmpdir(), `upcall-cli-broken-${process.pid}.mjs`);
  before(() => writeFileSync(broken, "export default class {"));
  after(() => rmSync(broken));
  const modules = [
    ["empty", /has no default export to serve.*\n.*MODULE_NOT_LOADED.*\n.*another copy of upcall/],
    ["throwing", /cannot be loaded: not today\n.*MODULE_NOT_LOADED.*\n.*thrown at file:.*throwing\.js/],
    ["broken.mjs", /cannot be loaded: .*\n.*MODULE_NOT_LOADED.*\n.*node --check <module>/],
    ["incomplete", /class Incomplete does not implement Subject: it lacks request\(\)/],
  ] as const;
  for (const [name, message] of modules) {
    test(`a module that is ${name}`, async () => {
      const { code, lines, said } = await run(
        "serve",
        name === "broken.mjs" ? broken : moduleAt(name),
        "--on",
        "tcp://localhost:0",
      );
      assert.deepEqual([code, lines], [1, []]);
      assert.match(said, message);
    });
  }

  const wrong = [
    [["./nowhere.js", "--on", "tcp://localhost:0"], /there is no file \.\/nowhere\.js/],
    [[subjects], /lacks a place to listen/],
    [[], /lacks the module/],
    [[subjects, "--on", "memory:x"], /memory: reaches objects of one thread only/],
    [[subjects, "--on", "localhost:7000"], /is no address/],
    [[subjects, "--on", "tcp://localhost:0", "--workers", "fibres"], /workers is "fibres"; it must be/],
    [[subjects, "--on", "tcp://localhost:0", "--wire", "plian"], /must be native or plain\. Did you mean plain\?/],
  ] as const;
  for (const [args, message] of wrong) {
    test(`wrong usage: ${["serve", ...args.map((arg) => (arg === subjects ? "<module>" : arg))].join(" ")}`, async () => {
      const { code, lines, said } = await run("serve", ...args);
      assert.deepEqual([code, lines], [2, []]);
      assert.match(said, message);
      assert.match(said, /\nusage: upcall serve/);
    });
  }
});

test("a reader that has gone ends a command quietly", async () => {
  await using server = await served(["tcp://localhost:0"]);
  const child = spawn(process.execPath, [main, "describe", server.url], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  assert.deepEqual([code, said], [0, ""]);
});
