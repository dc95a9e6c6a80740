// Tables by numbers that the other side chose: a secret permutation stands between them and the engine's hashes (hash
// floods).
import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisons } from "#internal/codec/collisions.js";
import { IdMap, Scramble } from "#internal/endpoint/id-map.js";
import { integers } from "../codec/colliding.ts";

const drawn = (seed: number): Scramble => {
  let state = seed;
  return new Scramble((bytes) => {
    for (let i = 0; i < bytes.length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[i] = state >>> 24;
    }
    return bytes;
  });
};

test("numbers that collide in the engine do not behind the permutation, whatever was drawn", () => {
  for (const ids of [new Scramble(), ...Array.from({ length: 50 }, (_, seed) => drawn(seed))]) {
    const many = integers(4_096).map((id) => id >>> 0);
    assert.ok(comparisons(many, 1e9) > 1_000_000);
    const hidden = many.map((id) => ids.of(id));
    assert.equal(new Set(hidden).size, many.length);
    assert.ok(comparisons(hidden, 1e9) < 20_000);
  }
});

test("two hosts draw two permutations", () => {
  const [one, other] = [new Scramble(), new Scramble()];
  assert.ok([1, 2, 3, 4, 5, 6, 7, 8].some((id) => one.of(id) !== other.of(id)));
});

test("a permutation keeps the numbers of 32 bits apart, at both ends as well", () => {
  const ids = drawn(7);
  const some = [
    ...Array.from({ length: 100_000 }, (_, i) => i),
    ...Array.from({ length: 1_000 }, (_, i) => 2 ** 32 - 1 - i),
  ];
  assert.equal(new Set(some.map((id) => ids.of(id))).size, some.length);
});

test("the table is a Map by number, in the order in which they came", () => {
  const table = new IdMap<string>(new Scramble());
  for (const id of [9, 0xffff_ffff, 1]) table.set(id, `of ${id}`);
  assert.deepEqual([...table.values()], ["of 9", "of 4294967295", "of 1"]);
  assert.equal(table.get(0xffff_ffff), "of 4294967295");
  assert.equal(table.has(2), false);
  table.deleteOldest();
  assert.equal(table.get(9), undefined);
  assert.equal(table.size, 2);
  assert.ok(table.delete(1) && !table.delete(1));
  table.clear();
  table.deleteOldest();
  assert.equal(table.size, 0);
});
