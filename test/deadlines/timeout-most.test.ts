// `limits.timeoutMost`: no timeout is longer, whether a caller or a server says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, defineInterface, method, open, serve, within } from "upcall";

const Work = defineInterface("Work", {
  quick: method<() => string>(),
  slow: method<() => string>({ timeout: 60_000 }),
});
const Line = defineInterface("Line", { request: method<(text: string) => string>() });
const work = { quick: () => "quick", slow: () => "slow" };
const refused = {
  code: "INVALID_ARGUMENT",
  reason: "BAD_OPTION",
  outcome: "not-executed",
  message: /limits\.timeoutMost/,
};
const limits = { timeoutMost: 5_000 };

test("a caller's own limits.timeoutMost binds what it says, wherever it says it", async () => {
  await using server = await serve(Work, work, "tcp://127.0.0.1:0");
  await assert.rejects(connect(Work, server.url, { limits, timeout: 5_001 }), refused);
  await assert.rejects(connect(Work, server.url, { limits, connectTimeout: 5_001 }), refused);
  await assert.rejects(open(server.url, { limits: { ...limits, timeout: 5_001 } }), refused);
  await using proxy = await connect(Work, server.url, { limits });
  assert.equal(await proxy.quick(), "quick");
  assert.equal(await within(proxy, { timeout: 5_000 }).quick(), "quick");
  await assert.rejects(async () => await within(proxy, { timeout: 5_001 }).quick(), refused);
  await assert.rejects(async () => await proxy.slow(), refused);
  assert.equal(await within(proxy, { timeout: 5_000 }).slow(), "slow");
});

test("so it does behind interceptors, while there is no connection, over memory and on the plain wire", async () => {
  await using server = await serve(Work, work, "memory:most", { limits });
  const seen: number[] = [];
  await using proxy = await connect(Work, server.url, {
    limits,
    interceptors: [
      async (call, next) => {
        seen.push(call.remaining);
        return await next(call);
      },
    ],
  });
  await proxy.quick();
  assert.ok((seen[0] ?? 0) <= 5_000);
  await assert.rejects(async () => await within(proxy, { timeout: 5_001 }).quick(), refused);
  await server.close();
  await assert.rejects(async () => await within(proxy, { timeout: 5_001 }).quick(), refused);
  await using line = await serve(Line, { request: (text) => text }, "tcp://127.0.0.1:0", { wire: "plain" });
  await using plain = await connect(Line, line.url, { wire: "plain", limits });
  assert.equal(await plain.request("a"), "a");
  await assert.rejects(async () => await within(plain, { timeout: 5_001 }).request("a"), refused);
});

test("a server's limits.timeout is no more than its limits.timeoutMost", async () => {
  await assert.rejects(serve(Work, work, "memory:less", { limits: { ...limits, timeout: 5_001 } }), refused);
  await using server = await serve(Work, work, "memory:less", { limits });
  await using proxy = await connect(Work, server.url);
  assert.equal(await proxy.slow(), "slow");
});
