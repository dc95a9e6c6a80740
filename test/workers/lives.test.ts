// Workers as processes of the system: how they start and end. Whatever ends a worker, or its owner, no process is left.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { close, connect, serve, within } from "upcall";
import { passedOn } from "#internal/workers/arguments.js";
import { alive, Program, until } from "./programs.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
const models = ["threads:2", "processes:2", "threads:per-connection", "processes:per-connection"] as const;
/** Without it nobody can look into a process. */
const skip = existsSync("/proc/self/fd") ? false : "this system has no /proc";

test("a worker process that is killed is replaced, and its call is unknown", async () => {
  await using server = await serve(Subject, module, url, { workers: "processes:1", limits: { queueTime: 30_000 } });
  await using subject = await connect(Subject, server.url);
  const { pid } = await subject.where();
  const lost = assert.rejects(subject.never(), {
    code: "UNAVAILABLE",
    reason: "WORKER_LOST",
    outcome: "unknown",
    message: /SIGKILL/,
  });
  await subject.request("the call before runs");
  process.kill(pid, "SIGKILL");
  await lost;
  assert.notEqual((await subject.where()).pid, pid);
  assert.equal(server.counters().workersLost, 1);
});

test("a worker process that is stopped loses its calls at their deadlines, and is ended and replaced", {
  skip,
}, async () => {
  await using server = await serve(Subject, module, url, {
    workers: "processes:1",
    limits: { queueTime: 30_000, grace: 50 },
  });
  await using subject = await connect(Subject, server.url);
  const { pid } = await subject.where();
  process.kill(pid, "SIGSTOP");
  await assert.rejects(within(subject, { timeout: 50 }).request("x"), { code: "DEADLINE_EXCEEDED" });
  await until(() => !alive(pid));
  assert.notEqual((await subject.where()).pid, pid);
  assert.equal(server.counters().workersEnded, 1);
});

test("a worker without memory ends its call and is replaced, and the server goes on", { skip }, async () => {
  for (const workers of ["threads:1", "processes:1"]) {
    await using program = new Program("server", [workers], ["--max-old-space-size=40"]);
    await using subject = await connect(Subject, await program.line());
    await assert.rejects(subject.fill(), { code: "UNAVAILABLE", reason: "WORKER_LOST", outcome: "unknown" });
    assert.equal(await subject.request("again"), "niaga");
  }
});

for (const workers of models) {
  suite(workers, () => {
    test("a program that closes its server ends by itself, and its workers with it", { skip }, async () => {
      await using program = new Program("server", [workers, "end"]);
      await program.line();
      assert.equal(await program.line(), "closed");
      await program.over;
      assert.equal(program.child.exitCode, 0);
    });

    test("Ctrl-C reaches the workers too, and they finish what runs", { skip }, async () => {
      await using program = new Program("server", [workers]);
      const subject = await connect(Subject, await program.line());
      const { pid } = await subject.where();
      const running = subject.later(300);
      await subject.request("it runs");
      process.kill(-program.pid, "SIGINT");
      assert.equal(await running, "later");
      assert.equal(await program.line(), "closed");
      await program.over;
      assert.equal(alive(pid), false);
      await close(subject);
    });

    test("no worker outlives an owner that is killed", { skip }, async () => {
      await using program = new Program("server", [workers]);
      await using subject = await connect(Subject, await program.line());
      const { pid } = await subject.where();
      program.child.kill("SIGKILL");
      await program.over;
      await until(() => !alive(pid));
    });

    test("a worker that computes ends within a second of an owner that is killed", { skip }, async () => {
      // One, so that all calls are its.
      await using program = new Program("server", [workers.replace(":2", ":1")]);
      await using subject = await connect(Subject, await program.line(), { reconnect: false });
      const { pid } = await subject.where();
      const computing = assert.rejects(within(subject, { timeout: 600_000 }).spin(90_000), { outcome: "unknown" });
      // As soon as it runs nothing else is heard.
      await assert.rejects(within(subject, { timeout: 500 }).request("x"), { code: "DEADLINE_EXCEEDED" });
      const killed = performance.now();
      program.child.kill("SIGKILL");
      await Promise.all([program.over, computing]);
      await until(() => !alive(pid));
      // Far from the time that it would have computed.
      assert.ok(performance.now() - killed < 45_000);
    });

    test("closing leaves no descriptor and no process", { skip }, async () => {
      const before = descriptors();
      const server = await serve(Subject, module, url, { workers });
      const subjects = await Promise.all(Array.from({ length: 3 }, () => connect(Subject, server.url)));
      const pids = new Set<number>();
      for (const subject of subjects) pids.add((await subject.where()).pid);
      await Promise.all(subjects.map((subject) => close(subject)));
      await server.close();
      pids.delete(process.pid);
      await until(() => ![...pids].some(alive));
      await until(() => descriptors() <= before);
    });
  });
}

test("an owner keeps no copy of the sockets it has given to processes", { skip }, async () => {
  const limits = { workersPerConnection: 6 };
  await using server = await serve(Subject, module, url, { workers: "processes:per-connection", limits });
  const before = descriptors();
  for (let round = 0; round < 10; round++) {
    const subjects = await Promise.all(Array.from({ length: 6 }, () => connect(Subject, server.url)));
    await Promise.all(subjects.map((subject) => subject.request("x")));
    await Promise.all(subjects.map((subject) => close(subject)));
    await until(() => server.counters().connectionsNow === 0);
  }
  assert.equal(server.counters().workersLost, 0);
  await until(() => descriptors() <= before);
});

test("a socket whose worker is ended before it took it is closed, and its caller hears of it", { skip }, async () => {
  const limits = { drain: 1, grace: 1 };
  const server = await serve(Subject, module, url, { workers: "processes:per-connection", limits });
  await using subject = await connect(Subject, server.url);
  const before = descriptors();
  const begun = performance.now();
  const lost = assert.rejects(subject.request("too early"), { code: "UNAVAILABLE", reason: "CLOSED" });
  await until(() => server.counters().workersStarted === 1);
  await server.close();
  await lost;
  // Not by the time that a greeting may take, 10 s.
  assert.ok(performance.now() - begun < 5_000);
  await until(() => descriptors() <= before);
});

test("a process that is a worker says nothing of its owner's arguments", { skip }, async () => {
  await using program = new Program("server", ["processes:1"]);
  await using subject = await connect(Subject, await program.line());
  const { pid } = await subject.where();
  const [, , ...given] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  assert.deepEqual(given, []);
});

test("of node's own options a worker process gets those that its module may need", () => {
  const rows: [string[], string[]][] = [
    [
      ["--import", "./hooks.js", "--conditions=dev"],
      ["--import", "./hooks.js", "--conditions=dev"],
    ],
    [["--test", "--test-reporter=spec", "--max-old-space-size=64"], ["--max-old-space-size=64"]],
    [["--inspect-brk=0", "--enable-source-maps"], ["--enable-source-maps"]],
    [["--watch", "--cpu-prof", "--cpu-prof-dir=x"], []],
    [["--input-type=module", "-e", "await 1"], []],
    [["-pe", "1"], []],
  ];
  for (const [given, expected] of rows) assert.deepEqual(passedOn(given), expected);
});

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
