// Objects for connections, calls and streams (`per`), where the module is served by every model of workers over every medium.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { close, connect, type OpenConnection, open, type Server, serve } from "upcall";
import { everyModel, placesOf } from "../harness/every-model.ts";
import { Clock, epoch } from "./clock.ts";
import { Counter, Line } from "./counter.ts";

const module = (name: string): URL => new URL(`./modules/${name}.js`, import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-objects-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}`);

/** What an object wrote when it was disposed of, which nobody waits for while a server goes on. */
async function written(file: string): Promise<string> {
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 5));
  return readFileSync(file, "utf8");
}

const notSupported = { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED", outcome: "not-executed" };

everyModel("objects", { size: 1, sparing: true }, (place) => {
  const { workers, kind, medium } = place;
  const serveForConnections = (): Promise<Server> => serve(Counter, module("per-connection"), place.url(), { workers });

  if (kind === "threads" || kind === "processes")
    test("an object for each connection is refused when serving, with what to use instead", async () => {
      const message = /Counter .*threads:per-connection/;
      await assert.rejects(serveForConnections(), { ...notSupported, message });
    });
  else
    test("each connection has its object, which is disposed of when the connection has ended", async () => {
      const server = await serveForConnections();
      const [one, other] = [await connect(Counter, server.url), await connect(Counter, server.url)];
      const [first, second] = [newFile(), newFile()];
      assert.deepEqual([await one.count(), await one.count(), await one.note(first)], [1, 2, 3]);
      assert.deepEqual([await other.count(), await other.note(second)], [1, 2]);
      const peer = medium === "tcp" ? /^127\.0\.0\.1:\d+$/ : new RegExp(`^${medium}$`);
      assert.match(await one.peer(), peer);
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

  let server: Server;
  let client: OpenConnection;
  before(async () => {
    // The smallest window, so that few items are more than may be sent ahead.
    const limits = { streamWindow: 16 * 1024 };
    server = await serve(module("for-calls"), place.url(), { workers, expose: "message", limits });
    client = await open(server.url, { limits });
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  test("each call has its object, which is disposed of when the call is over", async () => {
    const counter = client.proxy(Counter);
    const [one, other] = [newFile(), newFile()];
    const counts = await Promise.all([counter.count(), counter.count(), counter.note(one), counter.note(other)]);
    assert.deepEqual(counts, [1, 1, 1, 1]);
    assert.equal(await counter.count(), 1);
    await assert.rejects(counter.fail(), { code: "UNKNOWN", outcome: "executed" });
    for (const file of [one, other]) assert.match(await written(file), /^1 (?:true|false)\n$/);
  });

  test("the object of a stream lives as long as it is read: to its end, until it is left, and until it fails", async () => {
    const clock = client.proxy(Clock);
    const [whole, left, failed] = [newFile(), newFile(), newFile()];
    // More than may be sent ahead: at the first item the object cannot have come to the last.
    const many = 4_000;
    let got = 0;
    for await (const tick of await clock.ticks(whole, many)) {
      if (got === 0) assert.ok(!existsSync(whole));
      assert.equal(tick, epoch + got++);
    }
    assert.equal(got, many);
    for await (const _tick of await clock.ticks(left, 1_000_000)) break;
    await assert.rejects(
      async () => {
        for await (const tick of await clock.ticks(failed, -1)) assert.equal(tick, epoch);
      },
      { code: "UNKNOWN", message: /out of time/ },
    );
    for (const file of [whole, left, failed]) assert.equal(await written(file), "disposed");
  });

  // The last one, because it closes the server.
  test("a server that closes waits until the objects of its last calls are disposed of", async () => {
    const counter = client.proxy(Counter);
    const file = newFile();
    assert.deepEqual(await Promise.all([counter.note(file), counter.note(file)]), [1, 1]);
    await client.close();
    await server.close();
    assert.equal(readFileSync(file, "utf8").replaceAll("true", "false"), "1 false\n1 false\n");
    const { upcallsThrown, objectsNotMade, objectsNotDisposed } = server.counters();
    assert.deepEqual([upcallsThrown, objectsNotMade, objectsNotDisposed], [1, 0, 0]);
  });
});

for (const { workers, url } of placesOf("one of several", { media: ["tcp"], size: 1, sparing: true }))
  test(`a server of one interface of a module has none of its others, with ${workers}`, async () => {
    await using server = await serve(Counter, module("for-calls"), url(), { workers });
    await using client = await open(server.url);
    assert.equal(await client.proxy(Counter).count(), 1);
    await assert.rejects(async () => await client.proxy(Clock).ticks("", 1), {
      code: "UNIMPLEMENTED",
      message: /no interface Clock; it serves Counter/,
    });
  });

const kinds = ["inline", "threads per connection", "processes per connection"] as const;
for (const { workers, url } of placesOf("plain objects", { media: ["tcp"], wire: "plain", kinds, sparing: true }))
  test(`the plain wire with ${workers}: each connection has its object`, async () => {
    const options = { wire: "plain", end: "newline" } as const;
    await using server = await serve(Line, module("line-per-connection"), url(), { ...options, workers });
    // One proxy has one connection as long as it makes one call after the other.
    await using one = await connect(Line, server.url, options);
    await using other = await connect(Line, server.url, options);
    assert.deepEqual([await one.add("a"), await one.add("b")], ["a", "ab"]);
    assert.equal(await other.add("c"), "c");
    assert.equal(await one.add("d"), "abd");
  });

test("an object for each connection cannot be served by datagrams, nor by a pool of them", async () => {
  for (const workers of ["inline", "threads:1"] as const) {
    const options = { wire: "plain", workers } as const;
    const serving = serve(Line, module("line-per-connection"), "udp://localhost:0", options);
    await assert.rejects(serving, { ...notSupported, message: /per: "call"/ });
  }
});
