import assert from "node:assert/strict";
import { test } from "node:test";
import { example } from "../socket/programs.ts";

test("deadline: the client's time goes through three servers, and so does its end", async () => {
  await using program = example("deadline");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: [
      "warehouse: at most 500 ms for a pen: true",
      "reserved a pen",
      "warehouse: at most 500 ms for a whale: true",
      "a whale: DEADLINE_EXCEEDED, unknown",
      "warehouse: nobody waits for a whale any more",
    ],
    said: "",
  });
});

test("worker-that-hangs: an endless loop costs its call and its worker, and nothing else", async () => {
  await using program = example("worker-that-hangs");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: [
      "one piece: 1 way",
      "no pieces: DEADLINE_EXCEEDED, unknown",
      "three pieces: 6 ways",
      "workers ended: 1, lost: 0",
    ],
    said: "",
  });
});
