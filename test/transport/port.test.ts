// A MessagePort as a connection: what is sent arrives whole, with backpressure.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { ConnectionEvents } from "#internal/connection.js";
import { localPeer } from "#internal/peer.js";
import { PortConnection, portEnds } from "#internal/transport/port.js";

class Kept implements ConnectionEvents {
  readonly log: string[] = [];
  readonly #waiting: Set<() => void> = new Set();
  onReceived: () => void = () => {};

  received(bytes: Uint8Array): void {
    this.#note(`received ${bytes.length}`);
    this.onReceived();
  }

  drained(): void {
    this.#note("drained");
  }

  ended(): void {
    this.#note("ended");
  }

  closed(error: Error | null): void {
    this.#note(error === null ? "closed" : "broken");
  }

  /** Waits until this was logged so many times. */
  async until(what: string, times = 1): Promise<void> {
    while (this.log.filter((line) => line === what).length < times)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #note(what: string): void {
    this.log.push(what);
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }
}

function joined() {
  const { port1, port2 } = new MessageChannel();
  const [one, other] = portEnds(port1, port2);
  const [near, far] = [new PortConnection(one, localPeer("far")), new PortConnection(other, localPeer("near"))];
  const [nearKept, farKept] = [new Kept(), new Kept()];
  near.start(nearKept);
  far.start(farKept);
  return { near, far, nearKept, farKept };
}

const kilobytes = (n: number): Uint8Array => new Uint8Array(n * 1024);

test("an end that wrote much is told once everything was taken, and not before", async () => {
  const { near, far, nearKept, farKept } = joined();
  farKept.onReceived = () => far.pause();
  near.write(kilobytes(20));
  near.write(kilobytes(30));
  await farKept.until(`received ${20 * 1024}`);
  assert.equal(near.unsent, 30 * 1024);
  farKept.onReceived = () => {};
  far.resume();
  await nearKept.until("drained");
  assert.equal(near.unsent, 0);
  assert.deepEqual(nearKept.log, ["drained"]);
  near.write(kilobytes(40));
  await nearKept.until("drained", 2);
  near.destroy();
  await farKept.until("broken");
});

test("an end that wrote little is told nothing: nobody waits for it", async () => {
  const { near, far, nearKept, farKept } = joined();
  near.write(kilobytes(1));
  await farKept.until("received 1024");
  far.write(kilobytes(1));
  await nearKept.until("received 1024");
  assert.equal(near.unsent, 0);
  assert.deepEqual(nearKept.log, ["received 1024"]);
  near.destroy();
  await farKept.until("broken");
});

test("all that was sent before an end came to take it is taken in one turn, in order, up to a pause", async () => {
  const { near, far, nearKept, farKept } = joined();
  const turns: number[] = [];
  farKept.onReceived = () => {
    process.nextTick(() => turns.push(farKept.log.length));
    if (farKept.log.length === 3) far.pause();
  };
  for (let bytes = 1; bytes <= 5; bytes++) near.write(new Uint8Array(bytes));
  await farKept.until("received 3");
  assert.deepEqual(farKept.log, ["received 1", "received 2", "received 3"]);
  far.resume();
  near.end();
  await farKept.until("ended");
  assert.deepEqual(farKept.log.slice(3), ["received 4", "received 5", "ended"]);
  assert.ok(
    turns.every((length) => length >= 3),
    `turns ended after ${turns.join(", ")} deliveries`,
  );
  near.destroy();
  await nearKept.until("broken");
});

test("a port that is closed while its end is paused is broken once what came before was delivered", async () => {
  const { near, far, farKept } = joined();
  far.pause();
  near.write(kilobytes(1));
  near.destroy();
  far.resume();
  await farKept.until("broken");
  assert.deepEqual(farKept.log, ["received 1024", "broken"]);
});

test("a paused end gets all that was sent before the other one closed in order, and is closed then", async () => {
  const { near, far, nearKept, farKept } = joined();
  far.end();
  await nearKept.until("ended");
  far.pause();
  near.write(kilobytes(1));
  near.write(kilobytes(2));
  near.end();
  await nearKept.until("closed");
  assert.deepEqual(farKept.log, []);
  far.resume();
  await farKept.until("closed");
  assert.deepEqual(farKept.log, ["received 1024", "received 2048", "ended", "closed"]);
});

test("a paused end whose other end is gone can be given up, with what it never took", async () => {
  const { near, far, nearKept, farKept } = joined();
  far.pause();
  near.write(kilobytes(1));
  near.destroy();
  await nearKept.until("broken");
  far.destroy();
  await farKept.until("broken");
  assert.deepEqual(farKept.log, ["broken"]);
});
