// The least value of every limit: with it a server still answers a small call, and less is refused with BAD_OPTION.
// Limits of values bind users' values, and none of upcall's own frames.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, defineInterface, method, Reflection, reference, serve, UpcallError, within } from "upcall";
import * as memory from "upcall/memory";
import { defaultLimits, type Limits, leastLimits, longestTimer } from "#internal/limits.js";

const Account = defineInterface("Account", { balance: method<() => number>() });
const Echo = defineInterface("Echo", {
  echo: method<(value: unknown) => unknown>(),
  fail: method<() => void>(),
  account: method({ args: [], returns: reference(() => Account) }),
});
/** As little as can be announced. */
const Small = defineInterface("Small", { echo: method<(value: unknown) => unknown>() });
const account = { balance: () => 7 };
const impl = {
  echo: (value: unknown) => value,
  fail: (): void => {
    throw new UpcallError("NOT_FOUND", "no", { cause: new UpcallError("ABORTED", "inner") });
  },
  account: () => account,
};
const names = Object.keys(defaultLimits) as (keyof Limits)[];
const badOption = (text: RegExp) => (error: unknown) =>
  error instanceof UpcallError && error.reason === "BAD_OPTION" && text.test(error.message);
/** Beside a `message` that it allows. */
const with_ = (name: keyof Limits, value: number): Partial<Limits> =>
  name === "memory" ? { message: 64, memory: value } : { [name]: value };

for (const name of names) {
  const least = leastLimits[name] ?? 0;

  test(`limits.${name} of ${least}: a server, and a client, make and answer a small call`, async () => {
    const low = with_(name, least);
    const sides: readonly (readonly [Partial<Limits>, Partial<Limits>])[] = [
      [low, {}],
      [{}, low],
    ];
    for (const [server, client] of sides) {
      await using served = await serve(Small, impl, "tcp://localhost:0", { limits: server });
      const timeout = Math.min(20_000, client.timeoutMost ?? 20_000);
      // What has a millisecond may be done in time, or not.
      if (timeout === 1) {
        const limits = { ...client, timeout };
        const late = (error: UpcallError): void => assert.match(error.code, /^(?:DEADLINE_EXCEEDED|UNAVAILABLE)$/);
        const connecting = connect(Small, served.url, { limits, connectTimeout: 1 });
        await connecting.then(async (proxy) => {
          await within(proxy, { timeout }).echo("a").catch(late);
          await close(proxy);
        }, late);
        continue;
      }
      await using connection = await connect(Small, served.url, { limits: { ...client, timeout } });
      assert.equal(await within(connection, { timeout }).echo("a"), "a");
    }
  });

  test(`limits.${name} below ${least}, and what is no number, is refused where it is said`, async () => {
    for (const value of [least - 1, -1, Number.NaN, Number.NEGATIVE_INFINITY, "5", null, 1n]) {
      const limits = { [name]: value } as never;
      const text = new RegExp(
        `limits\\.${name} is .*${typeof value === "number" && value < least ? `least is ${least}` : least}`,
      );
      await assert.rejects(serve(Echo, impl, "tcp://localhost:0", { limits }), badOption(text), String(value));
      await assert.rejects(
        connect(Echo, "tcp://localhost:1", { limits }),
        badOption(name === "timeout" ? /timeout/ : text),
        String(value),
      );
      await assert.rejects(memory.serve(Echo, impl, "memory:least", { limits }), badOption(text), String(value));
    }
  });
}

test("counts are whole numbers, and times no longer than a timer takes", async () => {
  for (const limits of [
    { running: 1.5 },
    { nodes: 20.5 },
    { drain: longestTimer + 1 },
    { timeout: Number.POSITIVE_INFINITY },
  ])
    await assert.rejects(
      serve(Echo, impl, "tcp://localhost:0", { limits }),
      badOption(/whole number|the most milliseconds/),
    );
  for (const limits of [{ cancelsPerSecond: 0.5 }, { drain: 0.5 }, { running: Number.POSITIVE_INFINITY }])
    await (await serve(Echo, impl, "tcp://localhost:0", { limits })).close();
});

test("limits of values bind no frame of upcall's own: failures, references, metadata, reflection and refusals pass", async () => {
  for (const limits of [{ depth: 1 }, { nodes: 16 }, { depth: 1, nodes: 16, bigintDigits: 1 }]) {
    for (const url of ["tcp://localhost:0", "memory:low"]) {
      await using server = await serve(Echo, impl, url, { limits });
      await using echo = await connect(Echo, server.url, { limits });
      assert.deepEqual(await echo.echo([1]), [1]);
      const error = await echo.fail().then(
        () => assert.fail("it did not fail"),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof UpcallError && error.code === "NOT_FOUND");
      assert.ok(error.cause instanceof UpcallError && error.cause.code === "ABORTED");
      for (let round = 0; round < 30; round++) {
        const one = await echo.account();
        assert.equal(await one.balance(), 7);
      }
      const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, "v"]));
      assert.equal(await within(echo, { metadata }).echo("m"), "m");
      await using reflected = await connect(Reflection, server.url, { limits });
      const described = await reflected.interfaces();
      assert.ok(described.some((one) => one.name === "Echo"));
      await assert.rejects(echo.echo([[[[1]]], Array.from({ length: 20 }, () => 0)]), { outcome: "not-executed" });
    }
  }
});

test("a result that is too deep for its server is told to its caller", async () => {
  await using server = await serve(Echo, { ...impl, echo: () => [[[1]]] }, "tcp://localhost:0", {
    limits: { depth: 2 },
  });
  await using echo = await connect(Echo, server.url);
  await assert.rejects(echo.echo(1), { reason: "BAD_RESULT" });
});
