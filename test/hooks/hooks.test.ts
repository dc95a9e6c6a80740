// Every hook (observer, onError, onMetadata, onConnection, timing, logging) failing in every way: the call, the
// connection and the process go on, no rejection is unhandled, and standard error has it once.
import assert from "node:assert/strict";
import { mock, suite, test } from "node:test";
import * as everything from "upcall";
import { context, defineInterface, type Interceptor, implement, logging, method, timing, within } from "upcall";
import * as memory from "upcall/memory";
import { placesOf } from "../harness/every-model.ts";
import { failing } from "./failing.ts";

const Job = defineInterface("Job", { run: method<() => string>(), fail: method<() => never>() });
const job = {
  run: () => {
    context().answer({ tenant: "anna" });
    return "done";
  },
  fail: (): never => {
    throw new TypeError("no luck");
  },
};

interface Case {
  /** As standard error names it. */
  readonly name: string;
  /** What is served with, called with, and what stands in front of calls. */
  serve?(hook: () => void): everything.ServeObjectOptions;
  connect?(hook: () => void): everything.ConnectOptions;
  within?(hook: () => void): everything.CallOptions;
}

const cases: Readonly<Record<string, Case>> = {
  "observer of a server": { name: "observer", serve: (observer) => ({ observer }) },
  "observer of a caller": { name: "observer", connect: (observer) => ({ observer }) },
  "onError of a server": { name: "onError", serve: (onError) => ({ onError }) },
  "onMetadata of a call": { name: "onMetadata", within: (onMetadata) => ({ onMetadata }) },
  "timing() of a server": { name: "the function of timing()", serve: (told) => ({ interceptors: [timing(told)] }) },
  "timing() of a caller": { name: "the function of timing()", connect: (told) => ({ interceptors: [timing(told)] }) },
  "logging() of a server": { name: "the logger of logging()", serve: (hook) => ({ interceptors: [logged(hook)] }) },
  "logging() of a caller": { name: "the logger of logging()", connect: (hook) => ({ interceptors: [logged(hook)] }) },
};

function logged(hook: () => void): Interceptor {
  return logging({ info: hook, error: hook });
}

/** Standard error takes ten lines of hooks in a second: each time that it is watched here, some seconds have passed. */
const now = performance.now.bind(performance);
let later = 0;
mock.method(performance, "now", () => now() + later);

/** What is written on standard error while it goes on, but for what methods threw. */
async function written(work: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  later += 2_000;
  const { mock: console_ } = mock.method(console, "error", (line: string) => lines.push(line));
  try {
    await work();
    // A promise that a hook gave last may be rejected a little later.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    console_.restore();
  }
  return lines.filter((line) => !/^upcall: (?:incident|\d+ more incident)/.test(line));
}

async function play(
  { connect, serve }: Pick<typeof everything, "connect" | "serve">,
  url: string,
  one: Case,
  hook: () => void,
) {
  await using server = await serve(Job, job, url, one.serve?.(hook));
  for (let connections = 0; connections < 2; connections++) {
    await using proxy = await connect(Job, server.url, one.connect?.(hook));
    const called = one.within === undefined ? proxy : within(proxy, one.within(hook));
    for (let calls = 0; calls < 2; calls++) {
      assert.equal(await called.run(), "done");
      await assert.rejects(called.fail(), { code: "UNKNOWN", outcome: "executed" });
    }
  }
}

const media = placesOf("hooks", { kinds: ["inline"] }).map(({ medium, url }) => ({ name: medium, url }));
for (const medium of [...media, { name: "memory: alone", url: () => "memory:hooks", alone: true }])
  suite(`hooks over ${medium.name}`, () => {
    const handshake = "alone" in medium ? (memory as unknown as typeof everything) : everything;
    for (const [what, one] of Object.entries(cases))
      test(`${what} that ${Object.keys(failing).join(", or ")}`, async () => {
        for (const [how, hook] of Object.entries(failing)) {
          const lines = await written(() => play(handshake, medium.url(), one, () => hook()));
          assert.ok(lines.length > 0, `${how}: it is written`);
          for (const line of lines)
            assert.ok(line.startsWith(`upcall: ${one.name}, a function of this program, failed`), line);
          assert.match(lines[0] ?? "", /the log is closed/);
          // An interceptor is one for each connection that it was made for.
          assert.ok(lines.length <= 2, lines.join("\n"));
        }
      });
  });

for (const medium of media)
  for (const [how, hook] of Object.entries(failing)) {
    test(`${medium.name}: onConnection that ${how} costs no connection, and not the server`, async () => {
      const one: Case = { name: "onConnection", serve: (onConnection) => ({ onConnection: () => onConnection() }) };
      const lines = await written(() => play(everything, medium.url(), one, hook));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", /^upcall: onConnection, a function of this program, failed.* the log is closed/);
    });

    test(`${medium.name}: the disposal of an object that ${how}`, async () => {
      const lines = await written(async () => {
        const dispose = (): unknown => hook();
        const made = implement(Job, () => ({ ...job, [Symbol.dispose]: dispose }), { per: "connection" });
        const server = await everything.serve([made], medium.url());
        for (let connections = 0; connections < 2; connections++) {
          await using proxy = await everything.connect(Job, server.url);
          assert.equal(await proxy.run(), "done");
        }
        await server.close();
        assert.equal(server.counters().objectsNotDisposed, 2);
      });
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(
        lines[0] ?? "",
        /^upcall: the disposal of an object, a function of this program, failed.* is closed/,
      );
    });
  }

test("an incident whose onError failed is told on standard error, so that its id leads somewhere", async () => {
  for (const hook of Object.values(failing)) {
    later += 2_000;
    const lines: string[] = [];
    const { mock: console_ } = mock.method(console, "error", (line: string) => lines.push(line));
    await using server = await everything.serve(Job, job, "memory:told", { onError: () => hook() });
    await using proxy = await everything.connect(Job, server.url);
    const { incident } = await proxy.fail().catch((error: everything.UpcallError) => error);
    await new Promise((resolve) => setImmediate(resolve));
    console_.restore();
    assert.equal(lines.filter((line) => line.includes(`incident ${incident}: Job.fail `)).length, 1, lines.join("\n"));
  }
});

const pools = ["threads", "processes"] as const;
for (const { name, workers, url } of placesOf("hooks of pools", { size: 1, kinds: pools, sparing: true }))
  test(`${name}: observer, onConnection and onMetadata that throw`, async () => {
    const lines = await written(async () => {
      const module = new URL("./modules/job.js", import.meta.url);
      const hook = (): never => {
        throw new Error("the log is closed");
      };
      const { serve, connect } = everything;
      await using server = await serve(module, url(), { workers, observer: hook, onConnection: hook });
      await using proxy = await connect(Job, server.url);
      assert.equal(await within(proxy, { onMetadata: hook }).run(), "done");
    });
    assert.equal(lines.length, 1, "the same function is named once");
  });
