// The body of a failure frame from an untrusted side: whatever it says, one bounded UpcallError comes of it.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { DeclaredError, type Schema, UpcallError } from "upcall";
import { Decoder } from "#internal/codec/decode.js";
import { portableText } from "#internal/codec/utf8.js";
import { failureOf } from "#internal/failure/encode-error.js";
import { failureIn } from "#internal/failure/read-error.js";
import { defaultLimits } from "#internal/limits.js";
import { bodyOf } from "../harness/stranger.ts";
import { fromHex, toHex, vectors } from "../wire/vectors.ts";
import { InsufficientFunds } from "./subject.ts";

const decoder = new Decoder(portableText, defaultLimits);

function read(bytes: Uint8Array, declared: Parameters<typeof failureIn>[4] = [InsufficientFunds]): UpcallError {
  return failureIn(decoder, bytes, 0, bytes.length, declared);
}

const says = ({ code, reason, outcome }: UpcallError): string => `${code} ${reason} ${outcome}`;
const base = { code: "ABORTED", reason: "THROWN", outcome: "executed", message: "m" };

/** A map with one key whose value is such a map, and so on: what an encoder of ours would not write. */
function chain(key: string, length: number): Uint8Array {
  const head = [0x82, 0xa4, ...Buffer.from("code"), 0xa2, ...Buffer.from("no"), 0xa0 | key.length, ...Buffer.from(key)];
  return Uint8Array.from([...Array.from({ length }, () => head).flat(), 0xc0]);
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  for (let { cause } = error; cause instanceof Error; { cause } = cause) causes.push(cause);
  return causes;
}

/** Every error that hangs together with one, itself too. */
function allOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  return [error, ...allOf(error.cause), ...(error instanceof AggregateError ? error.errors.flatMap(allOf) : [])];
}

