// Sockets, whether opened or accepted, read into one memory of the process; where that cannot be had they are read as
// usual.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Connection, ConnectionEvents } from "#internal/connection.js";
import { localPeer } from "#internal/peer.js";
import { arrivals, type Landing, landOn } from "#internal/transport/landing.js";
import type { Medium } from "#internal/transport/medium.js";
import { StreamConnection } from "#internal/transport/stream.js";
import { tcp } from "#internal/transport/tcp.js";
import { unix } from "#internal/transport/unix.js";

const quiet: ConnectionEvents = { received() {}, drained() {}, ended() {}, closed() {} };

/** What comes first on a connection: a copy of it, and the memory it lay in. */
function firstOf(connection: Connection): Promise<{ text: string; memory: unknown }> {
  return new Promise((resolve, reject) => {
    connection.start({
      ...quiet,
      received: (bytes) => resolve({ text: Buffer.from(bytes).toString(), memory: bytes.buffer }),
      closed: () => reject(new Error("closed before anything came")),
    });
  });
}

const media: [string, Medium, (folder: string) => string][] = [
  ["tcp", tcp, () => "tcp://127.0.0.1:0"],
  ["unix", unix, (folder) => `unix:${join(folder, "s")}`],
];
for (const [name, medium, url] of media) {
  test(`${name}: both ends of every connection read into the same memory`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "upcall-landing-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const accepted: Connection[] = [];
    const heard: ReturnType<typeof firstOf>[] = [];
    const listening = await medium.listen?.(medium.parse(url(folder)), {
      options: {},
      accepted: (connection) => {
        accepted.push(connection);
        heard.push(firstOf(connection));
        connection.write(Buffer.from(`answer ${accepted.length}`));
      },
    });
    assert.ok(listening !== undefined);
    t.after(() => {
      for (const connection of accepted) connection.destroy();
      return listening.close();
    });
    for (const round of [1, 2]) {
      const opened = await medium.connect?.(medium.parse(listening.url), { options: {}, timeout: 5_000 });
      assert.ok(opened !== undefined);
      t.after(() => opened.destroy());
      const answer = firstOf(opened);
      opened.write(Buffer.from(`question ${round}`));
      assert.deepEqual(await answer, { text: `answer ${round}`, memory: arrivals.buffer });
      assert.deepEqual(await heard[round - 1], { text: `question ${round}`, memory: arrivals.buffer });
    }
  });
}

/** A server of the platform with one client on it. */
async function listen(t: TestContext, accepted: (socket: Socket, landing: Landing | null) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => accepted(socket, null));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return server;
}

/** What `node:net` keeps in a server, as this test changes it. */
interface Inside {
  _handle: { onconnection: ((status: number, handle: { useUserBuffer?: unknown }) => void) | undefined };
}

test("a socket whose handle has no memory of ours, and a server that looks different, are read as usual", async (t) => {
  for (const odd of ["handle", "server"] as const) {
    let come: (came: [Socket, Landing | null]) => void = () => {};
    const came = new Promise<[Socket, Landing | null]>((resolve) => {
      come = resolve;
    });
    const server = await listen(t, (socket, landing) => come([socket, landing]));
    const inside = (server as unknown as Inside)._handle;
    const usual = inside.onconnection;
    if (odd === "server") inside.onconnection = undefined;
    landOn(server, (socket, landing) => come([socket, landing]));
    const ours = inside.onconnection;
    assert.equal(ours === undefined, odd === "server");
    inside.onconnection =
      odd === "server"
        ? usual
        : (status, handle) => {
            handle.useUserBuffer = undefined;
            ours?.call(inside, status, handle);
          };
    const client = connectSocket((server.address() as { port: number }).port, "127.0.0.1");
    t.after(() => client.destroy());
    client.write("as usual");
    const [socket, landing] = await came;
    t.after(() => socket.destroy());
    assert.equal(landing, null);
    const { text, memory } = await firstOf(new StreamConnection(socket, localPeer("test"), landing));
    assert.equal(text, "as usual");
    assert.notEqual(memory, arrivals.buffer);
  }
});

test("a failed accept is told to the server, as without us", async (t) => {
  const server = await listen(t, () => assert.fail("nothing was accepted"));
  landOn(server, () => assert.fail("nothing was accepted"));
  const failed = once(server, "error");
  (server as unknown as Inside)._handle.onconnection?.(-24, {});
  const [error] = (await failed) as [NodeJS.ErrnoException];
  assert.equal(error.code, "EMFILE");
});
