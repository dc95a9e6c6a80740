// Threads per connection: one chunk of the connection is one chunk to the thread, however turns cut it; the thread's
// own end of the port is real.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type Connection, ownedTail } from "#internal/connection.js";
import { localPeer } from "#internal/peer.js";
import type { Wire } from "#internal/session/contract.js";
import { nativeWire } from "#internal/session/native/wire.js";
import { plainWire } from "#internal/session/plain/wire.js";
import { PortConnection, portEnds } from "#internal/transport/port.js";
import { relay } from "#internal/workers/relay.js";
import { link } from "../harness/link.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

async function relayed(wire: Wire, ...lengths: readonly number[]): Promise<number[]> {
  const clock = new VirtualClock();
  const { port1, port2 } = new MessageChannel();
  const [own] = portEnds(port1, port2);
  const [caller, near] = link();
  const over = new Promise<void>((resolve) => {
    relay(newEndpoint(clock), wire, near as Connection, new PortConnection(own, localPeer("the thread")), resolve);
  });
  for (const length of lengths) caller.write(new Uint8Array(length));
  await clock.settle();
  caller.end();
  await clock.settle();
  const got = await told(port2);
  port2.close();
  near.destroy();
  await over;
  return got;
}

/** The lengths of the messages up to the end. */
function told(port: MessagePort): Promise<number[]> {
  const got: number[] = [];
  return new Promise((resolve) => {
    port.on("message", (message: ArrayBuffer | string) => {
      if (message instanceof ArrayBuffer) got.push(message.byteLength - ownedTail);
      else resolve(got);
    });
  });
}

test("a plain chunk that came in slices goes to the thread as one message, and what follows by itself", async () => {
  assert.deepEqual(await relayed(plainWire, 8_192, 8_192, 3_616), [20_000]);
  assert.deepEqual(await relayed(plainWire, 65_536, 1, 7), [65_537, 7]);
  assert.deepEqual(await relayed(nativeWire, 8_192, 8_192, 3_616), [8_192, 8_192, 3_616]);
});
