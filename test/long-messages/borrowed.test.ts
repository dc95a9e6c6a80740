// Long messages: arguments that a method only borrows. Their memory is used again once the call is settled, never
// before, and no other client sees what was sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { defineInterface, implement, method, oneway } from "upcall";
import { fc } from "../harness/properties.ts";
import { nothingLeft, Pair, resultOf, saysOf } from "../harness/sessions.ts";

const MiB = 1024 * 1024;

const Lender = defineInterface("Lender", {
  keep: method<(bytes: Uint8Array) => number>(),
  borrow: method<(bytes: Uint8Array) => number>({ borrows: true }),
  several: method<(parts: Uint8Array[]) => number[]>({ borrows: true }),
  echo: method<(bytes: Uint8Array) => Uint8Array>({ borrows: true }),
  fail: method<(bytes: Uint8Array) => void>({ borrows: true }),
  wait: method<(bytes: Uint8Array) => number>({ borrows: true }),
  tell: oneway<(bytes: Uint8Array) => void>({ borrows: true }),
});

/** Keeps what it should not keep. */
class Real {
  readonly kept: Uint8Array[] = [];
  readonly waiting: (() => void)[] = [];

  keep(bytes: Uint8Array): number {
    this.kept.push(bytes);
    return sum(bytes);
  }

  borrow(bytes: Uint8Array): number {
    return this.keep(bytes);
  }

  several(parts: Uint8Array[]): number[] {
    return parts.map((part) => this.keep(part));
  }

  echo(bytes: Uint8Array): Uint8Array {
    this.kept.push(bytes);
    return bytes;
  }

  fail(bytes: Uint8Array): void {
    this.kept.push(bytes);
    throw new Error("it did not want that");
  }

  async wait(bytes: Uint8Array): Promise<number> {
    const before = this.keep(bytes);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    assert.equal(sum(bytes), before);
    return before;
  }

  tell(bytes: Uint8Array): void {
    this.keep(bytes);
  }
}

/** What it is lent, it only looks at. */
class Honest extends Real {
  readonly own: (readonly [Uint8Array, number])[] = [];

  override keep(bytes: Uint8Array): number {
    this.own.push([bytes, sum(bytes)]);
    return sum(bytes);
  }

  override borrow(bytes: Uint8Array): number {
    return sum(bytes);
  }

  override several(parts: Uint8Array[]): number[] {
    return parts.map(sum);
  }

  override async wait(bytes: Uint8Array): Promise<number> {
    const before = sum(bytes);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    assert.equal(sum(bytes), before);
    return before;
  }
}

const sum = (bytes: Uint8Array): number => bytes.reduce((all, byte, at) => (all * 31 + byte + at) >>> 0, 0);
const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

class Lent {
  readonly real: Real;
  readonly pair: Pair;

  constructor(real: Real = new Real()) {
    this.real = real;
    this.pair = new Pair({
      limits: { message: 16 * MiB, partialBytes: 32 * MiB, waitingBytes: 64 * MiB },
      also: [implement(Lender, real)],
      interfaces: [Lender],
    });
  }

  call(name: keyof typeof Lender.methods, ...args: unknown[]): ReturnType<Pair["call"]> {
    return this.pair.callOn(Lender, name, args);
  }

  async settled(name: keyof typeof Lender.methods, ...args: unknown[]): Promise<ReturnType<Pair["call"]>> {
    const result = this.call(name, ...args);
    await this.pair.settle();
    return result;
  }

  get reused(): number {
    return this.pair.serverHome.counters.memoryReused;
  }

  get spare(): number {
    return this.pair.serverHome.platform.spare.bytes;
  }

  lengths(): number[] {
    return this.real.kept.map(({ length }) => length);
  }

  /** Nothing is left but the memory that waits for a message, and that not for ever. */
  async over(): Promise<void> {
    await this.pair.advance(20_000);
    assert.equal(this.spare, 0);
    assert.deepEqual(this.pair.left, nothingLeft);
  }
}

test("the memory of one message is the next one's, and what the method kept of it is empty", async () => {
  const lent = new Lent();
  for (let byte = 1; byte <= 5; byte++) {
    const bytes = filled(3 * MiB - byte, byte);
    assert.equal(resultOf(await lent.settled("borrow", bytes)), sum(bytes));
  }
  assert.deepEqual(lent.lengths(), [0, 0, 0, 0, 0]);
  assert.equal(lent.reused, 4);
  assert.ok(lent.spare < 4 * MiB, `${lent.spare}`);
  await lent.over();
});

test("until its promise is settled the method has what it was given, whatever comes meanwhile", async () => {
  const lent = new Lent();
  const first = await lent.settled("wait", filled(3 * MiB, 1));
  for (let byte = 2; byte < 6; byte++) await lent.settled("borrow", filled(3 * MiB, byte));
  assert.equal(first.settled, null);
  assert.ok(lent.real.kept[0]?.every((byte) => byte === 1));
  lent.real.waiting[0]?.();
  await lent.pair.settle();
  assert.equal(resultOf(first), sum(filled(3 * MiB, 1)));
  assert.equal(lent.real.kept[0]?.length, 0);
  await lent.over();
});

