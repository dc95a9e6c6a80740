// upcall/socket: the states of a TCP socket: calls at the wrong time, aborted signals, close, half-close and broken
// connections.
import assert from "node:assert/strict";
import dns from "node:dns/promises";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import { connect, createServer, isIP } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { socket } from "upcall/socket";
import { connectedPair, failsWith, listening, loopbacks, text } from "./loopback.ts";

const badState = (words: RegExp) => failsWith("FAILED_PRECONDITION", "BAD_STATE", words, "not-executed");
const badOption = failsWith("INVALID_ARGUMENT", "BAD_OPTION", undefined, "not-executed");
const aborted = failsWith("CANCELLED", "ABORTED");
const closed = failsWith("CANCELLED", "CLOSED");

suite("a call that does not fit the socket's state says what to call first", () => {
  test("before bind, listen and connect", async () => {
    await using fresh = socket("tcp");
    await assert.rejects(fresh.listen(), badState(/call bind first/));
    await assert.rejects(fresh.accept(), badState(/bind and listen first/));
    await assert.rejects(fresh.recv(), badState(/connect first/));
    await assert.rejects(fresh.send("x"), badState(/connect first/));
    await assert.rejects(fresh.shutdown(), badState(/connect first/));
    assert.throws(() => fresh.getpeername(), badState(/connect first/));
    await fresh.bind({ host: "127.0.0.1", port: 0 });
    assert.throws(() => fresh.getsockname(), badState(/only after listen or connect/));
    await assert.rejects(fresh.bind({ host: "127.0.0.1", port: 0 }), badState(/bind was called before/));
    await fresh.listen();
    await assert.rejects(fresh.listen(), badState(/came after listen/));
    await assert.rejects(fresh.connect(fresh.getsockname()), badState(/came after listen/));
    await assert.rejects(fresh.recv(), badState(/use what accept gives/));
  });

  test("with arguments that no socket could use", async () => {
    await using fresh = socket("tcp");
    for (const port of [-1, 65_536, 1.5, Number.NaN]) {
      await assert.rejects(fresh.bind({ host: "127.0.0.1", port }), badOption);
      await assert.rejects(fresh.connect({ host: "127.0.0.1", port }), badOption);
    }
    await assert.rejects(fresh.connect({ host: "127.0.0.1", port: 0 }), badOption);
    await assert.rejects(fresh.listen(-1), badOption);
    await using pair = await connectedPair();
    for (const size of [0, -1, 0.5, Number.NaN]) await assert.rejects(pair.client.recv(size), badOption);
  });
});

suite("an aborted signal", () => {
  test("ends every call that waits", async () => {
    const signal = AbortSignal.abort();
    await using listener = await listening();
    await using pair = await connectedPair();
    await using fresh = socket("tcp");
    await assert.rejects(fresh.bind({ host: "localhost", port: 0 }, { signal }), aborted);
    await assert.rejects(fresh.connect(listener.getsockname(), { signal }), aborted);
    await assert.rejects(listener.accept({ signal }), aborted);
    await assert.rejects(pair.client.recv(1, { signal }), aborted);
    await assert.rejects(pair.client.send("x", { signal }), aborted);
    await assert.rejects(pair.client.shutdown({ signal }), aborted);
  });

  test("in the middle of connecting leaves the socket fresh", async () => {
    await using listener = await listening();
    await using client = socket("tcp");
    const giveUp = new AbortController();
    const connecting = client.connect(listener.getsockname(), { signal: giveUp.signal });
    giveUp.abort();
    await assert.rejects(connecting, aborted);
    await client.connect(listener.getsockname());
  });
});

suite("close", () => {
  test("wakes every waiting call, twice is fine, and nothing works afterwards", async () => {
    await using pair = await connectedPair();
    const waiting = [pair.client.recv(), pair.client.recv(), pair.listener.accept(), pair.listener.accept()];
    const woken = Promise.all(waiting.map((call) => assert.rejects(call, closed)));
    await Promise.all([pair.client.close(), pair.client.close(), pair.listener.close(), pair.listener.close()]);
    await woken;
    await assert.rejects(pair.client.recv(), closed);
    await assert.rejects(pair.client.send("x"), closed);
    await assert.rejects(pair.client.shutdown(), closed);
    await assert.rejects(pair.listener.accept(), closed);
  });

  test("of a socket that is connecting ends the connecting", async () => {
    await using listener = await listening();
    const client = socket("tcp");
    const connecting = client.connect(listener.getsockname());
    await client.close();
    await assert.rejects(connecting, closed);
    await assert.rejects(client.bind({ host: "127.0.0.1", port: 0 }), closed);
  });

  test("of a listener closes the connections nobody accepted, and frees the port", async () => {
    const listener = await listening();
    await using client = await socket("tcp").connect(listener.getsockname());
    const { port } = listener.getsockname();
    await using other = await socket("tcp").connect(listener.getsockname());
    const { connection } = await listener.accept();
    await listener.close();
    const ends = await Promise.allSettled([
      client.recv(),
      connection.send("on").then(() => connection.close()),
      other.recv(),
    ]);
    assert.equal(ends.length, 3);
    await using again = socket("tcp");
    await again.bind({ host: "127.0.0.1", port });
    await again.listen();
  });

  test("leaves no handle", async () => {
    const before = handles();
    const pair = await connectedPair();
    await pair.client.send("x");
    await pair.server.recv();
    assert.ok(handles() > before);
    await pair[Symbol.asyncDispose]();
    assert.equal(handles(), before);
  });
});

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP")).length;
}

