// The plain wire's default end of a message, on real sockets: the object gets what was sent as one chunk, up to 64 KiB.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { after, before, suite, test } from "node:test";
import { connect, open, type Server, serve } from "upcall";
import { everyModel } from "../harness/every-model.ts";
import { failsWith, reverse, Subject } from "./subject.ts";

const KiB = 1024;
const module = new URL("./modules/real-subject.js", import.meta.url);
const plain = { wire: "plain" } as const;
/** Around the slices of a turn, the buffers of kernels, and the limit. */
const lengths = [1, 511, 512, 8 * KiB, 8 * KiB + 1, 20_000, 36 * KiB + 1, 64 * KiB];

/** What a program with a bare socket reads to the end, after one write. */
async function asked(url: string, bytes: Uint8Array): Promise<string> {
  const socket = url.startsWith("unix:")
    ? dial(url.slice("unix:".length))
    : dial(Number(url.split(":").at(-1)), "localhost");
  let reply = "";
  socket.setEncoding("utf8").on("data", (part: string) => {
    reply += part;
  });
  // The server may be done with us before we have said all.
  socket.on("error", () => {});
  socket.write(bytes);
  await once(socket, "close");
  return reply;
}

everyModel("chunk", { wire: "plain", size: 1, sparing: true }, ({ workers, kind, medium, url }) => {
  let server: Server;
  before(async () => {
    server = await serve(Subject, module, url(), { ...plain, workers, limits: { queueTime: 60_000 } });
  });
  after(() => server.close());

  test("arrives whole, the first one of a fresh server as well, from a proxy and from a bare socket", async () => {
    await using subject = await connect(Subject, server.url, plain);
    const several = kind.endsWith("per connection") ? [20_000, 64 * KiB] : lengths;
    for (const length of several.toReversed()) {
      const message = "x".repeat(length);
      assert.equal((await subject.request(message)).length, length);
      if (medium !== "memory") assert.equal((await asked(server.url, Buffer.from(message))).length, length);
    }
  });

  test("that is one byte too long is not sent, and is refused where it was", async () => {
    for (const end of [undefined, "chunk"] as const) {
      await using connection = await open(server.url, { ...plain, end });
      await assert.rejects(
        connection.proxy(Subject).request("x".repeat(64 * KiB + 1)),
        failsWith("RESOURCE_EXHAUSTED", "TOO_LARGE", "not-executed", /65537 bytes.*say end: "half-close"/),
      );
      assert.equal(connection.counters().connections, 0);
    }
    if (medium === "memory") return;
    // Together: the server gives each a second to end its side, which it hears of only then, as it reads nothing more.
    const tooLong = [64 * KiB + 1, 200_000].map((length) => asked(server.url, Buffer.alloc(length, "x")));
    assert.deepEqual(await Promise.all(tooLong), ["", ""]);
  });
});

test("many long messages at once, whose bytes have to wait for one another's turns, arrive whole", async () => {
  const request = (data: string): string => {
    for (const until = performance.now() + 2; performance.now() < until; );
    return String(data.length);
  };
  await using server = await serve(Subject, { request }, "tcp://localhost:0", plain);
  await using subject = await connect(Subject, server.url, plain);
  const replies = await Promise.all(Array.from({ length: 100 }, () => subject.request("x".repeat(60_000))));
  assert.deepEqual([...new Set(replies)], ["60000"]);
});

suite("a server's limit on a chunk", () => {
  test("limits.message below 64 KiB holds, and the caller's own is told before anything is sent", async () => {
    const limits = { message: 1_000 };
    await using server = await serve(Subject, { request: reverse }, "tcp://localhost:0", { ...plain, limits });
    assert.equal((await asked(server.url, Buffer.alloc(1_000, "x"))).length, 1_000);
    assert.equal(await asked(server.url, Buffer.alloc(1_001, "x")), "");
    assert.equal(server.counters().messagesTooLarge, 1);
    await using subject = await connect(Subject, server.url, { ...plain, limits });
    await assert.rejects(
      subject.request("x".repeat(1_001)),
      failsWith("RESOURCE_EXHAUSTED", "TOO_LARGE", "not-executed", /raise limits\.message/),
    );
  });

  test("a longer one than 64 KiB is counted, and does not reach the object", async () => {
    let entered = 0;
    const request = (data: string): string => {
      entered++;
      return data;
    };
    await using server = await serve(Subject, { request }, "tcp://localhost:0", plain);
    assert.equal(await asked(server.url, Buffer.alloc(100_000, "x")), "");
    assert.deepEqual([entered, server.counters().plainLeftOver], [0, 1]);
  });
});
