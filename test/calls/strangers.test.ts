// Clients of other protocols (HTTP, TLS, garbage) and clients written by hand in bytes at a real server: they are
// refused with a sentence, and other clients lose nothing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect, type Server, serve } from "upcall";
import { kind } from "#internal/wire/native/frame.js";
import { media } from "../harness/media.ts";
import { bodyOf, decoded, frameOf, framesIn, prefaceBytes } from "../harness/stranger.ts";
import { RealSubject, Subject } from "./interfaces.ts";

const crossing = media.filter(({ name }) => name !== "memory");

function socketTo({ url }: Server): Socket {
  const { hostname, port, pathname, protocol } = new URL(url);
  return protocol === "unix:" ? createConnection(pathname) : createConnection(Number(port), hostname);
}

/** Everything that comes until the other side ends. */
async function answer(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks);
}

const greeting = frameOf(
  kind.greeting,
  {},
  bodyOf({ session: new Uint8Array(16), interfaces: [["Subject", [["reverse", "call"]]]] }),
);
const call = frameOf(kind.call, { call: 1 }, bodyOf(["abc"]));

for (const medium of crossing) {
  const garbage: Record<string, Uint8Array> = {
    "an HTTP request": Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "random bytes": Buffer.from("4fa1c700ffee", "hex"),
    "a frame of 4 GiB": Buffer.concat([prefaceBytes(), frameOf(kind.greeting, { length: 0xffff_ffff })]),
    "an unknown kind": Buffer.concat([prefaceBytes(), greeting, frameOf(99)]),
  };
  for (const [name, bytes] of Object.entries(garbage)) {
    test(`${medium.name}: ${name} is answered with a refusal, and nobody else loses a call`, async () => {
      const real = new RealSubject();
      await using server = await serve(Subject, real, medium.url());
      await using subject = await connect(Subject, server.url);
      await subject.reverse("warm");
      const socket = socketTo(server);
      const answered = answer(socket);
      socket.write(bytes);
      assert.equal(await subject.reverse("ab"), "ba");
      const frames = framesIn([await answered]);
      const refusal = decoded(frames.find((frame) => frame.kind === kind.refusal)) as Record<string, unknown>;
      assert.equal(refusal["code"], "INVALID_ARGUMENT");
      assert.equal(await subject.reverse("ab"), "ba");
      const { badFrames, badGreetings } = server.counters();
      assert.equal(badFrames + badGreetings, 1);
    });
  }

  test(`${medium.name}: a client cut in the middle of a frame costs nobody anything`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url());
    const whole = Buffer.concat([prefaceBytes(), greeting, call]);
    for (const at of [1, 4, 5, 12, 21, 40, whole.length - 3]) {
      for (const how of ["end", "destroy"] as const) {
        const socket = socketTo(server);
        socket.on("error", () => {});
        socket.resume();
        await once(socket, "connect");
        socket.write(whole.subarray(0, at), () => socket[how]());
        await once(socket, "close");
      }
    }
    await using subject = await connect(Subject, server.url);
    assert.equal(await subject.reverse("ab"), "ba");
  });

  test(`${medium.name}: a client written by hand in bytes gets its answer in bytes`, async () => {
    await using server = await serve(Subject, new RealSubject(), medium.url());
    const socket = socketTo(server);
    for (const byte of Buffer.concat([prefaceBytes(), greeting, call])) socket.write(Uint8Array.of(byte));
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      const reply = framesIn([Buffer.concat(chunks)]).find((frame) => frame.kind === kind.reply);
      if (reply === undefined) continue;
      assert.equal(decoded(reply), "cba");
      break;
    }
    socket.destroy();
  });
}

test("a client of something else is told what it probably is", async () => {
  const other = createServer((socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const subject = await connect(Subject, `tcp://127.0.0.1:${port}`);
  await assert.rejects(subject.reverse("x"), { reason: "BAD_GREETING", message: /the other side is a web server/ });
  other.close();
});
