// Streams and hostile input: credit, items, ends and stops that break the rules, floods of frames, and items that
// cannot be decoded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { ofTier } from "../harness/tier.ts";
import { Counted, framesOf, nothingLeft, type Side, Tables } from "./tables.ts";

const KiB = 1024;
const encoder = new Encoder(portableText, defaultLimits);

function bytesOf(...values: readonly unknown[]): Uint8Array {
  const writer = new Writer();
  for (const value of values) encoder.value(writer, value, "item");
  return writer.slice();
}

function says(error: unknown): string {
  assert.ok(error instanceof UpcallError, String(error));
  return `${error.code} ${error.reason}`;
}

async function* upTo(count: number): AsyncGenerator<number> {
  for (let index = 0; index < count; index++) yield index;
}

/** A stream that the near side reads and whose producer the test plays by hand on the far side. */
function played(tables: Tables): ReturnType<Tables["give"]> {
  const given = tables.give({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
  // What it sends is the test's doing.
  tables.far.accounts.delete(given.id);
  return given;
}

type Act = (tables: Tables, far: Side, id: number) => void;

/** What is passed over, or answered by `stop`, and harms nobody. */
const harmless: readonly (readonly [string, Act])[] = [
  ["items for a stream that there never was", (_, far) => far.raw(kind.item, 0, 77, 0, bytesOf(1))],
  ["pieces for a stream that there never was", (_, far) => far.raw(kind.item, flag.more, 77, 0, bytesOf(1))],
  ["the end of a stream that there never was", (_, far) => far.raw(kind.end, 0, 77, 0)],
  ["credit for a stream that there never was", (_, far) => far.raw(kind.credit, 0, 77, 1)],
  ["a stop for a stream that there never was", (_, far) => far.raw(kind.stop, 0, 77, 0)],
  ["a stop for a stream that the other side produces", (_, far, id) => far.raw(kind.stop, 0, id, 0)],
  ["credit for a stream that the other side produces", (_, far, id) => far.raw(kind.credit, 0, id, 5)],
  ["stream 0", (_, far) => far.raw(kind.item, 0, 0, 0, bytesOf(1))],
  ["frames without items", (_, far, id) => far.raw(kind.item, 0, id, 0)],
];

for (const [name, act] of harmless) {
  test(`harmless: ${name}`, async () => {
    const tables = new Tables();
    const good = tables.give(upTo(3));
    const { reader, id } = played(tables);
    act(tables, tables.far, id);
    await tables.settle();
    assert.equal(tables.near.broken, null);
    for (let index = 0; index < 3; index++) assert.deepEqual(await good.reader.next(), { value: index, done: false });
    assert.deepEqual(await good.reader.next(), { value: undefined, done: true });
    tables.far.raw(kind.item, 0, id, 0, bytesOf("last"));
    tables.far.raw(kind.end, 0, id, 0);
    await tables.settle();
    assert.deepEqual(await reader.next(), { value: "last", done: false });
    assert.deepEqual(await reader.next(), { value: undefined, done: true });
  });
}

/** What no honest side does: it costs the connection. */
const breaches: readonly (readonly [string, Act])[] = [
  ["a credit of zero", (_, far) => far.raw(kind.credit, 0, 1, 0)],
  ["a credit of zero for nobody", (_, far) => far.raw(kind.credit, 0, 99, 0)],
  ["a credit over 2^31 - 1", (_, far) => far.raw(kind.credit, 0, 1, 0x8000_0000)],
  ["a credit of 2^32 - 1", (_, far) => far.raw(kind.credit, 0, 1, 0xffff_ffff)],
  [
    "credits that sum up to more than 2^31 - 1",
    (_, far) => {
      far.raw(kind.credit, 0, 1, 0x7fff_ffff - 16 * KiB);
      far.raw(kind.credit, 0, 1, 1);
    },
  ],
  ["an item over the credit", (_, far, id) => far.raw(kind.item, 0, id, 0, new Uint8Array(16 * KiB + 1))],
  [
    "items over the credit, one by one",
    (_, far, id) => {
      for (let count = 0; count <= 16; count++) far.raw(kind.item, 0, id, 0, new Uint8Array(KiB));
    },
  ],
  ["a piece over the credit", (_, far, id) => far.raw(kind.item, flag.more, id, 0, new Uint8Array(16 * KiB + 1))],
];

for (const [name, act] of breaches) {
  test(`a breach of the protocol: ${name}`, async () => {
    const tables = new Tables();
    let returned = 0;
    const silent = { next: () => new Promise(() => {}), return: () => returned++ };
    tables.give({ [Symbol.asyncIterator]: () => silent }, { from: tables.near });
    const { reader, id } = played(tables);
    const heard = (async () => {
      for await (const _ of reader) {
        // Until the breach ends it.
      }
    })().catch((error: unknown) => error);
    await tables.settle();
    act(tables, tables.far, id);
    await tables.settle();
    assert.equal(says(tables.near.broken), "INVALID_ARGUMENT BAD_FRAME");
    assert.equal(says(await heard), "UNAVAILABLE CONNECTION_LOST");
    assert.equal(returned, 1);
    assert.deepEqual([tables.near.streams.size, tables.near.streams.shared.used], [0, 0]);
  });
}

/** Items that cost their stream and nothing else; what came before them is read. */
const badItems: readonly (readonly [string, Uint8Array])[] = [
  ["a byte that begins no value", new Uint8Array([0xc1])],
  ["a text that is cut off", new Uint8Array([0xa5, 0x61])],
  ["an array of 2^32 - 1", new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff])],
  ["a handle of a stream", new Uint8Array([0xc7, 5, 7, 2, 0, 0, 0, 1])],
  ["a handle of an object", new Uint8Array([0xc7, 5, 7, 0, 0, 0, 0, 1])],
  ["an array that nests 65 deep", new Uint8Array(70).fill(0x91)],
  ["a key __proto__", Uint8Array.from([0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 1])],
];