suite("a connection that breaks", () => {
  test("while nobody reads does not end the process; the next recv says so", async () => {
    await using listener = await listening();
    const client = connect(listener.getsockname().port, "127.0.0.1");
    const { connection } = await listener.accept();
    client.resetAndDestroy();
    await once(client, "close");
    await assert.rejects(connection.recv(), failsWith("UNAVAILABLE", "CONNECTION_LOST", undefined, "unknown"));
    await assert.rejects(connection.recv(), failsWith("UNAVAILABLE", "CONNECTION_LOST"));
    await assert.rejects(connection.send("x"), failsWith("UNAVAILABLE", "CONNECTION_LOST"));
    await connection.close();
  });

  test("gives the bytes that came before first", async () => {
    const server = createServer((client) => {
      client.write("first", () => client.once("data", () => client.resetAndDestroy()));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const bound = server.address();
    assert.ok(typeof bound === "object" && bound !== null);
    await using client = await socket("tcp").connect({ host: "127.0.0.1", port: bound.port });
    assert.equal(text(await client.recv(2)), "fi");
    await client.send("go");
    await once(server.close(), "close");
    assert.equal(text(await client.recv(100)), "rst");
    await assert.rejects(client.recv(), failsWith("UNAVAILABLE", "CONNECTION_LOST"));
  });
});

/** For one test, every name has these addresses. */
function names(t: TestContext, hosts: readonly string[]): void {
  t.mock.method(dns, "lookup", async () => hosts.map((address) => ({ address, family: isIP(address) })));
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

suite("names", () => {
  test("one that does not resolve is said so", async () => {
    await using client = socket("tcp");
    const unresolved = failsWith("UNAVAILABLE", "NAME_NOT_RESOLVED", /name\.invalid/, "not-executed");
    await assert.rejects(client.connect({ host: "name.invalid", port: 7 }), unresolved);
    await assert.rejects(client.bind({ host: "name.invalid", port: 7 }), unresolved);
  });

  test("an address of the other family, and one of another machine, are refused", async () => {
    await using client = socket("tcp", { family: "ipv6" });
    const notUsable = failsWith("INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", undefined, "not-executed");
    await assert.rejects(client.connect({ host: "127.0.0.1", port: 7 }), notUsable);
    await using server = socket("tcp");
    await server.bind({ host: "192.0.2.1", port: 0 });
    await assert.rejects(server.listen(), notUsable);
  });

  test("a server on a name with addresses of both families is found by those who speak IPv4 only", async (t) => {
    names(t, ["::1", "127.0.0.1"]);
    await using listener = await listening("two.example");
    assert.equal(listener.getsockname().host, "127.0.0.1");
  });

  test("listen takes the first address of the name that this machine can use", async (t) => {
    names(t, ["192.0.2.1", "127.0.0.1"]);
    await using listener = await listening("two.example");
    assert.equal(listener.getsockname().host, "127.0.0.1");
    await using other = socket("udp");
    await other.bind({ host: "two.example", port: 0 });
    assert.equal(other.getsockname().host, "127.0.0.1");
  });

  test("connect tells of the first address when all of the name fail", async (t) => {
    names(t, ["127.0.0.2", "127.0.0.3"]);
    const gone = await listening();
    const { port } = gone.getsockname();
    await gone.close();
    await using client = socket("tcp");
    const refused = failsWith("UNAVAILABLE", "CONNECTION_REFUSED", /two\.example port/, "not-executed");
    await assert.rejects(client.connect({ host: "two.example", port }), refused);
  });

  const skip = loopbacks.map((one) => one.skip).find((reason) => reason !== false) ?? false;
  test("connect tries the addresses of a name in turn", { skip }, async (t) => {
    await using listener = await listening("::1");
    names(t, ["::1", "127.0.0.1"]);
    await using client = socket("tcp");
    await client.connect({ host: "two.example", port: listener.getsockname().port });
    assert.equal(client.getpeername().host, "::1");
  });

  test("every address takes connections of both families", { skip }, async () => {
    await using listener = await listening("*");
    const { port } = listener.getsockname();
    for (const { host, family } of loopbacks) {
      await using client = await socket("tcp").connect({ host, port });
      const { connection, address } = await listener.accept();
      assert.deepEqual(address, client.getsockname());
      assert.equal(address.family, family);
      await connection.close();
    }
  });

  test("a client may bind too", async () => {
    await using listener = await listening();
    await using client = socket("tcp");
    await client.bind({ host: "127.0.0.2", port: 0 });
    await client.connect(listener.getsockname());
    assert.equal((await listener.accept()).address.host, "127.0.0.2");
  });
});
