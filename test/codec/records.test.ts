// The codec: when an array of plain objects travels as records, and that objects which change meanwhile make no wrong
// bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Decoder } from "#internal/codec/decode.js";
import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { assertSame } from "../harness/same.ts";

const encoder = new Encoder(portableText, defaultLimits);
const decoder = new Decoder(portableText, defaultLimits);

function marshalled(value: unknown): Uint8Array {
  const writer = new Writer(0);
  encoder.value(writer, value, "value");
  return writer.slice();
}

const back = (bytes: Uint8Array): unknown => decoder.value(bytes, 0, bytes.length);

/** The value as it comes back, and whether it was sent as records. */
function sent(value: unknown): { value: unknown; records: boolean } {
  const bytes = marshalled(value);
  return { value: back(bytes), records: bytes[0] === 0xc7 && bytes[2] === 8 };
}

const hidden = (object: object, key: string): object =>
  Object.defineProperty(object, key, { value: 9, enumerable: false });

test("symbol keys and properties that are not enumerable stay behind and make no difference", () => {
  const list = [{ a: 1, [Symbol("s")]: 2 }, hidden({ a: 3 }, "b"), hidden({ a: 4 }, "0")];
  assert.deepEqual(sent(list), { value: [{ a: 1 }, { a: 3 }, { a: 4 }], records: true });
});

test("keys that are not enumerable in one object and are in another are other keys", () => {
  assert.deepEqual(sent([{ a: 1, b: 2 }, hidden({ a: 3 }, "b")]), {
    value: [{ a: 1, b: 2 }, { a: 3 }],
    records: false,
  });
});

test("undefined is a value of a record, and not a key less", () => {
  const list = [{ a: undefined }, { a: 1 }];
  assert.deepEqual(sent(list), { value: list, records: true });
  assert.equal(Object.hasOwn((sent(list).value as object[])[0] ?? {}, "a"), true);
});

test("keys that are numbers, no text at all, and those of Object.prototype", () => {
  for (const list of [
    [
      { 7: "a", x: 1, 0: "b" },
      { x: 2, 0: "c", 7: "d" },
    ],
    [{ "": 1 }, { "": 2 }],
    [
      { constructor: 1, hasOwnProperty: 2, toJSON: 3 },
      { constructor: 4, hasOwnProperty: 5, toJSON: 6 },
    ],
  ]) {
    const { value, records } = sent(list);
    assertSame(value, list);
    assert.equal(records, true);
  }
});

test("a key __proto__ is refused as elsewhere", () => {
  const list = JSON.parse('[{"a":1,"__proto__":1},{"a":1,"__proto__":1}]');
  assert.throws(() => marshalled(list), /cannot send value\[0\]: it has a key __proto__/);
});

test("where something was put into Object.prototype for all to see, each object is sent with its own keys", () => {
  Object.defineProperty(Object.prototype, "b", { value: 7, enumerable: true, configurable: true, writable: true });
  try {
    // A loop over either object gives a and b.
    const list = [{ a: 1, b: 2 }, { a: 3 }];
    const bytes = marshalled([list, Object.create(null), { a: 5 }, new Map([[1, { b: 6 }]])]);
    Reflect.deleteProperty(Object.prototype, "b");
    assertSame(back(bytes), [list, {}, { a: 5 }, new Map([[1, { b: 6 }]])]);
  } finally {
    Reflect.deleteProperty(Object.prototype, "b");
  }
});

test("objects of another realm, of none, and of classes are no records", () => {
  const far = runInNewContext("[{ a: 1 }, { a: 2 }]");
  assert.deepEqual(sent([...far]), { value: [{ a: 1 }, { a: 2 }], records: false });
  assert.deepEqual(sent([{ a: 1 }, Object.assign(Object.create(null), { a: 2 })]).records, false);
  class Point {
    a = 1;
  }
  assert.throws(() => marshalled([{ a: 1 }, new Point()]), /cannot send value\[1\]: it is an instance of class Point/);
});

test("a hole, and an item that is missing in the middle, are found", () => {
  const holed = [{ a: 1 }, { a: 2 }, { a: 3 }];
  Reflect.deleteProperty(holed, 1);
  assert.throws(() => marshalled(holed), /cannot send value: it has a hole at \[1\]/);
});

test("the place of what cannot be sent is that of the array of objects", () => {
  const list = [
    { id: 1, owner: null },
    { id: 2, owner: { call: () => 1 } },
  ];
  assert.throws(() => marshalled({ list }), /cannot send value\.list\[1\]\.owner\.call: it is a function/);
});

test("a getter is read once, in records and in what turns out to be none", () => {
  for (const last of [{ a: 0 }, { b: 0 }]) {
    let reads = 0;
    const list = Array.from({ length: 3 }, () => ({
      get a(): number {
        return ++reads;
      },
    }));
    assertSame(back(marshalled([...list, last])), [{ a: 1 }, { a: 2 }, { a: 3 }, last]);
    assert.equal(reads, 3);
  }
});