for (const [name, body] of badItems) {
  test(`an item that cannot be decoded costs its stream only: ${name}`, async () => {
    const tables = new Tables();
    const good = tables.give(upTo(2));
    const { reader, id, ends } = played(tables);
    const both = new Uint8Array(1 + body.length);
    both.set(body, 1);
    tables.far.raw(kind.item, 0, id, 0, both);
    await tables.settle();
    assert.deepEqual(await reader.next(), { value: 0, done: false });
    await assert.rejects(reader.next(), (error) => says(error) === "INTERNAL BAD_RESULT");
    assert.deepEqual(await reader.next(), { value: undefined, done: true });
    await tables.settle();
    // The producer heard why.
    assert.equal(says(ends.producer[0]), "INTERNAL BAD_RESULT");
    assert.equal(tables.near.endpoint.counters.badItems, 1);
    assert.deepEqual(await good.reader.next(), { value: 0, done: false });
    await good.reader.return();
    await tables.settle();
    assert.deepEqual(tables.left, nothingLeft);
  });
}

test("an item that cannot be decoded reaches a reader who waits, and those who wait behind him", async () => {
  const tables = new Tables();
  const { reader, id } = played(tables);
  const all = [reader.next(), reader.next(), reader.next()];
  for (const one of all) one.catch(() => {});
  tables.far.raw(kind.item, 0, id, 0, new Uint8Array([5, 0xc1]));
  await tables.settle();
  assert.deepEqual(await all[0], { value: 5, done: false });
  await assert.rejects(all[1] ?? Promise.resolve(), (error) => says(error) === "INTERNAL BAD_RESULT");
  assert.deepEqual(await all[2], { value: undefined, done: true });
});

test("data after the end is answered by a stop, and is nowhere", async () => {
  const tables = new Tables();
  const { reader, id } = played(tables);
  tables.far.raw(kind.end, 0, id, 0);
  tables.far.raw(kind.item, 0, id, 0, bytesOf("late"));
  tables.far.raw(kind.end, 0, id, 0, bytesOf({ code: "ABORTED" }));
  await tables.settle();
  assert.deepEqual(await reader.next(), { value: undefined, done: true });
  assert.equal(tables.near.broken, null);
  assert.deepEqual(framesOf(tables.near.end), [`stop:${id}:0`]);
});

test("an end in the middle of an item, and ends with bodies that are no failures", async () => {
  const tables = new Tables();
  const bodies: readonly (readonly [Uint8Array | null, string])[] = [
    [null, "INTERNAL BAD_RESULT"],
    [new Uint8Array([0xc1]), "INTERNAL BAD_MESSAGE"],
    [bytesOf(5), "UNKNOWN THROWN"],
    [bytesOf({ code: "NO SUCH", reason: 7, outcome: [], message: {} }), "UNKNOWN THROWN"],
  ];
  for (const [body, expected] of bodies) {
    const { reader, id } = played(tables);
    tables.far.raw(kind.item, 0, id, 0, bytesOf(1));
    tables.far.raw(kind.item, flag.more, id, 0, new Uint8Array(100));
    tables.far.raw(kind.end, 0, id, 0, body);
    await tables.settle();
    assert.deepEqual(await reader.next(), { value: 1, done: false });
    await assert.rejects(reader.next(), (error) => says(error) === expected);
  }
  assert.equal(tables.near.streams.partBytes, 0);
  assert.equal(tables.near.streams.shared.used, 0);
});

