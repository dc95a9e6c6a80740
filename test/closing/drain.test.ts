// Drain and shutdown: a server that closes in the middle of many calls, over real media. Each call that it did not
// answer is known not to have run and may be retried elsewhere, so a rolling restart loses no call.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, defineInterface, method, type Server, serve, UpcallError } from "upcall";
import { media } from "../harness/media.ts";

const Ledger = defineInterface("Ledger", { enter: method<(line: number) => number>({ plain: "value" }) });

for (const medium of media) {
  test(`${medium.name}: a server that closes while calls stream in leaves none unknown`, async () => {
    const entered: number[] = [];
    const ledger = {
      async enter(line: number): Promise<number> {
        entered.push(line);
        await new Promise((resolve) => setImmediate(resolve));
        return line;
      },
    };
    const servers: Server[] = [await serve(Ledger, ledger, medium.url()), await serve(Ledger, ledger, medium.url())];
    const [first, second] = servers as [Server, Server];
    const proxies = await Promise.all([first, second].map(({ url }) => connect(Ledger, url, { reconnect: false })));
    const [old, next] = proxies as [(typeof proxies)[0], (typeof proxies)[0]];
    let again = 0;
    const enter = async (line: number): Promise<number> => {
      try {
        return await old.enter(line);
      } catch (error) {
        assert.ok(error instanceof UpcallError);
        assert.deepEqual([error.code, error.outcome], ["UNAVAILABLE", "not-executed"], error.message);
        again++;
        return await next.enter(line);
      }
    };
    const calls: Promise<number>[] = [];
    const wake = new EventTarget();
    const closing = once(wake, "now").then(() => first.close());
    for (let line = 0; line < 4_000; line++) {
      calls.push(enter(line));
      if (line === 1_500) wake.dispatchEvent(new Event("now"));
      if (line % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const lines = await Promise.all(calls);
    await closing;
    assert.deepEqual(
      lines,
      Array.from({ length: 4_000 }, (_, line) => line),
    );
    assert.deepEqual(
      entered.toSorted((a, b) => a - b),
      lines,
      "each ran once",
    );
    assert.ok(again > 0, "the close was in the middle");
    await second.close();
  });
}
