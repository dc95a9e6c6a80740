// upcall/socket: backpressure of a TCP connection, several recv at once, and a listener's backlog, accept and
// iteration.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { socket } from "upcall/socket";
import { connectedPair, failsWith, listening, pattern, roundTrips, text } from "./loopback.ts";

suite("a connection's bytes", () => {
  test("a sender to a reader that does not recv waits, and nothing is held without bound", async () => {
    await using pair = await connectedPair();
    await using other = await connectedPair();
    const mebibyte = pattern(1024 * 1024);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 64; sent += 1) await pair.client.send(mebibyte);
      await pair.client.shutdown();
    })();
    // The first recv starts the reading; then nobody asks, the kernel's buffers fill, and send stays pending.
    let received = (await pair.server.recv(10)).length;
    for (let before = -1; before !== sent; ) {
      before = sent;
      await roundTrips(other, 300);
    }
    assert.ok(sent < 32, `${sent} MiB were taken from the sender though nobody read them`);
    for await (const bytes of pair.server) received += bytes.length;
    await sending;
    assert.equal(received, 64 * 1024 * 1024);
  });

  test("nothing is read before the first recv", async () => {
    await using pair = await connectedPair();
    await using other = await connectedPair();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 64; sent += 1) await pair.server.send(pattern(1024 * 1024));
    })();
    const ended = assert.rejects(sending, failsWith("CANCELLED", "CLOSED", undefined, "unknown"));
    for (let before = -1; before !== sent; ) {
      before = sent;
      await roundTrips(other, 300);
    }
    assert.ok(sent < 32, `${sent} MiB were taken from the sender though nobody read them`);
    await pair.server.close();
    await ended;
  });

  test("several recv at once are served in their order, and an aborted one takes no bytes", async () => {
    await using pair = await connectedPair();
    const giveUp = new AbortController();
    const first = pair.server.recv(3);
    const aborted = pair.server.recv(3, { signal: giveUp.signal });
    const third = pair.server.recv(3);
    giveUp.abort();
    await assert.rejects(aborted, failsWith("CANCELLED", "ABORTED"));
    await pair.client.send("abcdef");
    assert.equal(text(await first), "abc");
    assert.equal(text(await third), "def");
  });

  test("what recv gives has its buffer for itself", async () => {
    await using pair = await connectedPair();
    await pair.client.send("abcdef");
    const bytes = await pair.server.recv(3);
    assert.equal(bytes.buffer.byteLength, 3);
    bytes.fill(0);
    assert.equal(text(await pair.server.recv(3)), "def");
  });

  test("an aborted send that waits gives up the wait only: the bytes still go out", async () => {
    await using pair = await connectedPair();
    const giveUp = new AbortController();
    const sending = pair.client.send(pattern(32 * 1024 * 1024), { signal: giveUp.signal });
    giveUp.abort();
    await assert.rejects(sending, failsWith("CANCELLED", "ABORTED"));
    await assert.rejects(pair.client.send("x", { signal: giveUp.signal }), failsWith("CANCELLED", "ABORTED"));
    const last = pair.client.send("!").then(() => pair.client.shutdown());
    let length = 0;
    for await (const bytes of pair.server) length += bytes.length;
    await last;
    assert.equal(length, 32 * 1024 * 1024 + 1);
  });
});

suite("a listener", () => {
  test("keeps at most backlog connections waiting; further ones are reset and counted", async () => {
    await using listener = await listening("127.0.0.1", 2);
    const clients = await Promise.all([1, 2, 3, 4, 5].map(() => socket("tcp").connect(listener.getsockname())));
    const reset: unknown[] = [];
    await new Promise<void>((resolve) => {
      for (const client of clients) {
        client.recv().catch((error: unknown) => {
          if (reset.push(error) === 3) resolve();
        });
      }
    });
    assert.ok(reset.every(failsWith("UNAVAILABLE", "CONNECTION_LOST", undefined, "unknown")));
    assert.equal(listener.refused, 3);
    const accepted = [await listener.accept(), await listener.accept()];
    await using extra = await socket("tcp").connect(listener.getsockname());
    assert.deepEqual((await listener.accept()).address, extra.getsockname());
    assert.equal(listener.refused, 3);
    await Promise.all([...clients, ...accepted.map(({ connection }) => connection)].map((one) => one.close()));
  });

  test("accept waits for a connection; several are served in their order, aborted ones take none", async () => {
    await using listener = await listening();
    const giveUp = new AbortController();
    const aborted = listener.accept({ signal: giveUp.signal });
    const waiting = listener.accept();
    giveUp.abort();
    await assert.rejects(aborted, failsWith("CANCELLED", "ABORTED"));
    await using client = await socket("tcp").connect(listener.getsockname());
    assert.deepEqual((await waiting).address, client.getsockname());
  });

  test("its connections can be iterated; the loop ends when it is closed", async () => {
    await using listener = await listening();
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { connection, address } of listener) {
        seen.push(address.port);
        await connection.send("bye");
        await connection.close();
      }
    })();
    const ports: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      await using client = await socket("tcp").connect(listener.getsockname());
      ports.push(client.getsockname().port);
      assert.equal(text(await client.recv()), "bye");
    }
    await listener.close();
    await loop;
    assert.deepEqual(seen, ports);
  });
});
