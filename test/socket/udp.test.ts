// upcall/socket: UDP over IPv4 and IPv6: datagrams, their largest size, connected sockets, full queues, close.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { socket, type UdpSocket, UpcallError } from "upcall/socket";
import { failsWith, loopbacks, pattern, text, twoTurns } from "./loopback.ts";

const badState = (words: RegExp) => failsWith("FAILED_PRECONDITION", "BAD_STATE", words, "not-executed");

async function bound(host = "127.0.0.1"): Promise<UdpSocket> {
  const made = socket("udp");
  await made.bind({ host, port: 0 });
  return made;
}

for (const { family, host, skip } of loopbacks) {
  suite(`a UDP socket over ${family}`, { skip }, () => {
    test("a datagram goes there and one comes back, with the sender's address", async () => {
      await using server = socket("udp", { family });
      await server.bind({ host, port: 0 });
      await using client = socket("udp", { family });
      await client.sendto("Ciao server!", server.getsockname());
      const { message, address } = await server.recvfrom(1024);
      assert.equal(text(message), "Ciao server!");
      assert.deepEqual(address, { host, port: client.getsockname().port, family });
      await server.sendto(new Uint8Array([1, 2, 3]), address);
      const answer = await client.recvfrom(1024);
      assert.deepEqual(answer, { message: new Uint8Array([1, 2, 3]), address: server.getsockname() });
    });

    test("the largest datagram arrives whole, and one byte more is refused and said", async () => {
      await using server = await bound(host);
      await using client = await bound(host);
      const most = family === "ipv4" ? 65_507 : 65_527;
      await client.sendto(pattern(most), server.getsockname());
      assert.deepEqual((await server.recvfrom()).message, pattern(most));
      const tooLarge = failsWith("RESOURCE_EXHAUSTED", "TOO_LARGE", new RegExp(`at most ${most}`), "not-executed");
      await assert.rejects(client.sendto(pattern(most + 1), server.getsockname()), tooLarge);
    });

    test("connected: send and recv, and nobody else's datagrams", async () => {
      await using server = await bound(host);
      await using stranger = await bound(host);
      await using client = socket("udp", { family });
      await client.connect(server.getsockname());
      assert.deepEqual(client.getpeername(), server.getsockname());
      await client.send("to you");
      const { message, address } = await server.recvfrom();
      assert.equal(text(message), "to you");
      assert.deepEqual(address, client.getsockname());
      await stranger.sendto("not for you", client.getsockname());
      await server.sendto("back", address);
      assert.equal(text(await client.recv(1024)), "back");
    });

    test("connected to a port where nobody listens: the refusal surfaces", async () => {
      const gone = await bound(host);
      const target = gone.getsockname();
      await gone.close();
      await using client = socket("udp", { family });
      await client.connect(target);
      const refused = failsWith("UNAVAILABLE", "CONNECTION_REFUSED", new RegExp(`port ${target.port}`), "not-executed");
      await client.send("anyone?");
      await assert.rejects(client.recv(), refused);
    });

    test("a port in use is reported by bind, with the port", async () => {
      await using first = await bound(host);
      await using second = socket("udp", { family });
      const { port } = first.getsockname();
      const inUse = failsWith("UNAVAILABLE", "ADDRESS_IN_USE", new RegExp(`port ${port}\\b`), "not-executed");
      await assert.rejects(second.bind({ host, port }), inUse);
      await second.bind({ host, port: 0 });
    });
  });
}