test("a method that does not borrow keeps what it was given, in memory in which no other message is left", async () => {
  const lent = new Lent();
  await lent.settled("borrow", filled(3 * MiB, 7));
  await lent.settled("keep", filled(2 * MiB, 1));
  const kept = lent.real.kept[1] as Uint8Array;
  assert.equal(lent.reused, 1);
  for (let byte = 2; byte < 6; byte++) await lent.settled("borrow", filled(3 * MiB, byte));
  assert.ok(kept.length === 2 * MiB && kept.every((byte) => byte === 1));
  // Around it are the message's other bytes, and nothing.
  const whole = new Uint8Array(kept.buffer);
  assert.equal(whole.filter((byte) => byte !== 1 && byte !== 0).length < 8, true);
  await lent.over();
});

test("a result may be what was borrowed; an error and a oneway give it back as well", async () => {
  const lent = new Lent();
  const result = resultOf(await lent.settled("echo", filled(3 * MiB, 9))) as Uint8Array;
  assert.ok(result.length === 3 * MiB && result.every((byte) => byte === 9));
  assert.equal(saysOf(await lent.settled("fail", filled(3 * MiB, 8))), "UNKNOWN THROWN executed");
  await lent.settled("tell", filled(3 * MiB, 7));
  assert.deepEqual(lent.lengths(), [0, 0, 0]);
  assert.equal(lent.reused, 2);
  assert.ok(result.every((byte) => byte === 9));
  await lent.over();
});

test("several arrays of one message are none of them copied, and small messages are nobody's but the method's", async () => {
  const lent = new Lent();
  const parts = [1, 2, 3].map((byte) => filled(MiB, byte));
  assert.deepEqual(resultOf(await lent.settled("several", parts)), parts.map(sum));
  assert.deepEqual(lent.lengths(), [0, 0, 0]);
  await lent.settled("borrow", filled(MiB / 2, 1));
  assert.equal(lent.real.kept[3]?.length, MiB / 2);
  await lent.over();
});

test("a call that is given up, or whose connection is gone, has its arguments until its method is done", async () => {
  for (const end of ["cancelled", "cut"]) {
    const lent = new Lent();
    const control = new AbortController();
    const call = lent.pair.callOn(Lender, "wait", [filled(3 * MiB, 1)], { signal: control.signal });
    await lent.pair.settle();
    if (end === "cancelled") control.abort();
    else lent.pair.far.destroy();
    await lent.pair.settle();
    assert.ok(saysOf(call).endsWith("unknown"), saysOf(call));
    assert.ok(lent.real.kept[0]?.length === 3 * MiB && lent.real.kept[0].every((byte) => byte === 1));
    lent.real.waiting[0]?.();
    await lent.pair.settle();
    assert.equal(lent.real.kept[0]?.length, 0);
    await lent.over();
  }
});

test("a method that gave its arguments to another thread leaves nothing to take back", async () => {
  const lent = new Lent();
  const call = await lent.settled("wait", filled(3 * MiB, 1));
  const [bytes] = lent.real.kept;
  const elsewhere = structuredClone(bytes, { transfer: [bytes?.buffer as ArrayBuffer] });
  lent.real.waiting[0]?.();
  await lent.pair.settle();
  assert.ok(call.settled !== null);
  assert.ok(elsewhere?.every((byte) => byte === 1));
  assert.equal(lent.spare, 0);
  await lent.over();
});

test("whatever is borrowed, kept, waited for and given up in whatever order, everybody has what was sent", async () => {
  const step = fc.oneof(
    fc.record({
      name: fc.constantFrom("borrow", "keep", "wait", "several"),
      quarters: fc.integer({ min: 1, max: 20 }),
    }),
    fc.record({ name: fc.constant("go on"), quarters: fc.nat(5) }),
    fc.record({ name: fc.constant("give up"), quarters: fc.nat(5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 24 }), fc.boolean(), async (steps, cut) => {
      const real = new Honest();
      const lent = new Lent(real);
      const given: AbortController[] = [];
      const sums: (readonly [ReturnType<Pair["call"]>, unknown])[] = [];
      let byte = 0;
      for (const { name, quarters } of steps) {
        if (name === "go on") real.waiting.splice(quarters, 1)[0]?.();
        else if (name === "give up") given.splice(quarters, 1)[0]?.abort();
        else {
          const bytes = filled((quarters * MiB) / 4, ++byte);
          const args = name === "several" ? [[bytes, bytes.subarray(1000)]] : [bytes];
          const control = new AbortController();
          const expected = name === "several" ? [sum(bytes), sum(bytes.subarray(1000))] : sum(bytes);
          sums.push([lent.pair.callOn(Lender, name, args, { signal: control.signal }), expected]);
          given.push(control);
        }
        if (quarters % 2 === 0) await lent.pair.settle();
      }
      if (cut) lent.pair.far.destroy();
      await lent.pair.settle();
      for (const go of real.waiting) go();
      await lent.pair.settle();
      for (const [call, expected] of sums) {
        assert.ok(call.settled !== null);
        if ("value" in call.settled) assert.deepEqual(call.settled.value, expected);
      }
      for (const [bytes, before] of real.own) assert.equal(sum(bytes), before);
      await lent.over();
    }),
    { numRuns: 25 },
  );
});
