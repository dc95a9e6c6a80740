// Streams: the arithmetic of flow control (credit, windows, backpressure).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Credit, firstCredit, mostCredit, SharedWindow, Window } from "#internal/session/native/streams/flow.js";
import { fc } from "../harness/properties.ts";

test("credit of nothing, of less, and of more than fits its field is refused and changes nothing", () => {
  const credit = new Credit(firstCredit);
  assert.equal(credit.grant(0), false);
  assert.equal(credit.grant(-1), false);
  assert.equal(credit.grant(mostCredit - firstCredit + 1), false);
  assert.equal(credit.left, firstCredit);
  assert.equal(credit.grant(mostCredit - firstCredit), true);
  assert.equal(credit.left, mostCredit);
  assert.equal(credit.grant(1), false);
});

test("a window grants once for each half of it that was taken", () => {
  const window = new Window(new SharedWindow(1 << 20), 64 * 1024, 0);
  assert.equal(window.grant(), 64 * 1024);
  let grants = 0;
  for (let taken = 0; taken < 10 * 64 * 1024; taken += 100) {
    assert.ok(window.arrived(100));
    window.taken(100);
    if (window.grant() > 0) grants++;
  }
  assert.ok(grants <= 20, `${grants} grants`);
});

test("whatever comes and is taken, credit never goes negative, nothing is granted beyond the windows, and no reader starves", () => {
  const step = fc.record({ stream: fc.nat(3), arrive: fc.nat(70_000), take: fc.nat(70_000), close: fc.nat(60) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300_000 }),
      fc.integer({ min: 0, max: 600_000 }),
      fc.array(step, { maxLength: 200 }),
      (size, most, steps) => {
        const shared = new SharedWindow(most);
        const make = (index: number): { window: Window; held: number; granted: number } => {
          const first = index % 2 === 0 ? firstCredit : 0;
          return { window: new Window(shared, size, first), held: 0, granted: first };
        };
        const streams = [0, 1, 2, 3].map(make);
        for (const { stream, arrive, take, close } of steps) {
          const one = streams[stream];
          if (one === undefined) continue;
          const before = one.window.credit;
          assert.equal(one.window.arrived(arrive), arrive <= before);
          if (arrive <= before) one.held += arrive;
          const taken = Math.min(take, one.held);
          one.window.taken(taken);
          one.held -= taken;
          one.window.grant();
          assert.ok(one.window.credit >= 0);
          assert.ok(one.window.credit + one.held <= Math.max(size, firstCredit));
          // Who has taken everything may get something: an empty window is never left so.
          if (one.held === 0) assert.ok(one.window.credit > 0, "a reader starves");
          if (close === 0) {
            one.window.close();
            streams[stream] = make(stream);
          }
          const beyond = streams.map(({ window, held }) => Math.max(0, window.credit + held - firstCredit));
          assert.equal(
            shared.used,
            beyond.reduce((sum, bytes) => sum + bytes, 0),
          );
          assert.ok(shared.used <= most);
        }
        for (const { window } of streams) window.close();
        assert.equal(shared.used, 0);
      },
    ),
  );
});
