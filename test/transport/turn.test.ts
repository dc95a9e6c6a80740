// Fairness of the event loop: reading arriving bytes shares turns with everything else, however many there are.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { ConnectionEvents } from "#internal/connection.js";
import { localPeer } from "#internal/peer.js";
import { StreamConnection } from "#internal/transport/stream.js";
import { Turn } from "#internal/transport/turn.js";
import { ofTier } from "../harness/tier.ts";

/** Time and turns that a test moves. */
class Hand {
  time = 0;
  turns: (() => void)[] = [];

  now(): number {
    return this.time;
  }

  nextTurn(fn: () => void): void {
    this.turns.push(fn);
  }

  turn(): void {
    for (const fn of this.turns.splice(0)) fn();
  }
}

test("a turn that has taken its time has no room for more; those who wait have the next one, in their order", () => {
  const hand = new Hand();
  const turn = new Turn(hand);
  const went: string[] = [];
  assert.ok(turn.room(16 * 1024));
  hand.time += 4;
  assert.ok(turn.room(16 * 1024));
  hand.time += 4;
  assert.ok(!turn.room(1));
  for (const name of ["a", "b"])
    turn.wait({
      goOn: () => {
        went.push(`${name} ${turn.room(16 * 1024)}`);
        hand.time += 6;
      },
    });
  hand.turn();
  // The first one has taken this turn, so the second has the next.
  assert.deepEqual(went, ["a true"]);
  hand.turn();
  assert.deepEqual(went, ["a true", "b true"]);
  hand.turn();
  assert.ok(turn.room(16 * 1024));
});

test("bytes that are dear are worked on few at once, and cheap ones as they come", () => {
  const hand = new Hand();
  const turn = new Turn(hand);
  const spend = (ms: number): number => {
    assert.ok(turn.room(turn.slice));
    hand.time += ms;
    hand.turn();
    return turn.slice;
  };
  // Nobody knows at first.
  assert.equal(turn.slice, 2 * 1024);
  assert.equal(spend(0.1), 64 * 1024);
  assert.equal(spend(1), 64 * 1024);
  assert.equal(spend(30), 8 * 1024);
  assert.equal(spend(4), 8 * 1024);
  assert.equal(spend(12), 2 * 1024);
  assert.equal(spend(1), 8 * 1024);
  assert.equal(spend(0.5), 64 * 1024);
});

test("one who has dear bytes again and again does not keep others from their turn", () => {
  const hand = new Hand();
  const turn = new Turn(hand);
  const went: string[] = [];
  const flood = {
    goOn: () => {
      went.push("flood");
      assert.ok(turn.room(turn.slice));
      hand.time += 12;
      assert.ok(!turn.room(turn.slice));
      turn.wait(flood);
    },
  };
  const small = (name: string) => ({
    goOn: () => {
      went.push(`${name} ${turn.room(40)}`);
    },
  });
  turn.wait(flood);
  hand.turn();
  // They come while there is no room; the flood was there before them, and had a part of the turn.
  turn.wait(small("a"));
  turn.wait(small("b"));
  hand.turn();
  assert.deepEqual(went, ["flood", "a true", "b true", "flood"]);
  turn.wait(small("c"));
  hand.turn();
  assert.deepEqual(went.slice(4), ["c true", "flood"]);
});

test("few bytes are not worth a look at the clock, nor a turn", () => {
  const hand = new Hand();
  const turn = new Turn(hand);
  assert.ok(turn.room(1_000));
  assert.equal(hand.turns.length, 0);
});

test("where many bytes came in a short time a turn is asked for seldom, however few came at once", () => {
  const hand = new Hand();
  hand.time = 1_000;
  const turn = new Turn(hand);
  const asks = (bytes: number): number => {
    for (let some = 0; some < bytes; some += 1024) {
      hand.time += 0.01;
      assert.ok(turn.room(1024));
    }
    return hand.turns.length;
  };
  // By then it is known that they cost little.
  assert.equal(asks(8 * 1024), 1);
  hand.turn();
  assert.equal(asks(31 * 1024), 0);
  assert.equal(asks(1024), 1);
});

test("whoever waits while nothing else happens is given a turn", () => {
  const hand = new Hand();
  const turn = new Turn(hand);
  let went = 0;
  turn.wait({ goOn: () => went++ });
  hand.turn();
  assert.equal(went, 1);
});

/** A connection of which one end is ours and the other a plain socket. */
async function pair(
  t: TestContext,
  events: ConnectionEvents,
): Promise<{ connection: StreamConnection; socket: Socket }> {
  const listening = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const socket = connectSocket((listening.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => {});
  const [accepted] = (await once(listening, "connection")) as [Socket];
  const connection = new StreamConnection(accepted, localPeer("them"));
  connection.start(events);
  t.after(() => {
    socket.destroy();
    connection.destroy();
    listening.close();
  });
  return { connection, socket };
}

/** Of it each test computes for a second or more, in `all`. */
const total = ofTier({ quick: 512, gate: 1024, all: 4096 }) * 1024;

function numbered(): Buffer {
  const bytes = Buffer.alloc(total);
  for (let at = 0; at < total; at += 4) bytes.writeUInt32BE(at, at);
  return bytes;
}

test("a flood on one connection leaves turns to others, and comes whole and in order", async (t) => {
  let turns = 0;
  const inTurn = new Map<number, number>();
  const came: Buffer[] = [];
  let over = 0;
  let endedAt = -1;
  const { socket } = await pair(t, {
    received: (bytes) => {
      came.push(Buffer.from(bytes));
      over += bytes.length;
      inTurn.set(turns, (inTurn.get(turns) ?? 0) + 1);
      // Work worth a part of what a turn may take.
      for (const end = performance.now() + 2; performance.now() < end; );
    },
    drained: () => {},
    ended: () => {
      endedAt = over;
    },
    closed: () => {},
  });
  // Its end is read while some of it still waits.
  socket.end(numbered());
  while (endedAt < 0) {
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(endedAt, total);
  assert.ok(Buffer.concat(came).equals(numbered()));
  // Of what Node hands over in one go there would be a hundred and more.
  assert.ok(Math.max(...inTurn.values()) <= 8, `${Math.max(...inTurn.values())} in one turn`);
});

test("bytes that become cheap and dear again in the middle of a chunk come whole and in order", async (t) => {
  const came: Buffer[] = [];
  let over = 0;
  const { socket } = await pair(t, {
    received: (bytes) => {
      came.push(Buffer.from(bytes));
      over += bytes.length;
      if (came.length % 3 === 0) for (const end = performance.now() + 20; performance.now() < end; );
    },
    drained: () => {},
    ended: () => {},
    closed: () => {},
  });
  socket.write(numbered());
  while (over < total) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(Buffer.concat(came).equals(numbered()));
});

test("who has said pause is given nothing, although something came that waits", async (t) => {
  let paused = false;
  let whilePaused = 0;
  let over = 0;
  const { connection, socket } = await pair(t, {
    received: (bytes) => {
      if (paused) whilePaused++;
      over += bytes.length;
      for (const end = performance.now() + 3; performance.now() < end; );
    },
    drained: () => {},
    ended: () => {},
    closed: () => {},
  });
  socket.write(numbered());
  for (let round = 0; over < total; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (round % 3 !== 0) continue;
    connection.pause();
    paused = true;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    paused = false;
    connection.resume();
  }
  assert.equal(whilePaused, 0);
  assert.equal(over, total);
});
