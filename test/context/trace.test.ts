// W3C trace context (traceparent) in metadata goes through: a call that is made in another one belongs to the same
// trace.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Metadata, within } from "upcall";
import { isTraceparent } from "#internal/call/trace.js";
import { Nested, outcomeOf } from "./nested.ts";

const trace = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";
const traceparent = `00-${trace}-${parent}-01`;

test("what a traceparent is", () => {
  for (const text of [
    traceparent,
    `00-${trace}-${parent}-00`,
    `cc-${trace}-${parent}-01-more`,
    `01-${trace}-${parent}-01`,
  ])
    assert.equal(isTraceparent(text), true, text);
  for (const text of [
    "",
    "00",
    traceparent.toUpperCase(),
    ` ${traceparent}`,
    `${traceparent}\n`,
    `${traceparent}-more`,
    `cc-${trace}-${parent}-01more`,
    `ff-${trace}-${parent}-01`,
    `00-${"0".repeat(32)}-${parent}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.slice(1)}-${parent}-01`,
    `00-${trace}-${parent}-1`,
    `00-${trace}-${parent}`,
    `0g-${trace}-${parent}-01`,
  ])
    assert.equal(isTraceparent(text), false, text);
});

/** What the server behind is told of a call that is made in one with this metadata. */
async function handedOn(metadata: Metadata, own?: Metadata): Promise<{ front: Metadata; back: Metadata }> {
  let front: Metadata = {};
  const nested = new Nested((what, call, back) => {
    front = { ...call.metadata };
    const bound = call.bind(back);
    return (own === undefined ? bound : within(bound, { metadata: own })).wait(what);
  });
  const outcome = outcomeOf(within(nested.front, { metadata }).ask("x"));
  await nested.clock.settle();
  nested.last.resolve(null);
  await nested.clock.settle();
  assert.equal(outcome.said, "null");
  return { front, back: { ...nested.last.call.metadata } };
}

test("bound calls carry the trace, and nothing else", async () => {
  assert.deepEqual(await handedOn({ traceparent, tracestate: "a=1,b=2", tenant: "x" }), {
    front: { traceparent, tracestate: "a=1,b=2", tenant: "x" },
    back: { traceparent, tracestate: "a=1,b=2" },
  });
  assert.deepEqual((await handedOn({ traceparent })).back, { traceparent });
  assert.deepEqual((await handedOn({ tenant: "x" })).back, {});
});

test("what the call says itself comes before it", async () => {
  const other = `00-${trace}-00f067aa0ba902b7-01`;
  assert.deepEqual((await handedOn({ traceparent, tracestate: "a=1" }, { traceparent: other, tenant: "y" })).back, {
    traceparent: other,
    tracestate: "a=1",
    tenant: "y",
  });
});

test("a malformed one is dropped, its state with it, and neither is handed on", async () => {
  assert.deepEqual(await handedOn({ traceparent: "00-nonsense", tracestate: "a=1", tenant: "x" }), {
    front: { tenant: "x" },
    back: {},
  });
  assert.deepEqual(await handedOn({ tracestate: "a=1" }), { front: {}, back: {} });
});
