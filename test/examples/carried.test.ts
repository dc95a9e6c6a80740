// The examples with references, callbacks, streams, uploads, two servers and declared errors, run as processes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../harness/packed.ts";
import { example } from "../harness/programs.ts";

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

test("stream: a loop that ends where nobody listens, and values both ways", async () => {
  await using program = example("stream");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: [
      "count: 1",
      "count: 2",
      "count: 3",
      "server: the client reads no more",
      "mean: 23",
      "mean so far: 20",
      "mean so far: 21",
      "mean so far: 23",
    ],
    said: "",
  });
});

test("upload: what is under way stays within the window, and small calls pass", async () => {
  await using program = example("upload");
  const { end, lines, said } = await program.end();
  assert.deepEqual([end, said], [0, ""]);
  assert.deepEqual(lines.slice(0, 4), ["sent 8 MiB", "sent 16 MiB", "sent 24 MiB", "sent 32 MiB"]);
  assert.match(lines[4] ?? "", /^ones\.bin: 33554432 bytes, [0-9a-f]{16}$/);
  assert.deepEqual(lines.slice(5), [
    "the same as here: true",
    "small calls passed meanwhile: true",
    "never more than the window ahead: true",
  ]);
});

test("two-servers: both are ended and started again under load, and no call is lost", async () => {
  await using program = example("two-servers");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: ["server 1 was restarted", "server 2 was restarted", "no call was lost"],
    said: "",
  });
});

test("errors: classes with data on both sides, and an id in the place of what nobody declared", async () => {
  await using program = example("errors");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: [
      "anna has 70 left",
      "5 missing: accounts are not overdrawn",
      "NOT_FOUND: there is no account bruno",
      "the books are not complete, because there is no account bruno",
      "the caller sees UNKNOWN, without the message: true",
      "the log has it: Bank.withdraw RangeError: -5 would be a deposit",
    ],
    said: "",
  });
});

test("own-medium: calls over a medium and a connection that the program brings, and its page shows the same medium", async () => {
  await using program = example("own-medium");
  assert.deepEqual(await program.end(), {
    end: 0,
    lines: ["connected: pipe", "olleh", "connected: an accepted connection", "niaga"],
    said: "",
  });
  const medium = readFileSync(join(root, "examples/own-medium/pipe.ts"), "utf8").replace(/^.*\n/, "");
  assert.ok(readFileSync(join(root, "docs/media.md"), "utf8").includes(`\`\`\`ts\n// pipe.ts\n${medium}\`\`\``));
});
