// Workers that end by themselves, and those that cannot be restarted: callers are told what is true, nothing of what
// was thrown, and the server's own log has it all, once.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { connect, type ServeOptions, type Server, serve, type UpcallError, type Workers } from "upcall";
import { everyModel, startedKinds } from "../harness/every-model.ts";
import { ofTier, reaches } from "../harness/tier.ts";
import { Doomed, secret } from "./modules/doomed.ts";
import { until } from "./programs.ts";

const module = new URL("./modules/doomed.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
const folder = mkdtempSync(join(tmpdir(), "upcall-losses-"));
after(() => rmSync(folder, { recursive: true }));

const pools = ["threads:1", "processes:1"] as const satisfies readonly Workers[];
const alone = ["threads:per-connection", "processes:per-connection"] as const satisfies readonly Workers[];
/** A worker's successor may take its time to start, however busy the machine is. */
const patient = { queueTime: 60_000, greetingTime: 60_000 };
const patiently = { reconnect: false, timeout: 60_000, limits: { greetingTime: 60_000 } } as const;
const ways = ["exit", "exit well", "uncaught", "null", "object", "rejection"];

/** What this process's standard error was told. */
const lines: string[] = [];
const { error: told } = console;
beforeEach(() => {
  lines.length = 0;
  console.error = (line: string) => void lines.push(line);
});
afterEach(() => {
  console.error = told;
});

const open = (workers: Workers, options: ServeOptions = {}, of: URL = module): Promise<Server> =>
  serve(Doomed, of, url, { workers, limits: patient, ...options });

let files = 0;
/** A module that is loaded as its file says. */
function switched(says: string): { readonly of: URL; readonly say: (what: string) => void } {
  const file = join(folder, `module-${files++}`);
  writeFileSync(file, says);
  return { of: new URL(`${module.href}?${encodeURIComponent(file)}`), say: (what) => writeFileSync(file, what) };
}

async function lossOf(call: Promise<unknown>): Promise<UpcallError> {
  const error = await call.then(
    () => null,
    (thrown: UpcallError) => thrown,
  );
  assert.ok(error !== null, "the call returned");
  assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /hunter2|db\.internal/);
  return error;
}

everyModel("losses", { media: ["tcp"], kinds: startedKinds, size: 1, sparing: true }, ({ workers }) => {
  const thread = workers.startsWith("threads");
  // A process tells no more of itself than how it ended.
  for (const how of thread ? ways : ofTier({ quick: ["exit", "uncaught"], gate: ways, all: ways })) {
    test(`a worker that ends by ${how}: its caller hears of an id, and the log of the rest, once`, async () => {
      await using server = await open(workers);
      await using doomed = await connect(Doomed, server.url, patiently);
      const error = await lossOf(doomed.end(how));
      assert.deepEqual([error.code, error.outcome], ["UNAVAILABLE", "unknown"]);
      await until(() => lines.length > 0);
      const [line = ""] = lines;
      assert.match(line, /^upcall: incident [0-9a-f]{16}: worker (thread|process) \d+ /);
      if (workers === "threads:1" || workers === "processes:1") {
        assert.equal(error.reason, "WORKER_LOST");
        assert.match(error.incident ?? "", /^[0-9a-f]{16}$/);
        assert.ok(line.includes(`incident ${error.incident}: `), line);
        assert.match(line, /; (another one is started now|the next attempt to start one is in 100 ms, .*)$/);
      } else assert.match(line, /; its connection is closed$/);
      if (how.startsWith("exit")) assert.match(line, how === "exit" ? /exited with code 3/ : /exited with code 0/);
      // What a process throws it writes down itself.
      else if (thread && how !== "null") assert.ok(line.includes(secret), line);
      if (thread && how === "uncaught") assert.match(line, /doomed\.js.*caused by TypeError/);
      await using again = await connect(Doomed, server.url, patiently);
      assert.equal(await again.ping(), "pong");
      assert.equal(lines.length, 1);
      assert.equal(server.counters().workersLost, 1);
    });
  }
});

test("callers whom the error of a lost worker may be shown are shown it", async () => {
  await using server = await open("threads:1", { expose: "message" });
  await using doomed = await connect(Doomed, server.url);
  await assert.rejects(doomed.end("uncaught"), { reason: "WORKER_LOST", message: /hunter2/ });
});

