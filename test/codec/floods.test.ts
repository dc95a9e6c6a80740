// Hash floods: keys of maps and objects that collide in the engine's tables are refused by count, never by time, and
// honest keys are not refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { comparisons, indexOf } from "#internal/codec/collisions.js";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { isFar } from "#internal/codec/plain-objects.js";
import { Writer } from "#internal/codec/writer.js";
import { UpcallError } from "#internal/errors.js";
import { defaultLimits } from "#internal/limits.js";
import { bigints, colliding, hashInV8, integers, numbersFrom } from "./colliding.ts";
import { platforms } from "./platforms.ts";

setFlagsFromString("--allow-natives-syntax");
const engine = (name: string): ((object: object) => boolean) => runInThisContext(`(object) => %${name}(object)`);
const hasShape = engine("HasFastProperties");
const hasTableOfNumbers = engine("HasDictionaryElements");

const wide = { ...defaultLimits, nodes: 1e6 };
const text = platforms[0]?.[1];
assert.ok(text !== undefined);
const encoder = new Encoder(text, wide);
const written = (value: unknown): Uint8Array => {
  const writer = new Writer();
  encoder.value(writer, value, "value");
  return writer.slice();
};
const decoded = (value: unknown, decoder = new Decoder(text, defaultLimits)): unknown => {
  const bytes = written(value);
  return decoder.value(bytes, 0, bytes.length);
};
const tooMany = (error: unknown): boolean =>
  error instanceof UpcallError && error.reason === "TOO_MANY" && / collide, /.test(error.message);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

for (const [kind, keys] of Object.entries(colliding)) {
  test(`thousands of ${kind} of one bucket are refused in a Set and in a Map, at every depth`, () => {
    const many = keys(8_000);
    assert.throws(() => decoded(new Set(many)), tooMany);
    assert.throws(() => decoded([{ deep: new Map(many.map((key) => [key, null])) }]), tooMany);
    assert.throws(() => decoded(new Set([...upTo(40), ...many])), tooMany);
  });

  test(`what is spent on ${kind} in one Set is spent for the whole message, and for that alone`, () => {
    const decoder = new Decoder(text, defaultLimits);
    const some = keys(500);
    assert.equal((decoded(new Set(some), decoder) as Set<unknown>).size, 500);
    assert.throws(
      () =>
        decoded(
          upTo(20).map(() => new Set(some)),
          decoder,
        ),
      tooMany,
    );
    assert.equal((decoded(new Set(some), decoder) as Set<unknown>).size, 500);
  });
}

test("numbers that collide only while the table is small are found before it grows", () => {
  const small = upTo(64).flatMap((i) => integers(64, i << 11));
  assert.throws(() => decoded(new Set([...small, ...numbersFrom(3).slice(0, 20_000)])), tooMany);
});

test("honest Sets and Maps of numbers, bigints and numeric strings arrive, as many as the limits allow", () => {
  const honest: Readonly<Record<string, unknown[]>> = {
    integers: upTo(60_000),
    "integers, negative": upTo(60_000).map((i) => -i),
    "every 4,096th": upTo(60_000).map((i) => i * 4_096),
    "every 1,000th beyond 2^32": upTo(60_000).map((i) => 2 ** 40 + i * 1_000),
    halves: upTo(60_000).map((i) => i / 2),
    doubles: numbersFrom(7).slice(0, 60_000),
    times: upTo(60_000).map((i) => 1_770_000_000_000 + i * 60_000),
    bigints: upTo(60_000).map((i) => BigInt(i + 1)),
    "bigints beyond 2^64": upTo(30_000).map((i) => 2n ** 64n + BigInt(i)),
    "numeric strings": upTo(60_000).map((i) => String(1_000_000 + i)),
    "every 1,000th as a string": upTo(30_000).map((i) => String(i * 1_000)),
    "random numeric strings": numbersFrom(9)
      .slice(0, 30_000)
      .map((x) => String(Math.floor(x * 1e9))),
  };
  for (const [name, values] of Object.entries(honest)) {
    const set = new Set(values);
    const came = decoded(set) as Set<unknown>;
    assert.ok(came.size === set.size && values.every((value) => came.has(value)), name);
    const map = new Map([...set].slice(0, 32_000).map((key) => [key, null]));
    assert.equal((decoded(map) as Map<unknown, unknown>).size, map.size, name);
    assert.equal(comparisons([...set], Number.MAX_SAFE_INTEGER) < 500_000, true, name);
  }
});

