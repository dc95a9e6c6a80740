// Spare buffers of long messages that are used again, on virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "#internal/endpoint/deadlines.js";
import { minSpareBytes, SpareMemory, spareMs } from "#internal/endpoint/spare-memory.js";
import { VirtualClock } from "../harness/virtual-clock.ts";

const MiB = 1024 * 1024;
const most = 64 * MiB;

/** Memory that nobody can take away; its type belongs to browsers. */
interface Assembly {
  readonly WebAssembly: { readonly Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer } };
}

function made(): { clock: VirtualClock; idleTimers: Deadlines; spare: SpareMemory } {
  const clock = new VirtualClock();
  const idleTimers = new Deadlines(clock, false);
  return { clock, idleTimers, spare: new SpareMemory(idleTimers) };
}

test("memory that is taken back is empty for whoever still has it, and the next message's", () => {
  const { spare } = made();
  const message = new Uint8Array(2 * MiB).fill(1);
  const view = message.subarray(100, 200);
  spare.takeBack(message, most);
  assert.deepEqual([message.length, view.length, view[0]], [0, 0, undefined]);
  assert.equal(spare.bytes, 2 * MiB);
  assert.equal(spare.get(2 * MiB)?.length, 2 * MiB);
  assert.equal(spare.bytes, 0);
  assert.equal(spare.get(2 * MiB), null);
});

test("of what is behind the next message nothing is left, on any platform", () => {
  for (const native of [true, false]) {
    const { spare } = made();
    const message = new Uint8Array(2 * MiB).fill(1);
    // The method that takes memory over is younger than the platforms that this runs on.
    if (!native) Object.assign(message.buffer, { transfer: undefined });
    spare.takeBack(message, most);
    const next = spare.get(MiB + 1);
    assert.ok(next?.subarray(MiB + 1).every((byte) => byte === 0));
    assert.ok(next?.subarray(0, MiB + 1).every((byte) => byte === 1));
  }
});

test("a message gets the smallest memory that fits, and none that is more than twice too large", () => {
  const { spare } = made();
  for (const length of [8, 4, 6]) spare.give(new Uint8Array(length * MiB), most);
  assert.equal(spare.get(5 * MiB)?.length, 6 * MiB);
  assert.equal(spare.get(5 * MiB)?.length, 8 * MiB);
  assert.equal(spare.get(5 * MiB), null);
  assert.equal(spare.get(2 * MiB - 1), null);
  assert.equal(spare.get(2 * MiB)?.length, 4 * MiB);
});

test("what is small, too large, or gone already is not kept", () => {
  const { spare } = made();
  const small = new Uint8Array(minSpareBytes - 1).fill(1);
  spare.takeBack(small, most);
  assert.equal(small.length, minSpareBytes - 1);
  const gone = new Uint8Array(2 * MiB);
  structuredClone(gone, { transfer: [gone.buffer] });
  spare.takeBack(gone, most);
  const { WebAssembly } = globalThis as unknown as Assembly;
  const wasm = new Uint8Array(new WebAssembly.Memory({ initial: 32 }).buffer);
  spare.takeBack(wasm, most);
  assert.equal(wasm.length, 2 * MiB);
  const large = new Uint8Array(3 * MiB);
  spare.takeBack(large, 2 * MiB);
  assert.equal(large.length, 0);
  assert.equal(spare.bytes, 0);
});

test("with more than may be kept, what came first goes", () => {
  const { spare } = made();
  for (const length of [2, 3, 4]) spare.give(new Uint8Array(length * MiB), 8 * MiB);
  assert.equal(spare.bytes, 7 * MiB);
  assert.equal(spare.get(2 * MiB)?.length, 3 * MiB);
});

test("what nobody used for some time is let go, and no process waits for that", async () => {
  const { clock, idleTimers, spare } = made();
  spare.give(new Uint8Array(2 * MiB), most);
  assert.equal(clock.kept, 0);
  await clock.advance(spareMs - 10);
  spare.give(new Uint8Array(3 * MiB), most);
  await clock.advance(spareMs - 10);
  assert.equal(spare.bytes, 5 * MiB);
  await clock.advance(20);
  assert.deepEqual([spare.bytes, idleTimers.size, clock.timers], [0, 0, 0]);
});