test("an item in pieces that would be longer than a message costs its stream, and holds no more than one", async () => {
  const tables = new Tables({ limits: { message: 100 * KiB, streamWindow: 64 * KiB } });
  const { reader, id } = played(tables);
  const next = reader.next();
  next.catch(() => {});
  let most = 0;
  for (let count = 0; count < 20; count++) {
    await tables.settle();
    tables.far.raw(kind.item, flag.more, id, 0, new Uint8Array(8 * KiB));
    most = Math.max(most, tables.near.streams.held);
  }
  await tables.settle();
  await assert.rejects(next, (error) => says(error) === "RESOURCE_EXHAUSTED TOO_LARGE");
  assert.ok(most <= 100 * KiB, `${most} bytes`);
  assert.equal(tables.near.streams.held, 0);
  assert.equal(tables.near.endpoint.counters.messagesTooLarge, 1);
});

test("items in pieces of many streams hold no more than limits.partialBytes", async () => {
  const tables = new Tables({ limits: { partialBytes: 40 * KiB } });
  const streams = Array.from({ length: 8 }, () => played(tables));
  for (const { id } of streams) tables.far.raw(kind.item, flag.more, id, 0, new Uint8Array(8 * KiB));
  await tables.settle();
  assert.ok(tables.near.streams.partBytes <= 40 * KiB);
  assert.equal(tables.near.endpoint.counters.messagesTooLarge, 3);
  for (const { reader } of streams) await reader.return();
  assert.equal(tables.near.streams.partBytes, 0);
});

test("an item that is too long for its producer costs its stream, and the reader hears why", async () => {
  const tables = new Tables({ limits: { message: 10 * KiB } });
  const { reader } = tables.give([1, new Uint8Array(11 * KiB)]);
  await tables.settle();
  assert.deepEqual(await reader.next(), { value: 1, done: false });
  await assert.rejects(reader.next(), (error) => says(error) === "RESOURCE_EXHAUSTED TOO_LARGE");
  await tables.settle();
  assert.deepEqual(tables.left, nothingLeft);
});

test("a reader that never grants holds a source, and nothing more", async () => {
  const tables = new Tables();
  const source = new Counted();
  const outgoing = tables.near.streams.produce(
    source,
    { method: "Test.stream", of: "argument", errors: [], peer: "the other side", call: 1 },
    0,
    () => {},
  );
  outgoing.begin();
  for (let count = 0; count < 10; count++) await tables.settle();
  assert.equal(source.asked, 0);
  assert.equal(tables.near.streams.held, 0);
  tables.far.raw(kind.credit, 0, outgoing.id, 1);
  await tables.settle();
  // One byte is credit for one item of one byte.
  assert.equal(source.asked, 1);
  tables.far.raw(kind.stop, 0, outgoing.id, 0);
  await tables.settle();
  assert.equal(source.returned, 1);
});

/** In all of them a million streams. */
const rounds = ofTier({ quick: 200, gate: 1_000, all: 10_000 });

test(`opening and leaving a stream ${100 * rounds} times leaves nothing, and the numbers go on`, async () => {
  const tables = new Tables();
  for (let round = 0; round < rounds; round++) {
    for (let count = 0; count < 100; count++) {
      const { reader } = tables.give([1]);
      void reader.return();
    }
    await tables.settle();
    tables.near.end.written.length = 0;
    tables.far.end.written.length = 0;
    tables.near.accounts.clear();
    tables.far.accounts.clear();
  }
  assert.equal(tables.far.endpoint.counters.streamsSent, 100 * rounds);
  assert.deepEqual(tables.left, nothingLeft);
});

test("a flood of frames for unknown streams costs a stop each and no memory", async () => {
  const tables = new Tables();
  for (let count = 0; count < 100_000; count++) tables.far.raw(kind.item, 0, 1000 + count, 0, new Uint8Array(1));
  await tables.settle();
  assert.equal(tables.near.broken, null);
  assert.deepEqual(tables.left, nothingLeft);
});

test("a window's worth of frames of one byte holds that many bytes and few pieces of memory", async () => {
  const tables = new Tables();
  const { reader, id } = played(tables);
  for (let count = 0; count < 16 * KiB; count++) tables.far.raw(kind.item, 0, id, 0, new Uint8Array([1]));
  await tables.settle();
  assert.equal(tables.near.streams.held, 16 * KiB);
  let sum = 0;
  for (let count = 0; count < 16 * KiB; count++) sum += Number((await reader.next()).value);
  assert.equal(sum, 16 * KiB);
});