test("what collides on its way out is its sender's own affair", () => {
  assert.ok(written(new Set(integers(2_000))).length > 2_000);
});

test("a limit that is raised lets colliding keys through", () => {
  const decoder = new Decoder(text, { ...defaultLimits, collisions: 1e9 });
  assert.equal((decoded(new Set(bigints(3_000)), decoder) as Set<unknown>).size, 3_000);
});

test("the hashes are those of V8's sources, for every kind of key", () => {
  const keys = [0, -0, 1, -1, 2 ** 31, -(2 ** 31), 0.5, -0.5, 1e300, 2 ** 53, 0n, 7n, -7n, 2n ** 63n];
  for (const key of [...keys, ...numbersFrom(1).slice(0, 200)]) {
    const others = integers(100, hashInV8(key) & 0xffff);
    const beyond = comparisons([...others, key], 1e9) - comparisons(others, 1e9);
    assert.equal(beyond, (others.length - 8) * (typeof key === "bigint" ? 4 : 1), String(key));
  }
  for (const [kind, made] of Object.entries(colliding)) {
    if (kind === "numeric strings") continue;
    const hashes = made(300).map((key) => hashInV8(key as number | bigint) & 0xffff);
    assert.equal(new Set(hashes).size, 1, kind);
  }
});

test("a string is an index in its one form only", () => {
  const indices = ["0", "7", "10", "4294967294"];
  assert.deepEqual(indices.map(indexOf), [0, 7, 10, 4_294_967_294]);
  for (const other of ["", "00", "07", "-1", "1.0", "1e3", " 1", "4294967295", "12345678901", "٣"])
    assert.equal(indexOf(other), -1, other);
});

test("where hashes are unknown, the clock refuses what stands still for eight looks in a row, and nothing else", () => {
  let now = 0;
  let looks = 0;
  const stretches = (ms: (look: number) => number): unknown => {
    looks = 0;
    const clock = (): number => {
      now += ms(looks++);
      return now;
    };
    return decoded(new Set(upTo(40_000)), new Decoder(text, defaultLimits, clock));
  };
  // The first three looks are those around reading the keys, and before the first is set.
  assert.throws(() => stretches((look) => (look < 3 ? 0 : 5)), tooMany);
  assert.ok(stretches((look) => (look % 8 === 0 ? 0 : 500)));
  assert.ok(
    stretches((look) => (look < 3 ? 100 : 5)),
    "a machine that is as slow at reading them",
  );
});

test("objects whose keys all differ have no shapes of their own beyond the first keys of a message, and arrive", () => {
  const objects = upTo(4_000).map((i) => Object.fromEntries(upTo(7).map((j) => [`k${i}_${j}`, j])));
  const decoder = new Decoder(text, defaultLimits);
  for (let round = 0; round < 2; round++) {
    const came = decoded(objects, decoder) as object[];
    assert.equal(JSON.stringify(came), JSON.stringify(objects));
    assert.ok(came.every((one) => Object.getPrototypeOf(one) === Object.prototype));
    assert.ok(came.filter(hasShape).length <= Math.ceil(512 / 7) * (round + 1));
  }
});

test("lists of records whose keys all differ have none either", () => {
  const lists = upTo(3_000).map((i) => upTo(2).map(() => Object.fromEntries(upTo(3).map((j) => [`k${i}_${j}`, j]))));
  const came = decoded(lists) as object[][];
  assert.equal(JSON.stringify(came), JSON.stringify(lists));
  assert.ok(came.flat().filter(hasShape).length <= 2 * Math.ceil(512 / 3));
});