suite("datagrams", () => {
  test("one larger than bufsize is an error with its true length, and is gone", async () => {
    await using server = await bound();
    await using client = await bound();
    await client.sendto(pattern(3000), server.getsockname());
    await client.sendto("next", server.getsockname());
    await assert.rejects(server.recvfrom(1024), (error) => {
      assert.ok(error instanceof UpcallError);
      assert.deepEqual([error.code, error.reason, error.outcome], ["DATA_LOSS", "TOO_LARGE", "executed"]);
      assert.match(error.message, /3000 bytes/);
      assert.deepEqual(error.cause, { length: 3000, bufsize: 1024, address: client.getsockname() });
      return true;
    });
    assert.equal(text((await server.recvfrom(4)).message), "next");
  });

  test("an empty one is a datagram and no end", async () => {
    await using server = await bound();
    await using client = await bound();
    await client.sendto("", server.getsockname());
    await client.sendto("x", server.getsockname());
    assert.equal((await server.recvfrom(1)).message.length, 0);
    assert.equal(text((await server.recvfrom(1)).message), "x");
  });

  for (const [what, size, most] of [
    ["1,024 datagrams", 4, 1024],
    ["1 MiB", 32 * 1024, 32],
  ] as const) {
    test(`at most ${what} wait; further ones are dropped and counted`, async () => {
      await using server = await bound();
      await using client = await bound();
      // The kernel's own queue is small: after each datagram the event loop looks at every socket.
      const datagram = new Uint8Array(size);
      for (let i = 0; i < most + 10; i += 1) {
        new DataView(datagram.buffer).setUint32(0, i);
        await client.sendto(datagram, server.getsockname());
        await twoTurns();
      }
      assert.equal(server.dropped, 10);
      for (let i = 0; i < most; i += 1) {
        const { buffer, byteOffset } = (await server.recvfrom()).message;
        assert.equal(new DataView(buffer, byteOffset).getUint32(0), i);
      }
      await client.sendto("room again", server.getsockname());
      assert.equal(text((await server.recvfrom()).message), "room again");
    });
  }

  test("several recvfrom at once are served in their order, and an aborted one takes none", async () => {
    await using server = await bound();
    await using client = await bound();
    const giveUp = new AbortController();
    const calls = [server.recvfrom(), server.recvfrom(9, { signal: giveUp.signal }), server.recvfrom()];
    giveUp.abort();
    await client.sendto("1", server.getsockname());
    await client.sendto("2", server.getsockname());
    const ends = await Promise.allSettled(calls);
    assert.deepEqual(
      ends.map((end) =>
        end.status === "fulfilled" ? text(end.value.message) : failsWith("CANCELLED", "ABORTED")(end.reason),
      ),
      ["1", true, "2"],
    );
    const { signal } = giveUp;
    const aborted = failsWith("CANCELLED", "ABORTED");
    await using fresh = socket("udp");
    await assert.rejects(fresh.bind({ host: "localhost", port: 0 }, { signal }), aborted);
    await assert.rejects(fresh.sendto("x", server.getsockname(), { signal }), aborted);
    await assert.rejects(fresh.connect(server.getsockname(), { signal }), aborted);
    await fresh.connect(server.getsockname());
    await assert.rejects(fresh.send("x", { signal }), aborted);
    await assert.rejects(fresh.recv(1, { signal }), aborted);
  });

  test("can be iterated; close wakes the loop and every waiting call, and leaves no handle", async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name === "UDPWrap").length;
    await twoTurns();
    const before = handles();
    const server = await bound();
    const client = await bound();
    assert.equal(handles(), before + 2);
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { message, address } of server) {
        seen.push(text(message));
        await server.sendto("seen", address);
      }
    })();
    for (const word of ["a", "b"]) {
      await client.sendto(word, server.getsockname());
      await client.recvfrom();
    }
    const closed = failsWith("CANCELLED", "CLOSED");
    const waiting = [client.recvfrom(), client.recvfrom()].map((call) => assert.rejects(call, closed));
    await Promise.all([server.close(), server.close(), client.close()]);
    await Promise.all([...waiting, loop]);
    assert.deepEqual(seen, ["a", "b"]);
    await assert.rejects(client.recvfrom(), closed);
    await assert.rejects(client.sendto("x", server.getsockname()), closed);
    await twoTurns();
    assert.equal(handles(), before);
  });
});

suite("a UDP call that does not fit the socket's state says what to call first", () => {
  test("before bind and connect, and after", async () => {
    await using fresh = socket("udp");
    await assert.rejects(fresh.recvfrom(), badState(/call bind, connect or sendto first/));
    await assert.rejects(fresh.recv(), badState(/call connect first/));
    await assert.rejects(fresh.send("x"), badState(/call connect first/));
    assert.throws(() => fresh.getsockname(), badState(/call bind first/));
    assert.throws(() => fresh.getpeername(), badState(/call connect first/));
    await fresh.bind({ host: "127.0.0.1", port: 0 });
    await assert.rejects(fresh.bind({ host: "127.0.0.1", port: 0 }), badState(/address already/));
    await using other = await bound();
    await fresh.connect(other.getsockname());
    await assert.rejects(fresh.connect(other.getsockname()), badState(/is connected/));
    await assert.rejects(fresh.sendto("x", other.getsockname()), badState(/call send/));
  });

  test("names and addresses", async () => {
    await using one = await bound();
    const unresolved = failsWith("UNAVAILABLE", "NAME_NOT_RESOLVED", /name\.invalid/, "not-executed");
    await assert.rejects(one.sendto("x", { host: "name.invalid", port: 9 }), unresolved);
    const notUsable = failsWith("INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", undefined, "not-executed");
    await assert.rejects(one.sendto("x", { host: "::1", port: 9 }), notUsable);
    await using away = socket("udp");
    await assert.rejects(away.bind({ host: "192.0.2.1", port: 0 }), notUsable);
    await using server = await bound("localhost");
    await one.sendto("by name", { host: "localhost", port: server.getsockname().port });
    assert.equal(text((await server.recvfrom()).message), "by name");
  });

  test("a socket on every address speaks both families", async () => {
    await using every = await bound("*");
    const { port } = every.getsockname();
    for (const { host, family, skip } of loopbacks) {
      if (skip !== false) continue;
      await using client = await bound(host);
      await client.sendto("?", { host, port });
      const { address } = await every.recvfrom();
      assert.deepEqual(address, client.getsockname());
      assert.equal(address.family, family);
      await every.sendto("!", address);
      assert.equal(text((await client.recvfrom()).message), "!");
    }
  });
});
