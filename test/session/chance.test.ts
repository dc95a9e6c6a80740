// Random numbers for ids: blocks of the system's random bytes, each byte used once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inAdvance } from "#internal/endpoint/random.js";

/** Counts on, so that every byte tells when it was made. */
function counting(): { asked: number[]; random: (bytes: Uint8Array) => Uint8Array } {
  let next = 0;
  const asked: number[] = [];
  return {
    asked,
    random(bytes) {
      asked.push(bytes.length);
      return bytes.map(() => next++ % 251);
    },
  };
}

test("bytes are given in the order they were made, each once, and the system is asked for a block at a time", () => {
  const { asked, random } = counting();
  const chance = inAdvance(random);
  const given = Array.from({ length: 65 }, () => [...chance(new Uint8Array(16))]).flat();
  assert.deepEqual(
    given,
    Array.from({ length: 65 * 16 }, (_, index) => index % 251),
  );
  assert.deepEqual(asked, [1024, 1024]);
});

test("what is left of a block and is too little is not given", () => {
  const { asked, random } = counting();
  const chance = inAdvance(random);
  chance(new Uint8Array(1000));
  assert.deepEqual([...chance(new Uint8Array(32))].slice(0, 2), [1024 % 251, 1025 % 251]);
  assert.deepEqual(asked, [1024, 1024]);
});

test("more than a block is asked for as it is", () => {
  const { asked, random } = counting();
  assert.equal(inAdvance(random)(new Uint8Array(5000)).length, 5000);
  assert.deepEqual(asked, [5000]);
});
