// upcall/socket: the system's error codes (ECONNREFUSED, EPIPE ...) become UpcallErrors with a code, a reason and an
// outcome.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UpcallError } from "upcall/socket";
import { fromSystem } from "#internal/socket/system-error.js";

const table = [
  ["ECONNREFUSED", "UNAVAILABLE", "CONNECTION_REFUSED", "not-executed"],
  ["ENOTFOUND", "UNAVAILABLE", "NAME_NOT_RESOLVED", "not-executed"],
  ["EAI_AGAIN", "UNAVAILABLE", "NAME_NOT_RESOLVED", "not-executed"],
  ["EADDRINUSE", "UNAVAILABLE", "ADDRESS_IN_USE", "not-executed"],
  ["EACCES", "PERMISSION_DENIED", "NOT_PERMITTED", "not-executed"],
  ["EADDRNOTAVAIL", "INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", "not-executed"],
  ["EHOSTUNREACH", "UNAVAILABLE", "ADDRESS_NOT_USABLE", "not-executed"],
  ["ECONNRESET", "UNAVAILABLE", "CONNECTION_LOST", "unknown"],
  ["EPIPE", "UNAVAILABLE", "CONNECTION_LOST", "unknown"],
  ["EMSGSIZE", "RESOURCE_EXHAUSTED", "TOO_LARGE", "not-executed"],
  ["EMFILE", "RESOURCE_EXHAUSTED", "TOO_MANY", "not-executed"],
  ["ERR_STREAM_DESTROYED", "CANCELLED", "CLOSED", "unknown"],
  ["EWHATEVER", "UNKNOWN", "SYSTEM", "unknown"],
] as const;

for (const [name, code, reason, outcome] of table) {
  test(`${name} becomes ${code}, ${reason}, ${outcome}`, () => {
    const cause = Object.assign(new Error(name), { code: name });
    const error = fromSystem(cause, "binding to localhost port 80");
    assert.deepEqual([error.code, error.reason, error.outcome], [code, reason, outcome]);
    assert.match(error.message, new RegExp(`^binding to localhost port 80 failed: .+\\(${name}\\)$`));
    assert.equal(error.cause, cause);
  });
}

test("a failure while connecting is always not-executed", () => {
  assert.equal(fromSystem({ code: "ETIMEDOUT", syscall: "connect" }, "connecting").outcome, "not-executed");
  assert.equal(fromSystem({ code: "ETIMEDOUT", syscall: "read" }, "reading").outcome, "unknown");
});

test("of several errors the first decides; an UpcallError stays itself; anything may be thrown", () => {
  const several = new AggregateError([{ code: "ECONNREFUSED" }, { code: "EACCES" }]);
  assert.equal(fromSystem(several, "connecting").reason, "CONNECTION_REFUSED");
  const own = new UpcallError("NOT_FOUND", "mine");
  assert.equal(fromSystem(own, "connecting"), own);
  for (const odd of [undefined, null, 7, "text", {}, { code: 7 }])
    assert.equal(fromSystem(odd, "odd").reason, "SYSTEM");
});