for (const workers of pools) {
  for (const [says, reason] of [
    ["throws", "MODULE_NOT_LOADED"],
    ["exits", "WORKER_LOST"],
  ] as const) {
    // Each once in `quick`; a process says with it how it ended, so it is the one that exits.
    if (!reaches("gate") && (says === "exits") !== (workers === "processes:1")) continue;
    test(`${workers}: a module that ${says} when its worker is replaced: told once, and callers hear UNAVAILABLE`, async () => {
      const { of, say } = switched("good");
      await using server = await open(workers, { limits: { queueTime: 1_500 } }, of);
      await using doomed = await connect(Doomed, server.url);
      assert.equal(await doomed.ping(), "pong");
      say(says);
      await lossOf(doomed.end("exit"));
      // At first it is the one that had worked whose end is known.
      const error = await lossOf(doomed.ping());
      assert.deepEqual([error.code, error.outcome], ["UNAVAILABLE", "not-executed"]);
      await until(() => server.counters().workersStarted >= 4);
      const late = await lossOf(doomed.ping());
      assert.deepEqual([late.code, late.reason, late.outcome], ["UNAVAILABLE", reason, "not-executed"]);
      assert.equal(lines.length, 2);
      const [, line = ""] = lines;
      assert.match(line, /; the next attempt to start one is in 100 ms, and later ones come later, /);
      assert.ok(line.includes(`incident ${late.incident}: `), line);
      assert.ok(line.includes(says === "throws" ? secret : "exited with code 7 before it was ready"), line);
      say("good");
      await until(() =>
        doomed.ping().then(
          () => true,
          () => false,
        ),
      );
      assert.match(lines.at(-1) ?? "", /^upcall: workers can be started again: worker (thread|process) \d+ is ready$/);
    });
  }
}

for (const workers of ["inline", ...pools, ...alone] as const)
  for (const says of ["hangs", "loops"]) {
    // Nothing can be said in a thread that loops.
    if (workers === "inline" && says === "loops") continue;
    // A server with workers of a pool finds out how its module does as one does with workers of connections.
    if (!reaches("gate") && (alone.some((one) => one === workers) || (workers === "threads:1" && says === "hangs")))
      continue;
    test(`${workers}: a module that ${says} while it is loaded is told when serving, by its name`, async () => {
      const { of } = switched(says);
      const limits = { ...patient, workerStart: 500 };
      await assert.rejects(open(workers, { limits }, of), {
        code: "DEADLINE_EXCEEDED",
        reason: "MODULE_NOT_LOADED",
        outcome: "not-executed",
        message: /doomed\.js.* did not finish loading in 500 ms/,
      });
      // Where the interface is not given, this thread loads the module to learn it.
      if (says === "hangs")
        await assert.rejects(serve(of, url, { workers, limits }), { code: "DEADLINE_EXCEEDED", message: /doomed\.js/ });
      assert.deepEqual(lines, []);
    });
  }

test("a module that waits for what nothing in its thread can settle is told at once, by its name", async () => {
  for (const workers of ["threads:1", "threads:per-connection"] as const)
    await assert.rejects(open(workers, {}, switched("cannot end").of), {
      code: "INVALID_ARGUMENT",
      reason: "MODULE_NOT_LOADED",
      message: /doomed\.js.* cannot finish loading/,
    });
});

test("a module that loops when its worker is replaced is told, and tried again", {
  skip: reaches("gate") ? false : "of the gate's tier: it takes as long as a busy machine may need to load a module",
}, async () => {
  const { of, say } = switched("good");
  // Within it a busy machine must have loaded the good one.
  await using server = await open("threads:1", { limits: { ...patient, workerStart: 6_000 } }, of);
  await using doomed = await connect(Doomed, server.url);
  say("loops");
  await lossOf(doomed.end("exit"));
  await until(() => lines.length === 2);
  assert.match(
    lines[1] ?? "",
    /doomed\.js.* did not finish loading in 6000 ms, so worker thread \d+ was ended: .*; the next/,
  );
  say("good");
  assert.equal(await doomed.ping(), "pong");
});

for (const workers of reaches("gate") ? alone : alone.slice(0, 1))
  test(`${workers}: a connection whose worker cannot be started is told so, and the log why, once`, async () => {
    const { of, say } = switched("good");
    await using server = await open(workers, {}, of);
    say("throws");
    for (let i = 0; i < 2; i++) {
      const doomed = await connect(Doomed, server.url, { reconnect: false });
      const error = await lossOf(doomed.ping());
      assert.deepEqual([error.code, error.reason, error.outcome], ["UNAVAILABLE", "MODULE_NOT_LOADED", "not-executed"]);
    }
    assert.equal(lines.length, 1);
    assert.ok(lines[0]?.includes(secret), lines[0]);
    say("good");
    await using doomed = await connect(Doomed, server.url);
    assert.equal(await doomed.ping(), "pong");
  });
