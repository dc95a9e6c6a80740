// The plain wire: what can be read without waiting is gathered to one message, whatever it is cut into; turn by turn,
// without a clock.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Connection } from "#internal/connection.js";
import { NextTurns } from "#internal/endpoint/next-turns.js";
import { Gather } from "#internal/session/plain/gather.js";

const KiB = 1024;

/** A connection whose turns are taken by the test; it keeps what `to` is told. */
class Turns {
  readonly told: (number | string)[] = [];
  readonly connection = { behind: false };
  readonly gather: Gather;
  time = 0;
  #next: (() => void)[] = [];

  constructor() {
    this.gather = new Gather(new NextTurns(this), this.connection as unknown as Connection, {
      received: (bytes) => void this.told.push(bytes.length),
      drained: () => void this.told.push("drained"),
      ended: () => void this.told.push("ended"),
      closed: () => void this.told.push("closed"),
    });
  }

  now(): number {
    return this.time;
  }

  nextTurn(fn: () => void): void {
    this.#next.push(fn);
  }

  /** Nothing but these bytes comes in a turn. */
  turn(...lengths: readonly number[]): void {
    for (const length of lengths) this.gather.received(new Uint8Array(length));
    for (const fn of this.#next.splice(0)) fn();
  }
}

suite("a chunk", () => {
  test("is what came until a turn brought nothing", () => {
    const turns = new Turns();
    turns.turn(8 * KiB, 8 * KiB);
    turns.turn(4 * KiB);
    turns.turn(1);
    assert.deepEqual(turns.told, []);
    turns.turn();
    assert.deepEqual(turns.told, [20 * KiB + 1]);
  });

  test("goes on while the connection keeps bytes back for others' turns", () => {
    const turns = new Turns();
    turns.connection.behind = true;
    turns.turn(8 * KiB);
    for (let i = 0; i < 5; i++) turns.turn();
    turns.connection.behind = false;
    turns.turn(2 * KiB);
    turns.turn();
    assert.deepEqual(turns.told, [10 * KiB]);
  });

  test("that is shorter than any segment of a longer one waits for no turn", () => {
    const turns = new Turns();
    turns.gather.received(new Uint8Array(511));
    assert.deepEqual(turns.told, [511]);
  });

  test("of which a short beginning is told, with more kept back, waits for that", () => {
    const turns = new Turns();
    turns.connection.behind = true;
    turns.turn(1);
    turns.connection.behind = false;
    turns.turn(1_000);
    turns.turn();
    assert.deepEqual(turns.told, [1_001]);
  });

  test("of more than 64 KiB is told at once, so that nothing more is held", () => {
    const turns = new Turns();
    turns.gather.received(new Uint8Array(64 * KiB));
    assert.deepEqual(turns.told, []);
    turns.gather.received(new Uint8Array(1));
    turns.turn(5);
    assert.deepEqual(turns.told, [64 * KiB + 1, 5]);
  });

  test("ends with the other side's direction, and with the connection", () => {
    const ended = new Turns();
    ended.gather.received(new Uint8Array(600));
    ended.gather.ended();
    ended.turn();
    assert.deepEqual(ended.told, [600, "ended"]);
    const closed = new Turns();
    closed.gather.received(new Uint8Array(600));
    closed.gather.closed(null);
    closed.turn();
    assert.deepEqual(closed.told, [600, "closed"]);
  });

  test("is the first one only: what follows passes as it comes", () => {
    const turns = new Turns();
    turns.turn(600);
    turns.turn();
    turns.turn(700, 1);
    turns.gather.drained();
    assert.deepEqual(turns.told, [600, 700, 1, "drained"]);
  });
});

test("what many chunks begin in one turn has five milliseconds of it, and the rest the next ones", () => {
  let time = 0;
  let next: (() => void)[] = [];
  const turns = new NextTurns({ now: () => time, nextTurn: (fn) => void next.push(fn) });
  const begun: string[] = [];
  for (const name of ["a", "b", "c", "d", "e"])
    turns.add({
      look: () => {
        begun.push(name);
        time += 3;
        return true;
      },
    });
  const perTurn: string[] = [];
  while (next.length > 0) {
    const now = next;
    next = [];
    for (const fn of now) fn();
    perTurn.push(begun.splice(0).join(""));
  }
  assert.deepEqual(perTurn, ["ab", "cd", "e"]);
});
