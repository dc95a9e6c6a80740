// upcall/socket: TCP over IPv4 and IPv6: connect, send, recv, end of stream, ports in use, refused connections.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { socket } from "upcall/socket";
import { connectedPair, failsWith, listening, loopbacks, pattern, text } from "./loopback.ts";

for (const { family, host, skip } of loopbacks) {
  suite(`a TCP socket over ${family}`, { skip }, () => {
    test("a message goes there and one comes back, with both ends' addresses", async () => {
      await using server = socket("tcp", { family });
      await server.bind({ host, port: 0 });
      await server.listen(1);
      const { port } = server.getsockname();
      assert.deepEqual(server.getsockname(), { host, port, family });
      assert.notEqual(port, 0);

      await using client = socket("tcp", { family });
      await client.connect({ host, port });
      const { connection, address } = await server.accept();
      await using accepted = connection;
      assert.deepEqual(client.getpeername(), { host, port, family });
      assert.deepEqual(client.getsockname(), address);
      assert.deepEqual(accepted.getpeername(), address);
      assert.deepEqual(accepted.getsockname(), { host, port, family });

      await client.send("Hello, World!\n");
      assert.equal(text(await accepted.recv(1024)), "Hello, World!\n");
      await accepted.send(new Uint8Array([1, 2, 3]));
      assert.deepEqual(await client.recv(1024), new Uint8Array([1, 2, 3]));
    });

    test("recv gives empty at the end of the stream, and the other direction stays open", async () => {
      await using pair = await connectedPair(host);
      await pair.client.send("last words");
      await pair.client.shutdown();
      assert.equal(text(await pair.server.recv()), "last words");
      assert.equal((await pair.server.recv()).length, 0);
      assert.equal((await pair.server.recv()).length, 0);
      await pair.server.send("still here");
      assert.equal(text(await pair.client.recv()), "still here");
      await assert.rejects(pair.client.send("more"), failsWith("FAILED_PRECONDITION", "BAD_STATE", /shutdown/));
      await pair.server.close();
      assert.equal((await pair.client.recv()).length, 0);
    });

    test("many MiB arrive whole and in order, read by odd sizes", async () => {
      await using pair = await connectedPair(host);
      const sent = pattern(5 * 1024 * 1024 + 17);
      const sending = pair.client.send(sent).then(() => pair.client.close());
      const received: Uint8Array[] = [];
      for (let size = 1; ; size = (size * 7) % 100_003) {
        const bytes = await pair.server.recv(size);
        assert.ok(bytes.length <= size);
        if (bytes.length === 0) break;
        received.push(bytes);
      }
      await sending;
      assert.ok(Buffer.concat(received).equals(sent));
    });

    test("a port in use is reported by listen, with the port", async () => {
      await using first = await listening(host);
      const { port } = first.getsockname();
      await using second = socket("tcp", { family });
      await second.bind({ host, port });
      const inUse = failsWith("UNAVAILABLE", "ADDRESS_IN_USE", new RegExp(`port ${port}\\b`), "not-executed");
      await assert.rejects(second.listen(), inUse);
    });

    test("connecting where nobody listens is refused", async () => {
      const gone = await listening(host);
      const target = gone.getsockname();
      await gone.close();
      await using client = socket("tcp", { family });
      const refused = failsWith(
        "UNAVAILABLE",
        "CONNECTION_REFUSED",
        new RegExp(`port ${target.port}\\b`),
        "not-executed",
      );
      await assert.rejects(client.connect(target), refused);
    });
  });
}
