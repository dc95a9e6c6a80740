// What a server says of itself is taken only where it is what servers of upcall say; else the place is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "upcall";
import { descriptionsFrom } from "#internal/cli/told.js";

const method = {
  name: "go",
  kind: "call",
  plain: "text",
  idempotent: false,
  timeout: 5_000,
  args: ["schema (zod)", "stream of data", "function"],
  returns: null,
  errors: [{ name: "InsufficientFunds", code: "ABORTED", data: null }],
};
const subject = { name: "bank.Account-1", fingerprint: "0123456789abcdef", methods: [method] };
const withMethod = (fields: object): unknown => [{ ...subject, methods: [{ ...method, ...fields }] }];

test("what a server of upcall says is taken, of a newer one without what is not known", () => {
  assert.deepEqual(descriptionsFrom([subject]), [subject]);
  assert.deepEqual(descriptionsFrom([]), []);
  const newer = { ...subject, license: "MIT", methods: [{ ...method, since: 3 }] };
  assert.deepEqual(descriptionsFrom([newer]), [subject]);
});

const controls = "a\u009b2Jb\u202ec\n";
const first = "interfaces[0]";
const firstMethod = `${first}.methods[0]`;

for (const [what, told, place] of [
  ["a number", 7, "interfaces must be an array, and is 7"],
  ["nothing", undefined, "interfaces must be an array, and is undefined"],
  ["nothing in the place of an interface", [null], `${first} must be an object, and is null`],
  ["a map in the place of an interface", [new Map([["name", "x"]])], `${first} must be an object`],
  ["an instance in the place of an interface", [new Date()], `${first} must be an object`],
  ["an interface without methods", [{ ...subject, methods: undefined }], `${first}.methods must be an array`],
  ["an object in the place of methods", [{ ...subject, methods: {} }], `${first}.methods must be an array`],
  ["an interface whose name has controls", [{ ...subject, name: controls }], `${first}.name must be a name`],
  ["a fingerprint with controls", [{ ...subject, fingerprint: controls }], `${first}.fingerprint must be a name`],
  ["a method whose name has controls", withMethod({ name: controls }), `${firstMethod}.name must be a name`],
  [
    "a method whose name is an array",
    withMethod({ name: ["go"] }),
    `${firstMethod}.name must be a name, and is an array`,
  ],
  ["a name of 100,000 letters", withMethod({ name: "x".repeat(100_000) }), '"xxx'],
  ["a kind that there is not", withMethod({ kind: "twice" }), `${firstMethod}.kind must be one of call, oneway`],
  ["a plain kind that there is not", withMethod({ plain: 1n }), `${firstMethod}.plain must be one of`],
  ["a word in the place of true", withMethod({ idempotent: "yes" }), `${firstMethod}.idempotent must be true or false`],
  ["a time limit that is none", withMethod({ timeout: Number.NaN }), `${firstMethod}.timeout must be milliseconds`],
  ["a time limit below nothing", withMethod({ timeout: -1 }), `${firstMethod}.timeout must be milliseconds`],
  ["words with controls", withMethod({ args: ["data", controls] }), `${firstMethod}.args[1] must be a few words`],
  ["a result with controls", withMethod({ returns: controls }), `${firstMethod}.returns must be a few words`],
  ["a long result", withMethod({ returns: "x".repeat(300) }), `${firstMethod}.returns must be a few words`],
  ["errors that are none", withMethod({ errors: [7] }), `${firstMethod}.errors[0] must be an object, and is 7`],
  ["an error's name with controls", withMethod({ errors: [{ name: controls }] }), ".errors[0].name must be a name"],
  ["an error's code that there is not", withMethod({ errors: [{ name: "E", code: "X" }] }), ".errors[0].code must be"],
  ["20,000 interfaces", Array.from({ length: 20_000 }, () => subject), "entries are taken"],
  [
    "20,000 methods in all",
    Array.from({ length: 200 }, () => ({ ...subject, methods: Array(100).fill(method) })),
    "entries are taken",
  ],
  ["an array with holes", Object.assign([], { length: 3 }), `${first} must be an object, and is undefined`],
] as const)
  test(`${what} is no description`, () => {
    assert.throws(
      () => descriptionsFrom(told),
      (error: unknown) => {
        assert.ok(error instanceof UpcallError);
        const { code, reason, outcome, message } = error;
        assert.deepEqual([code, reason, outcome], ["INTERNAL", "BAD_RESULT", "executed"]);
        assert.ok(message.includes(place), message);
        assert.ok(message.length < 500 && !/\p{Cc}|\p{Bidi_Control}/u.test(message), message);
        return true;
      },
    );
  });
