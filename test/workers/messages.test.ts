// Messages of an object's own code to its parent (`parentPort.postMessage`, `process.send`): they are counted, told to
// `onMessage`, and end nothing.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, type ServeOptions, type Server, serve, type WorkerMessage, type Workers } from "upcall";
import { everyModel, startedKinds } from "../harness/every-model.ts";
import { reaches } from "../harness/tier.ts";
import { odd, Talkative } from "./modules/talkative.ts";
import { until } from "./programs.ts";

const module = new URL("./modules/talkative.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-messages-"));
after(() => rmSync(folder, { recursive: true }));

const open = (workers: Workers, options: ServeOptions = {}): Promise<Server> =>
  serve(Talkative, module, "tcp://127.0.0.1:0", {
    workers,
    limits: { queueTime: 60_000, greetingTime: 60_000 },
    ...options,
  });

const matrix = { media: ["tcp"], kinds: startedKinds, size: 1, sparing: true } as const;
everyModel("messages", matrix, ({ workers }) => {
  test("whatever the object's code sends is told to onMessage, which may fail, and looked at by nobody else", async () => {
    const told: WorkerMessage[] = [];
    await using server = await open(workers, {
      onMessage(message) {
        const turn = told.push(message);
        return turn % 2 === 0 ? Promise.reject(new Error("no")) : JSON.parse("{");
      },
    });
    await using talkative = await connect(Talkative, server.url);
    for (const which of odd.keys()) assert.equal(await talkative.say(which), "sent");
    assert.equal(await talkative.say(odd.length), "refused");
    assert.equal(await talkative.say(odd.length + 1), "sent");
    assert.equal(await talkative.ping(), "pong");
    // A per-connection server starts one to see whether its module can be loaded.
    const starts = told.filter(({ worker }) => worker !== told.at(-1)?.worker);
    const count = odd.length + 2;
    await until(() => told.length === starts.length + count);
    assert.deepEqual(
      told.slice(starts.length).map(({ message }) => message),
      ["ready", ...odd, { ready: false }],
    );
    for (const { worker } of told) assert.match(worker, /^worker (thread|process) \d+$/);
    assert.equal(server.counters().workerMessages, told.length);
    assert.equal(server.counters().workersLost, 0);
  });

  test("where nobody wants it it is counted; an object that shuts its way to its owner loses its own worker at most", async () => {
    await using server = await open(workers);
    await using other = await connect(Talkative, server.url);
    for (const which of [0, 1, 8, 10]) assert.equal(await other.say(which), "sent");
    assert.equal(await other.ping(), "pong");
    await until(() => server.counters().workerMessages >= 5);
    const talkative = await connect(Talkative, server.url, { reconnect: false });
    // A process ends with it; what a thread's parentPort is for, it does not need.
    const shut = talkative.shut().then(
      () => "returned",
      ({ code }) => code,
    );
    assert.match(await shut, /^(returned|UNAVAILABLE)$/);
    assert.equal(await other.ping(), "pong");
    await using again = await connect(Talkative, server.url);
    assert.equal(await again.ping(), "pong");
  });
});

const threads = ["threads:1", "threads:per-connection"] as const;
for (const workers of reaches("gate") ? threads : threads.slice(0, 1))
  test(`${workers}: handlers of the object's hear nothing of ours`, async () => {
    const file = join(folder, workers.replace(":", "-"));
    const server = await open(workers);
    const talkative = await connect(Talkative, server.url);
    await talkative.listen(file);
    await server.close();
    assert.equal(existsSync(file), false);
  });
