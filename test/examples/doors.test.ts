// The example about authentication and authorization, run as processes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { example } from "../harness/programs.ts";

test("auth: whoever is known comes in, and calls what is theirs to call", async () => {
  await using program = example("auth");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: [
      "anna's token: anna sees 100",
      "anna's token: anna takes 30, and leaves 70",
      "bruno's token: bruno sees 70",
      "bruno's token: PERMISSION_DENIED, not-executed",
      "a wrong token: UNAUTHENTICATED, not-executed",
      "a wrong token: UNAUTHENTICATED, not-executed",
      "the server counts 1 refused connection and 1 call that was not allowed",
    ],
    said: "",
  });
});