test("a key that is new at the end of an object changes nothing of what stands before it", () => {
  const objects = upTo(2_000).map((i) => ({ id: i, name: "x", toString: 1, 5: 2, [`extra${i}`]: { [`deep${i}`]: i } }));
  assert.equal(JSON.stringify(decoded(objects)), JSON.stringify(objects));
});

test("honest objects keep their shapes: the same keys many times, and after strangers filled a message with theirs", () => {
  const decoder = new Decoder(text, defaultLimits);
  const rows = upTo(2_000).map((i) => ({ id: i, ...(i % 2 === 0 ? { name: "a" } : { nickname: "b" }) }));
  assert.ok((decoded(rows, decoder) as object[]).every(hasShape));
  decoded(
    upTo(5_000).map((i) => ({ [`x${i}`]: 1 })),
    decoder,
  );
  assert.ok((decoded(rows, decoder) as object[]).every(hasShape));
  const dictionary = Object.fromEntries(upTo(10_000).map((i) => [`word${i}`, i]));
  assert.equal(JSON.stringify(decoded(dictionary)), JSON.stringify(dictionary));
});

test("a numeric key is far before an engine would change its mind: by the gap, and by the room that it leaves", () => {
  assert.ok(isFar(20_000, 18_001, 18_000) && isFar(1_000, 0, -1) && isFar(33, 0, -1));
  assert.ok(!isFar(18_001, 18_001, 18_000) && !isFar(-1, 0, -1) && !isFar(31, 0, -1));
});

test("numeric keys with gaps are in a table, however they come, and dense ones are not", () => {
  const gaps = (base: number, gap: number): Record<string, number> => {
    const object: Record<string, number> = {};
    for (let i = 0, at = 0; i < 20_000; i++, at += i < base || i % 2 === 0 ? 1 : gap) object[at] = i;
    return object;
  };
  for (const object of [gaps(10_000, 1_100), gaps(19_000, 2_000), { 4294967294: 1, 4294967295: 2 }, { 1000: 1 }]) {
    const came = decoded(object) as object;
    assert.equal(JSON.stringify(came), JSON.stringify(object));
    assert.ok(hasTableOfNumbers(came));
  }
  const mixed = decoded(upTo(2_000).map((i) => ({ 1000: 1, [`k${i}`]: 2 }))) as object[];
  assert.ok(mixed.every(hasTableOfNumbers));
  const records = decoded(upTo(1_000).map(() => ({ 1000: 1, 9999999: 2 }))) as object[];
  assert.deepEqual(records[999], { 1000: 1, 9999999: 2 });
  assert.ok(records.every(hasTableOfNumbers));
  const dense = decoded(Object.fromEntries(upTo(20_000).map((i) => [i, i]))) as object;
  assert.ok(!hasTableOfNumbers(dense));
  assert.ok(!hasTableOfNumbers(decoded({ 3: 1, 1: 2, name: 3 }) as object));
});

test("items of a stream share one store of new keys and of comparisons, which their bytes fill again", () => {
  const decoder = new Decoder(text, defaultLimits);
  const items = upTo(5_000).map((i) => written({ [`item${i}`]: i }));
  const came = items.map((bytes) => decoder.item(bytes, 0, bytes.length) as object);
  const bytes = items.reduce((sum, { length }) => sum + length, 0);
  assert.ok(came.filter(hasShape).length <= 512 + bytes / 64);
  const some = written(new Set(integers(1_000)));
  const sets = (): void => {
    for (let i = 0; i < 20; i++) decoder.item(some, 0, some.length);
  };
  assert.throws(sets, tooMany);
  const plain = written("x".repeat(70_000));
  decoder.item(plain, 0, plain.length);
  assert.ok(decoder.item(some, 0, some.length));
});
