// How many pieces of a long message may be under way at once: the window by round-trip time (congestion).
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPaced, Pacing } from "#internal/session/native/output/pacing.js";

const piece = 256 * 1024;

/** Sends pieces until there is no room; gives the ids of their pings. */
function fill(pacing: Pacing, now: number): number[] {
  const ids: number[] = [];
  while (pacing.room) ids.push(pacing.sent(piece, now));
  return ids;
}

test("one piece may be under way at first, and one more for each answer that is as fast as the first", () => {
  const pacing = new Pacing();
  const ids = fill(pacing, 0);
  assert.equal(ids.length, 1);
  assert.ok(ids.every(isPaced));
  for (const id of ids) pacing.answered(id, 5);
  assert.equal(pacing.underWay, 0);
  assert.equal(fill(pacing, 5).length, 2);
});

test("answers that what is under way delays take pieces away, down to what was at first", () => {
  const pacing = new Pacing();
  for (const id of fill(pacing, 0)) pacing.answered(id, 1);
  for (let now = 10; now < 100; now += 10) for (const id of fill(pacing, now)) pacing.answered(id, now + 9);
  assert.equal(fill(pacing, 100).length, 1);
});

test("a fast line far away gets 16 MiB under way and no more", () => {
  const pacing = new Pacing();
  for (let now = 0; now < 2_000; now += 100) for (const id of fill(pacing, now)) pacing.answered(id, now + 100);
  assert.equal(fill(pacing, 2_000).length, 64);
});

test("a line far away is not slowed down because its answers vary by a part of their time", () => {
  const pacing = new Pacing();
  for (let now = 0; now < 4_000; now += 100)
    for (const id of fill(pacing, now)) pacing.answered(id, now + 50 + ((now / 100) % 3) * 4);
  assert.equal(fill(pacing, 4_000).length, 64);
});

test("answers to what was not asked, or not asked next, change nothing", () => {
  const pacing = new Pacing();
  for (const id of fill(pacing, 0)) pacing.answered(id, 1);
  const [first = 0, second = 0] = fill(pacing, 0);
  for (const id of [second, first - 1, 0, 1, 0xffff_ffff]) pacing.answered(id, 1);
  assert.equal(pacing.room, false);
  pacing.answered(first, 1);
  pacing.answered(first, 1);
  assert.equal(pacing.underWay, piece);
});
