// Streams that are read without being awaited first: items, errors, and leaving the loop early.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, data, defineInterface, method, serve, stream, UpcallError } from "upcall";

const Ticks = defineInterface("Ticks", {
  ticks: method({ args: [data<number>()], returns: stream<number>() }),
});

async function served(use: (ticks: Awaited<ReturnType<typeof connected>>, ended: () => number) => Promise<void>) {
  let ended = 0;
  const object = {
    async *ticks(from: number): AsyncGenerator<number> {
      if (from < 0) throw new UpcallError("OUT_OF_RANGE", "nothing is before 0");
      try {
        for (let tick = from; ; tick++) yield tick;
      } finally {
        ended++;
      }
    },
  };
  const server = await serve(Ticks, object, "tcp://localhost:0");
  const proxy = await connected(server.url);
  try {
    await use(proxy, () => ended);
  } finally {
    await close(proxy);
    await server.close();
  }
}

const connected = (url: string) => connect(Ticks, url);

test("a stream can be read without being awaited first, and leaving ends its producer", async () => {
  await served(async (proxy, ended) => {
    const read: number[] = [];
    for await (const tick of proxy.ticks(5)) if (read.push(tick) === 3) break;
    assert.deepEqual(read, [5, 6, 7]);
    // Orderly: the next call comes after the stop on the same connection.
    for await (const tick of await proxy.ticks(0)) if (tick === 1) break;
    assert.ok(ended() >= 1);
  });
});

test("what goes wrong is told where it is read, and nowhere else", async () => {
  await served(async (proxy) => {
    await assert.rejects(
      async () => {
        for await (const _ of proxy.ticks(-1)) assert.fail("there is no item");
      },
      { code: "OUT_OF_RANGE", outcome: "executed" },
    );
  });
});

test("a stream that is left before its first item is asked for ends as well", async () => {
  await served(async (proxy) => {
    const items = proxy.ticks(1)[Symbol.asyncIterator]();
    assert.deepEqual(await items.return?.(), { value: undefined, done: true });
    assert.deepEqual(await items.next(), { value: undefined, done: true });
  });
});
