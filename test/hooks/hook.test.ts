// One hook (a function of the program's that is told of something) by itself: whatever it throws, telling it returns,
// and what went wrong is logged once.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Hooks } from "#internal/hook.js";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { failing } from "./failing.ts";

class Told {
  readonly clock: VirtualClock = new VirtualClock();
  readonly lines: string[] = [];
  readonly hooks: Hooks = new Hooks(this.clock, (line) => this.lines.push(line));

  /** Lets rejections be heard. */
  async settled(): Promise<void> {
    for (let i = 0; i < 8; i++) await Promise.resolve();
  }
}

suite("a hook", () => {
  for (const [how, hook] of Object.entries(failing))
    test(`that ${how} is survived and written once, with its name and what it threw`, async () => {
      const told = new Told();
      let failed = 0;
      for (let i = 0; i < 3; i++) told.hooks.tell("onConnection", hook, "127.0.0.1:7000", () => failed++);
      await told.settled();
      assert.equal(told.lines.length, 1);
      assert.match(
        told.lines[0] ?? "",
        /^upcall: onConnection, a function of this program, failed, .* the log is closed/,
      );
      assert.equal(failed, 3, "but who asked to hear of each does");
    });

  test("that returns something is left alone", async () => {
    const told = new Told();
    for (const value of [undefined, null, 7, "x", {}, [], () => {}, Promise.resolve(1)])
      told.hooks.tell("observer", () => value, undefined);
    await told.settled();
    assert.deepEqual(told.lines, []);
  });

  test("of which there are many, each made for its call, cannot fill a disk", async () => {
    const told = new Told();
    const fail = (): void =>
      told.hooks.tell(
        "onMetadata",
        () => {
          throw new Error("again");
        },
        {},
      );
    for (let i = 0; i < 100; i++) fail();
    assert.equal(told.lines.length, 10);
    await told.clock.advance(1_000);
    fail();
    assert.match(told.lines[10] ?? "", /^upcall: 90 more hooks failed; /);
    assert.equal(told.lines.length, 12);
  });

  test("whose failure cannot be written, since the console fails, is survived as well", () => {
    const hooks = new Hooks(new VirtualClock(), () => {
      throw new Error("no console");
    });
    hooks.tell("observer", failing["throws"] as () => void, undefined);
  });
});