suite("names", () => {
  for (const name of [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "",
    "x".repeat(100_000),
    5,
    null,
    {},
    ["InsufficientFunds"],
  ]) {
    test(`${JSON.stringify(name).slice(0, 30)} is no class`, () => {
      const error = read(bodyOf({ ...base, name, data: { missing: 5 } }));
      assert.equal(Object.getPrototypeOf(error), UpcallError.prototype);
      assert.deepEqual([says(error), error.message, "data" in error], ["ABORTED THROWN executed", "m", false]);
    });
  }

  test("a declared one is its class, with the class's code, and no other's", () => {
    const error = read(bodyOf({ ...base, name: "InsufficientFunds", data: { missing: 5 } }));
    assert.ok(error instanceof InsufficientFunds);
    assert.deepEqual([error.code, error.data], ["FAILED_PRECONDITION", { missing: 5 }]);
    assert.equal(read(bodyOf({ ...base, name: "InsufficientFunds" }), []).name, "UpcallError");
  });

  test("no constructor of the class runs, and its prototype stays as it is", () => {
    let ran = 0;
    class Own extends DeclaredError<unknown>("Own") {
      constructor() {
        super("own", null);
        ran++;
      }
    }
    const data = JSON.parse('{"constructor":1,"a":{"prototype":2}}');
    const error = read(bodyOf({ ...base, name: "Own", data }), [Own]);
    assert.ok(error instanceof Own);
    assert.equal(ran, 0);
    assert.deepEqual([error.constructor, error.message, error.data], [Own, "m", data]);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});

suite("data and schemas", () => {
  const schemas: readonly (readonly [string, Schema<unknown>["~standard"]["validate"], RegExp])[] = [
    ["refuses", () => ({ issues: [{ message: "is wrong", path: ["a", 0] }] }), /data\.a\[0\]: is wrong/],
    [
      "throws",
      () => {
        throw new Error("broken");
      },
      /failed: broken/,
    ],
    ["gives a promise", () => Promise.reject(new Error("late")), /promise/],
  ];
  for (const [what, validate, text] of schemas) {
    test(`a schema that ${what} leaves the code, and a cause that says why`, () => {
      const data: Schema<unknown> = { "~standard": { version: 1, vendor: "test", validate } };
      class Checked extends DeclaredError("Checked", { data }) {}
      const error = read(bodyOf({ ...base, name: "Checked", data: 5, cause: base }), [Checked]);
      assert.equal(error instanceof Checked, false);
      assert.deepEqual([says(error), error.message], ["ABORTED THROWN executed", "m"]);
      assert.ok(error.cause instanceof UpcallError);
      assert.equal(says(error.cause), "INTERNAL BAD_RESULT executed");
      assert.match(error.cause.message, text);
      assert.ok(error.cause.cause instanceof UpcallError);
    });
  }

  test("what its schema gives is the data", () => {
    const data: Schema<unknown> = {
      "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: [value] }) },
    };
    class Checked extends DeclaredError("Checked", { data }) {}
    const error = read(bodyOf({ ...base, name: "Checked", data: 5 }), [Checked]);
    assert.ok(error instanceof Checked);
    assert.deepEqual(error.data, [5]);
  });

  test("data that is nested too deep costs the error, and says that it could not be read", () => {
    const error = read(chain("data", 70));
    assert.equal(says(error), "INTERNAL BAD_MESSAGE unknown");
  });
});

suite("causes", () => {
  for (const [length, expected] of [
    [1, 0],
    [2, 1],
    [9, 8],
    [20, 8],
    [64, 8],
  ] as const) {
    test(`of ${length} in each other ${expected} stay`, () => {
      const error = read(chain("cause", length));
      assert.equal(says(error), "UNKNOWN THROWN unknown");
      assert.equal(causesOf(error).length, expected);
    });
  }

  test("10,000 in each other cannot be read", () => {
    assert.equal(says(read(chain("cause", 10_000))), "INTERNAL BAD_MESSAGE unknown");
  });

  test("of many beside each other 16 stay, and 64 of all", () => {
    const wide = { name: "AggregateError", message: "", errors: Array.from({ length: 1000 }, () => base) };
    const { cause } = read(bodyOf({ ...base, cause: wide }));
    assert.ok(cause instanceof AggregateError);
    assert.equal(cause.errors.length, 16);
    const wider = {
      ...wide,
      errors: Array.from({ length: 100 }, () => ({ ...wide, errors: [base, base, base, base, base] })),
    };
    assert.equal(allOf(read(bodyOf({ ...base, cause: wider }))).length, 65);
  });

  test("what is no error is left out", () => {
    for (const cause of [
      5,
      "text",
      [],
      null,
      {},
      { name: "Error" },
      { name: 5, message: "m" },
      { message: "m" },
      new Date(0),
      new Map(),
    ])
      assert.equal(read(bodyOf({ ...base, cause })).cause, undefined);
    for (const errors of [5, {}, "text"]) {
      const { cause } = read(bodyOf({ ...base, cause: { name: "Error", message: "m", errors } }));
      assert.equal(cause instanceof AggregateError, false);
    }
    const { cause } = read(
      bodyOf({ ...base, cause: { name: "AggregateError", message: "m", errors: [5, null, base, {}] } }),
    );
    assert.ok(cause instanceof AggregateError);
    assert.equal(cause.errors.length, 1);
  });

  test("an error of the language is one again, with the stack that was sent", () => {
    const sent = { name: "RangeError", message: "far", stack: "RangeError: far\n    at there:1:1" };
    const { cause } = read(bodyOf({ ...base, cause: sent }));
    assert.ok(cause instanceof RangeError);
    assert.deepEqual([cause.message, cause.stack], ["far", sent.stack]);
    for (const name of ["__proto__", "constructor", "Function", "Bad"]) {
      const { cause: other } = read(bodyOf({ ...base, cause: { name, message: "m" } }));
      assert.ok(other instanceof Error);
      assert.deepEqual([Object.getPrototypeOf(other), other.name, other.stack], [Error.prototype, name, `${name}: m`]);
    }
  });

  test("a declared one keeps its class within another", () => {
    const { cause } = read(bodyOf({ ...base, cause: { ...base, name: "InsufficientFunds", data: { missing: 1 } } }));
    assert.ok(cause instanceof InsufficientFunds);
    assert.equal(cause.data.missing, 1);
    assert.equal(cause.stack, "InsufficientFunds: m");
  });
});

suite("the other fields", () => {
  test("an incident is a short word, or none", () => {
    assert.equal(read(bodyOf({ ...base, incident: "5f3c9a0b" })).incident, "5f3c9a0b");
    for (const incident of [5, "", "a\u001b[2J", "a b", "x".repeat(65), null, [], "a\n"])
      assert.equal(read(bodyOf({ ...base, incident })).incident, null);
  });

  test("a stack is a text, and is cut", () => {
    assert.match(read(bodyOf({ ...base, stack: 5 })).stack ?? "", /failure/);
    assert.equal(read(bodyOf({ ...base, stack: "s".repeat(100_000) })).stack?.length, 16 * 1024);
  });

  test("a body that is no map says the least that is sure", () => {
    for (const body of [
      null,
      5,
      "text",
      [],
      [base],
      new Map(Object.entries(base)),
      new Error("m"),
      new Date(0),
      new Uint8Array(3),
    ])
      assert.equal(
        `${says(read(bodyOf(body)))}: ${read(bodyOf(body)).message}`,
        "UNKNOWN THROWN unknown: the other side gave no message",
      );
    assert.equal(says(read(new Uint8Array(0))), "INTERNAL BAD_MESSAGE unknown");
  });
});

suite("docs/vectors/frames.json", () => {
  const failures = vectors.filter(({ name }) => name.startsWith("failure: "));
  for (const [name, error] of [
    ["failure: an error that the method declares, with its data", new InsufficientFunds("too little", { missing: 5 })],
    [
      "failure: an error that nobody declared",
      new UpcallError("UNKNOWN", bodyNamed("failure: an error that nobody declared").message, {
        incident: "5f3c9a0b5f3c9a0b",
      }),
    ],
    [
      "failure: causes, one of which is no error of upcall but has some",
      new UpcallError("ABORTED", "not saved", {
        cause: new UpcallError("DATA_LOSS", "the disk", {
          cause: new AggregateError(["a", "b"].map((text) => new UpcallError("NOT_FOUND", text))),
        }),
      }),
    ],
  ] as const) {
    test(`${name}: is what is told, and is read again`, () => {
      const vector = failures.find((one) => one.name === name) ?? assert.fail(name);
      const bytes = fromHex(vector.bytes);
      assert.equal(toHex(bodyOf(failureOf(error, "nothing", [InsufficientFunds]))), vector.bytes);
      const again = read(bytes);
      assert.equal(Object.getPrototypeOf(again), Object.getPrototypeOf(error));
      assert.deepEqual(
        failureOf(again, "nothing", [InsufficientFunds]),
        failureOf(error, "nothing", [InsufficientFunds]),
      );
    });
  }
});

function bodyNamed(name: string): { readonly message: string } {
  const { body } = vectors.find((one) => one.name === name) ?? assert.fail(name);
  return body as { readonly message: string };
}
