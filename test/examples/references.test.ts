import assert from "node:assert/strict";
import { test } from "node:test";
import { example } from "../socket/programs.ts";

test("callback: the server calls its clients back, as long as they are there", async () => {
  await using program = example("callback");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: ["one heard: on", "the other heard: on", "told 2", "one heard: off", "told 1"],
    said: "",
  });
});

test("bank: accounts stay on the server, and are called before they are here", async () => {
  await using program = example("bank");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: ["anna has 50", "the same account: true", "anna has 30, bruno has 20", "INVALID_ARGUMENT, not-executed"],
    said: "",
  });
});
