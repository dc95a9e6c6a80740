// Workers as processes of the system: how they start and end. Whatever ends a worker, or its owner, no process is left.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { close, connect, serve, within } from "upcall";
import { passedOn } from "#internal/workers/arguments.js";
import { everyModel, startedKinds } from "../harness/every-model.ts";
import { ofTier, reaches } from "../harness/tier.ts";
import { alive, Program, until } from "./programs.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
const folder = mkdtempSync(join(tmpdir(), "upcall-lives-"));
after(() => rmSync(folder, { recursive: true }));
/** Without it nobody can look into a process. */
const skip = existsSync("/proc/self/fd") ? false : "this system has no /proc";

test("a worker process that is killed, or stopped, is replaced", { skip }, async () => {
  await using server = await serve(Subject, module, url, {
    workers: "processes:1",
    limits: { queueTime: 60_000, grace: 50 },
  });
  await using subject = await connect(Subject, server.url, { timeout: 60_000 });
  const first = await subject.where();
  const lost = assert.rejects(subject.never(), {
    code: "UNAVAILABLE",
    reason: "WORKER_LOST",
    outcome: "unknown",
    message: /SIGKILL/,
  });
  await subject.request("the call before runs");
  process.kill(first.pid, "SIGKILL");
  await lost;
  const second = await subject.where();
  assert.notEqual(second.pid, first.pid);
  // One that is stopped loses its calls at their deadlines.
  process.kill(second.pid, "SIGSTOP");
  await assert.rejects(within(subject, { timeout: 50 }).request("x"), { code: "DEADLINE_EXCEEDED" });
  await until(() => !alive(second.pid));
  assert.notEqual((await subject.where()).pid, second.pid);
  const { workersLost, workersEnded } = server.counters();
  assert.deepEqual([workersLost, workersEnded], [1, 1]);
});

test("a worker without memory ends its call and is replaced, and the server goes on", { skip }, async () => {
  for (const workers of reaches("gate") ? ["threads:1", "processes:1"] : ["threads:1"]) {
    await using program = new Program("server", [workers], ["--max-old-space-size=40"]);
    await using subject = await connect(Subject, await program.line());
    await assert.rejects(subject.fill(), { code: "UNAVAILABLE", reason: "WORKER_LOST", outcome: "unknown" });
    assert.equal(await subject.request("again"), "niaga");
  }
});

everyModel("lives", { media: ["tcp"], kinds: startedKinds, sparing: true }, ({ workers }) => {
  test("a program that closes its server ends by itself, and its workers with it", {
    skip: reaches("gate") ? skip : "of the gate's tier: the next one ends so, too",
  }, async () => {
    await using program = new Program("server", [workers, "end"]);
    await program.line();
    assert.equal(await program.line(), "closed");
    await program.over;
    assert.equal(program.child.exitCode, 0);
  });

  test("Ctrl-C reaches the workers too, and they finish what runs; then the program ends by itself", {
    skip,
  }, async () => {
    await using program = new Program("server", [workers]);
    const subject = await connect(Subject, await program.line());
    const { pid } = await subject.where();
    const running = subject.later(300);
    await subject.request("it runs");
    process.kill(-program.pid, "SIGINT");
    assert.equal(await running, "later");
    assert.equal(await program.line(), "closed");
    await program.over;
    assert.equal(program.child.exitCode, 0);
    assert.equal(alive(pid), false);
    await close(subject);
  });

  test("closing leaves no descriptor and no process", { skip }, async () => {
    const before = descriptors();
    const server = await serve(Subject, module, url, { workers });
    const subjects = await Promise.all(Array.from({ length: 2 }, () => connect(Subject, server.url)));
    const pids = new Set<number>();
    for (const subject of subjects) pids.add((await subject.where()).pid);
    await Promise.all(subjects.map((subject) => close(subject)));
    await server.close();
    pids.delete(process.pid);
    await until(() => ![...pids].some(alive));
    await until(() => descriptors() <= before);
  });

  // A thread cannot but end with its process.
  if (workers.startsWith("threads") && !reaches("all")) return;

  test("a worker says nothing of its owner's arguments, and does not outlive an owner that is killed", {
    skip,
  }, async () => {
    await using program = new Program("server", [workers]);
    await using subject = await connect(Subject, await program.line());
    const { pid } = await subject.where();
    if (workers.startsWith("processes")) {
      const [, , ...given] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
      assert.deepEqual(given, []);
    }
    program.child.kill("SIGKILL");
    await program.over;
    await until(() => !alive(pid));
  });

  test("a worker that computes ends within a second of an owner that is killed", { skip }, async () => {
    // One, so that all calls are its.
    await using program = new Program("server", [workers.replace(":2", ":1")]);
    await using subject = await connect(Subject, await program.line(), { reconnect: false });
    const { pid } = await subject.where();
    const file = join(folder, workers);
    // Both are sent together, and the worker begins them so: what it answers to the first may stay there with it.
    const noted = subject.append(file, "x").catch(() => {});
    const computing = assert.rejects(within(subject, { timeout: 600_000 }).spin(300_000), { outcome: "unknown" });
    await until(() => existsSync(file));
    const killed = performance.now();
    program.child.kill("SIGKILL");
    await Promise.all([program.over, computing, noted]);
    await until(() => !alive(pid));
    // Far from the time that it would have computed.
    assert.ok(performance.now() - killed < 150_000);
  });
});

test("an owner keeps no copy of the sockets it has given to processes", { skip }, async () => {
  const [rounds, most] = ofTier({ quick: [2, 2], gate: [3, 6], all: [10, 6] });
  // On a busy machine so many processes at once take longer to start than a greeting may usually take.
  const limits = { workersPerConnection: most, greetingTime: 200_000, queueTime: 200_000 };
  await using server = await serve(Subject, module, url, { workers: "processes:per-connection", limits });
  const before = descriptors();
  for (let round = 0; round < rounds; round++) {
    const connecting = Array.from({ length: most }, () => connect(Subject, server.url, { limits, timeout: 200_000 }));
    const subjects = await Promise.all(connecting);
    await Promise.all(subjects.map((subject) => subject.request("x")));
    await Promise.all(subjects.map((subject) => close(subject)));
    await until(() => server.counters().connectionsNow === 0);
  }
  assert.equal(server.counters().workersLost, 0);
  await until(() => descriptors() <= before);
});

test("a socket whose worker is ended before it took it is closed, and its caller hears of it", { skip }, async () => {
  const limits = { drain: 1, grace: 1, greetingTime: 300_000 };
  const server = await serve(Subject, module, url, { workers: "processes:per-connection", limits });
  await using subject = await connect(Subject, server.url, { limits, timeout: 300_000 });
  const before = descriptors();
  const begun = performance.now();
  const lost = assert.rejects(subject.request("too early"), { code: "UNAVAILABLE", reason: "CLOSED" });
  await until(() => server.counters().workersStarted === 1);
  await server.close();
  await lost;
  // Not by the time that a greeting may take.
  assert.ok(performance.now() - begun < 150_000);
  await until(() => descriptors() <= before);
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
