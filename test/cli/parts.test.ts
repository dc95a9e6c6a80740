// The command's small parts, each by itself: several addresses in one argument, the word that may have been meant, the times
// before a call, and a signal's echo.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timeBefore, urlsIn } from "#internal/cli/arguments.js";
import { untilSignal } from "#internal/cli/signals.js";
import { nearest } from "#internal/nearest.js";

test("commas stand between addresses, and one in the path of a socket does not", () => {
  assert.deepEqual(urlsIn("tcp://a:1"), ["tcp://a:1"]);
  assert.deepEqual(urlsIn("tcp://a:1,tcp://[::1]:2, unix:/c,d.sock"), ["tcp://a:1", "tcp://[::1]:2", "unix:/c,d.sock"]);
});

test("the nearest word is one that could have been meant", () => {
  const words = ["request", "reverse", "Subject.request", "list"];
  assert.equal(nearest("reqeust", words), "request");
  assert.equal(nearest("REVERSE", words), "reverse");
  assert.equal(nearest("sbject.request", words), "Subject.request");
  assert.equal(nearest("lsit", words), "list");
  assert.equal(nearest("deposit", words), null);
  assert.equal(nearest("x", ["y", "ab"]), null);
});

test("connecting and asking have 5 s at least, and longer where the call has", () => {
  assert.deepEqual([1, 5_000, 60_000].map(timeBefore), [5_000, 5_000, 60_000]);
  assert.equal(timeBefore(undefined), undefined);
});

test("the echo of a signal, as npm and npx send one, is no second signal", async () => {
  const signalled = untilSignal();
  process.emit("SIGINT", "SIGINT");
  process.emit("SIGINT", "SIGINT");
  assert.equal(await signalled, "SIGINT");
});
