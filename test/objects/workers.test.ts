// Objects for each connection or each call, where the module is served by every model of workers over every medium.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { close, connect, refusal, type Server, serve, type Workers } from "upcall";
import { media } from "../harness/media.ts";
import { Counter, Line } from "./counter.ts";

const module = (name: string): URL => new URL(`./modules/${name}.js`, import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-state-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}`);

const models: readonly (readonly [Workers, Parameters<typeof refusal>[2]])[] = [
  ["inline", "inline"],
  ["threads:2", "threads"],
  ["processes:2", "processes"],
  ["threads:per-connection", "threads per connection"],
  ["processes:per-connection", "processes per connection"],
];
const notSupported = { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED", outcome: "not-executed" };

for (const [workers, kind] of models) {
  for (const medium of media) {
    const name = medium.name as "tcp" | "unix" | "memory";
    if (refusal(name, "native", kind) !== null) continue;
    const start = (which: string): Promise<Server> => serve(Counter, module(which), medium.url(), { workers });

    suite(`${workers} over ${name}`, () => {
      if (workers.endsWith(":2"))
        test("an object for each connection is refused when serving, with what to use instead", async () => {
          await assert.rejects(start("per-connection"), {
            ...notSupported,
            message: /Counter .*threads:per-connection/,
          });
        });
      else
        test("each connection has its object, which is disposed of when the connection has ended", async () => {
          const server = await start("per-connection");
          const [one, other] = [await connect(Counter, server.url), await connect(Counter, server.url)];
          const [first, second] = [newFile(), newFile()];
          assert.deepEqual([await one.count(), await one.count(), await one.note(first)], [1, 2, 3]);
          assert.deepEqual([await other.count(), await other.note(second)], [1, 2]);
          assert.match(
            await one.peer(),
            { tcp: /^(?:127\.0\.0\.1|\[?::1\]?):\d+$/, unix: /^unix$/, memory: /^memory$/ }[name],
          );
          await assert.rejects(one.fail(), { code: "UNKNOWN", outcome: "executed" });
          assert.equal(await one.count(), 4);
          assert.ok(!existsSync(first));
          await close(one);
          await server.close();
          assert.equal(readFileSync(first, "utf8"), "4 true\n");
          assert.equal(readFileSync(second, "utf8"), "2 true\n");
          assert.deepEqual([server.counters().objectsNotMade, server.counters().objectsNotDisposed], [0, 0]);
          await close(other);
        });

      test("each call has its object, which is disposed of when the call is over", async () => {
        const server = await start("per-call");
        const counter = await connect(Counter, server.url);
        const file = newFile();
        const counts = await Promise.all([counter.count(), counter.count(), counter.note(file), counter.note(file)]);
        assert.deepEqual(counts, [1, 1, 1, 1]);
        assert.equal(await counter.count(), 1);
        await assert.rejects(counter.fail(), { code: "UNKNOWN", outcome: "executed" });
        await close(counter);
        await server.close();
        assert.equal(readFileSync(file, "utf8").replaceAll("true", "false"), "1 false\n1 false\n");
        assert.equal(server.counters().upcallsThrown, 1);
      });
    });
  }
}

for (const workers of ["inline", "threads:per-connection", "processes:per-connection"] as const) {
  test(`the plain wire with ${workers}: each connection has its object`, async () => {
    const options = { wire: "plain", end: "newline" } as const;
    await using server = await serve(Line, module("line-per-connection"), "tcp://localhost:0", { ...options, workers });
    // One proxy has one connection as long as it makes one call after the other.
    await using one = await connect(Line, server.url, options);
    await using other = await connect(Line, server.url, options);
    assert.deepEqual([await one.add("a"), await one.add("b")], ["a", "ab"]);
    assert.equal(await other.add("c"), "c");
    assert.equal(await one.add("d"), "abd");
  });
}

test("an object for each connection cannot be served by datagrams, nor by a pool of them", async () => {
  for (const workers of ["inline", "threads:1"] as const) {
    const options = { wire: "plain", workers } as const;
    const serving = serve(Line, module("line-per-connection"), "udp://localhost:0", options);
    await assert.rejects(serving, { ...notSupported, message: /per: "call"/ });
  }
});
