// What a connection of a medium may do with memory that it is given and gives: copies and views, over sockets, ports
// and memory:.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { UpcallError } from "upcall";
import type { Connection, ConnectionEvents } from "#internal/connection.js";
import { localPeer } from "#internal/peer.js";
import { memory } from "#internal/transport/memory.js";
import { PortConnection, portEnds } from "#internal/transport/port.js";
import { StreamConnection } from "#internal/transport/stream.js";

/** Events that come, and a promise of the next one. */
class Heard implements ConnectionEvents {
  readonly bytes: Uint8Array[] = [];
  readonly closedWith: Promise<UpcallError | null>;
  readonly first: Promise<Uint8Array>;
  #closed: (error: UpcallError | null) => void = () => {};
  #came: (bytes: Uint8Array) => void = () => {};

  constructor() {
    this.closedWith = new Promise((resolve) => {
      this.#closed = resolve;
    });
    this.first = new Promise((resolve) => {
      this.#came = resolve;
    });
  }

  received(bytes: Uint8Array): void {
    this.bytes.push(bytes);
    this.#came(bytes);
  }
  drained(): void {}
  ended(): void {}
  closed(error: UpcallError | null): void {
    this.#closed(error);
  }
}

/** Two ends in memory, not started. */
async function memoryEnds(): Promise<{ near: Connection; far: Connection }> {
  const address = memory.parse("memory:connections");
  const accepted: Connection[] = [];
  const listening = await memory.listen(address, {
    options: {},
    accepted: (connection) => void accepted.push(connection),
  });
  const near = await memory.connect(address, { options: {}, timeout: 1_000 });
  await listening.close();
  const [far] = accepted;
  assert.ok(far !== undefined);
  return { near, far };
}

/** A Buffer as Node cuts them from a pool: its memory is more than its bytes. */
function pooled(text: string): Buffer {
  const buffer = Buffer.from(text);
  assert.ok(buffer.buffer.byteLength > buffer.length);
  return buffer;
}

test("what a stream lends is a plain view of the bytes that came, whose slice() is a copy", () => {
  // A socket's pause and resume do nothing here: events are made by hand.
  const socket = new PassThrough();
  const heard = new Heard();
  new StreamConnection(socket as unknown as Socket, localPeer("somewhere")).start(heard);
  const chunk = pooled("abc");
  socket.emit("data", chunk);
  const [bytes] = heard.bytes;
  assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
  const copy = bytes?.slice();
  chunk.fill(0);
  assert.deepEqual(copy, new Uint8Array([97, 98, 99]));
  socket.destroy();
});

test("a port takes the bytes that it is given and not the pool behind them", async () => {
  const { port1, port2 } = new MessageChannel();
  const [one, other] = portEnds(port1, port2);
  const near = new PortConnection(one, localPeer("near"));
  const far = new PortConnection(other, localPeer("far"));
  const heard = new Heard();
  near.start(new Heard());
  far.start(heard);
  const bytes = pooled("abc");
  near.write(bytes);
  assert.equal(bytes.toString(), "abc");
  assert.deepEqual(await heard.first, new Uint8Array([97, 98, 99]));
  near.destroy();
});

test("memory copies what it is given", async () => {
  const { near, far } = await memoryEnds();
  const heard = new Heard();
  near.start(new Heard());
  far.start(heard);
  const bytes = pooled("abc");
  near.write(bytes);
  bytes.fill(0);
  assert.deepEqual(await heard.first, new Uint8Array([97, 98, 99]));
});

test("an end in memory that was broken before it was started hears of it when it starts", async () => {
  const { near, far } = await memoryEnds();
  far.destroy();
  await Promise.resolve();
  const heard = new Heard();
  near.start(heard);
  assert.equal((await heard.closedWith)?.reason, "CONNECTION_LOST");
});
