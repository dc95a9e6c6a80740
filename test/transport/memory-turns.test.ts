// memory: calls that follow one another without end leave timers and sockets their turns of the event loop.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, defineInterface, method, serve } from "upcall";

const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });

test("a loop of awaited calls over memory does not keep a timer waiting for ever", async () => {
  await using server = await serve(Subject, { request: (data) => data }, "memory:turns");
  await using subject = await connect(Subject, server.url);
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  for (let calls = 0; !fired; calls++) {
    assert.ok(calls < 1_000_000, "the timer never fired");
    await subject.request("x");
  }
});