test("lists that only look like records at every level are written in one go", () => {
  let reads = 0;
  let value: unknown = 1;
  // Were each list tried as records and then written anew, the innermost would be written 2^25 times.
  for (let level = 0; level < 25; level++) {
    const inner = value;
    const object = {
      get a(): unknown {
        reads++;
        return inner;
      },
      b: 1,
    };
    value = [object, { a: 1, c: 1 }];
  }
  marshalled(value);
  assert.equal(reads, 25);
});

test("proxies of plain objects are sent as what they show, and asked for each value once", () => {
  const asked: string[] = [];
  const shown = (target: object): object =>
    new Proxy(target, {
      get: (object, key) => {
        asked.push(String(key));
        return Reflect.get(object, key);
      },
    });
  const list = [shown({ a: 1, b: 2 }), { a: 3, b: 4 }, shown(hidden({ a: 5, b: 6 }, "c"))];
  assert.deepEqual(sent(list), {
    value: [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
      { a: 5, b: 6 },
    ],
    records: true,
  });
  assert.deepEqual(asked, ["a", "b", "a", "b"]);
});

class Pair {
  a = 1;
  b = 1;
}

test("a getter that changes the records behind it is refused, and the writer stands where it stood", () => {
  const changes: readonly ((list: unknown[]) => void)[] = [
    (list) => Reflect.deleteProperty(list[2] as object, "a"),
    (list) => Object.assign(list[2] as object, { c: 1 }),
    (list) => (list[2] = { b: 1, a: 1 }),
    (list) => (list[2] = 5),
    (list) => (list[2] = new Pair()),
    (list) => (list.length = 2),
    (list) => Reflect.deleteProperty(list[1] as object, "b"),
  ];
  for (const change of changes) {
    const list: unknown[] = [];
    let once = true;
    const moody = {
      get a(): number {
        if (once) change(list);
        once = false;
        return 1;
      },
      b: 1,
    };
    list.push({ a: 0, b: 0 }, moody, { a: 0, b: 0 });
    const writer = new Writer();
    encoder.value(writer, "before", "value");
    const { position } = writer;
    assert.throws(() => encoder.value(writer, list, "value"), { reason: "NOT_MARSHALLABLE", outcome: "not-executed" });
    assert.equal(writer.position, position, String(change));
    assert.equal(writer.busy, false);
  }
});

test("a getter of a record that writes to the same output is refused", () => {
  const writer = new Writer();
  const write = (): number => {
    writer.ensure(1);
    writer.u8(0xc1);
    return 1;
  };
  const getting = Object.defineProperty({}, "a", { get: write, enumerable: true });
  /** The item is looked at and then sent; what is behind the index writes only at that time of these. */
  const indexed = (index: number, time: number): unknown[] => {
    let times = 0;
    const get = (): object => {
      if (++times === time) write();
      return { a: 1 };
    };
    return Object.defineProperty([{ a: 1 }, { a: 1 }], index, { get });
  };
  for (const list of [[{ a: 1 }, getting], [getting, { a: 1 }], indexed(0, 1), indexed(1, 1), indexed(1, 2)]) {
    assert.throws(() => encoder.value(writer, list, "value"), { reason: "NOT_MARSHALLABLE" });
    assert.equal(writer.position, 0);
  }
});

test("arguments are a list and never records, whatever they are", () => {
  const writer = new Writer();
  encoder.list(writer, [{ a: 1 }, { a: 2 }], "arguments");
  assert.equal(writer.bytes[0], 0x92);
});

test("each record is an object of its own", () => {
  const [one, other] = back(marshalled([{ a: [1] }, { a: [1] }])) as { a: number[] }[];
  assert.notEqual(one, other);
  assert.notEqual(one?.a, other?.a);
});

test("setters and frozen properties of Object.prototype are not met by records", () => {
  const bytes = marshalled([
    { poisoned: 1, toString: 2 },
    { poisoned: 3, toString: 4 },
  ]);
  let met = false;
  const meet = (): void => {
    met = true;
  };
  Object.defineProperty(Object.prototype, "poisoned", { set: meet, configurable: true });
  try {
    for (let round = 0; round < 2; round++) {
      assert.deepEqual((back(bytes) as object[]).map(Object.entries), [
        [
          ["poisoned", 1],
          ["toString", 2],
        ],
        [
          ["poisoned", 3],
          ["toString", 4],
        ],
      ]);
    }
  } finally {
    Reflect.deleteProperty(Object.prototype, "poisoned");
  }
  assert.equal(met, false);
});

test("records count towards the limits as the array of maps that they stand for", () => {
  const list = Array.from({ length: 10 }, (_, a) => ({ a, b: [a] }));
  // The array, 10 objects, 20 keys, 20 values, 10 items; three levels of containers.
  for (const [nodes, depth, reason] of [
    [61, 3, undefined],
    [60, 3, "TOO_MANY"],
    [61, 2, "TOO_DEEP"],
  ] as const) {
    const limits = { ...defaultLimits, nodes, depth };
    const bytes = marshalled(list);
    const encode = (): void => new Encoder(portableText, limits).value(new Writer(), list, "value");
    const decode = (): unknown => new Decoder(portableText, limits).value(bytes, 0, bytes.length);
    if (reason === undefined) {
      encode();
      decode();
    } else {
      assert.throws(encode, { reason });
      assert.throws(decode, { reason });
    }
  }
});
