// The examples about deadlines and about workers that hang, run as processes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { example } from "../harness/programs.ts";

test("deadline: the client's time goes through three servers, and so does its end", async () => {
  await using program = example("deadline");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: [
      "warehouse: a pen has the client's time: true",
      "reserved a pen",
      "warehouse: a whale has the client's time: true",
      "a whale: DEADLINE_EXCEEDED, unknown",
      "the warehouse has stopped looking",
    ],
    said: "",
  });
});

test("worker-that-hangs: an endless loop costs its call and its worker, and nothing else", async () => {
  await using program = example("worker-that-hangs");
  const { said, ...rest } = await program.end();
  assert.match(said, /^upcall: incident \w+: worker thread 1 was ended, because an upcall in it did not stop; .+\n$/);
  assert.deepEqual(rest, {
    end: 0,
    lines: [
      "one piece: 1 way",
      "no pieces: DEADLINE_EXCEEDED, unknown",
      "three pieces: 6 ways",
      "workers ended: 1, lost: 0",
    ],
  });
});
