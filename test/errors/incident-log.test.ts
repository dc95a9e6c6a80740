// The log lines about errors that no interface declares: at most so many a second, and none where `onError` is set.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, defineInterface, method, serve } from "upcall";
import { IncidentLog } from "#internal/incident.js";
import { moduleAt, servedModule } from "../cli/command.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const Thrower = defineInterface("Thrower", { fail: method<() => never>() });
const thrower = {
  fail(): never {
    throw new TypeError("no luck");
  },
};

class Log {
  readonly clock: VirtualClock = new VirtualClock();
  readonly lines: string[] = [];
  readonly log: IncidentLog = new IncidentLog(this.clock, (line) => this.lines.push(line));

  throws(count: number): void {
    for (let i = 0; i < count; i++)
      this.log.tell({ incident: "0123456789abcdef", error: "x", method: "A.b", peer: "p", call: i });
  }

  /** What was written since this was asked last, in short. */
  take(): string[] {
    return this.lines
      .splice(0)
      .map((line) => /^upcall: (incident|\d+ more incidents? (?:was|were) left out)/.exec(line)?.[1] ?? line);
  }
}

const ten = Array.from({ length: 10 }, () => "incident");

suite("the log", () => {
  test("has ten lines in a second, and then how many were left out", async () => {
    const log = new Log();
    log.throws(10);
    assert.deepEqual(log.take(), ten);
    log.throws(1_000_000);
    await log.clock.advance(999);
    log.throws(1);
    assert.deepEqual(log.take(), []);
    await log.clock.advance(1);
    log.throws(2);
    assert.deepEqual(log.take(), ["1000001 more incidents were left out", "incident", "incident"]);
  });

  test("says nothing of what was left out when nothing was", async () => {
    const log = new Log();
    for (let i = 0; i < 5; i++) {
      log.throws(10);
      assert.deepEqual(log.take(), ten);
      await log.clock.advance(1_000);
    }
    log.log.rest();
    assert.deepEqual(log.take(), []);
  });

  test("says at the end what is still to be said, once, and no timer waits for that", () => {
    const log = new Log();
    log.throws(11);
    assert.equal(log.clock.timers, 0);
    log.log.rest();
    log.log.rest();
    assert.deepEqual(log.take(), [...ten, "1 more incident was left out"]);
    log.throws(1);
    log.log.rest();
    assert.deepEqual(log.take(), ["1 more incident was left out"], "the second is not over");
  });
});

const calls = 500;

test("a caller who makes a method throw again and again gets few lines written, and all are counted", async () => {
  await using server = await servedModule(moduleAt("thrower"), ["tcp://localhost:0"]);
  await using caller = await connect(Thrower, server.url);
  await Promise.allSettled(Array.from({ length: calls }, () => caller.fail()));
  const { code, said } = await server.endBy("SIGTERM");
  assert.equal(code, 0);
  const written = said.match(/^upcall: incident [0-9a-f]{16}: Thrower\.fail /gm)?.length ?? 0;
  const leftOut = [...said.matchAll(/^upcall: (\d+) more incidents? (?:was|were) left out: /gm)];
  assert.ok(written >= 10 && written < calls, `${written} lines`);
  assert.equal(
    leftOut.reduce((sum, [, count]) => sum + Number(count), written),
    calls,
  );
});

test("onError is told of each, and then there is no line", async (t) => {
  const lines: unknown[] = [];
  t.mock.method(console, "error", (line: unknown) => lines.push(line));
  let told = 0;
  await using server = await serve(Thrower, thrower, "tcp://localhost:0", { onError: () => void told++ });
  await using caller = await connect(Thrower, server.url);
  await Promise.allSettled(Array.from({ length: calls }, () => caller.fail()));
  assert.equal(told, calls);
  assert.deepEqual(lines, []);
});
