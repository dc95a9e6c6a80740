// Authorization by metadata: what the server's `authorize` hook sees of a call's metadata before its arguments are
// decoded.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metadata } from "upcall";
import type { Authorize, WantedCall } from "#internal/call/access.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { AloneServer, numberOf } from "../harness/alone.ts";
import { bodyOf, decoded } from "../harness/stranger.ts";

const echo = numberOf["echo"] ?? 0;
const malformed = Buffer.concat([Uint8Array.of(0, 1, 0xc1), bodyOf([1])]);
const denied = "PERMISSION_DENIED NOT_ALLOWED";
const bad = "INVALID_ARGUMENT BAD_METADATA";

function annotated(metadata: unknown, body: Uint8Array): Uint8Array {
  const map = bodyOf(metadata);
  return Buffer.concat([Uint8Array.of(map.length >>> 8, map.length & 0xff), map, body]);
}

/** One call of a server with a hook, and what its caller was told. */
async function called(authorize: Authorize, body: Uint8Array, flags: number = flag.annotated): Promise<Told> {
  const alone = new AloneServer({}, { accessHooks: { authorize } });
  await alone.greet();
  alone.client.send(kind.call, { call: 1, method: echo, flags }, body);
  await alone.clock.settle();
  const [failure] = alone.client.ofKind(kind.failure).map((frame) => decoded(frame) as Failure);
  return { alone, says: failure === undefined ? "nothing" : `${failure.code} ${failure.reason}` };
}

interface Told {
  readonly alone: AloneServer;
  readonly says: string;
}

interface Failure {
  readonly code: string;
  readonly reason: string;
}

test("the hook sees it, and of the arguments nothing is decoded", async () => {
  const seen: Metadata[] = [];
  const authorize: Authorize = ({ metadata }) => seen.push(metadata) < 0;
  const { alone, says } = await called(
    authorize,
    annotated({ tenant: "blue", traceparent: "odd" }, Uint8Array.of(0xc1)),
  );
  assert.equal(says, denied);
  assert.deepEqual({ ...seen[0] }, { tenant: "blue" }, "a traceparent that is none is left out, as for the method");
  assert.ok(Object.isFrozen(seen[0]));
  assert.equal(alone.endpoint.counters.badArguments, 0);
});

test("a call without any has an empty one", async () => {
  const seen: Metadata[] = [];
  const { alone } = await called(({ metadata }) => seen.push(metadata) > 0, bodyOf([1]), 0);
  assert.deepEqual(
    seen.map((metadata) => ({ ...metadata })),
    [{}],
  );
  assert.deepEqual(alone.real.echoed, [1]);
});

test("a hook that does not ask has none of it decoded", async () => {
  const { alone, says } = await called(() => false, malformed);
  assert.equal(says, denied);
  assert.equal(alone.endpoint.counters.badMetadata, 0);
});

test("malformed metadata refuses the call with its own code, at once or later", async () => {
  const asking: Authorize = ({ metadata }) => metadata["tenant"] === "blue";
  for (const authorize of [asking, async (call: WantedCall) => asking(call), later(asking)]) {
    const { alone, says } = await called(authorize, malformed);
    assert.equal(says, bad);
    assert.deepEqual([alone.endpoint.counters.badMetadata, alone.endpoint.counters.notAllowed], [1, 0]);
    assert.deepEqual(alone.real.echoed, []);
  }
});

test("a hook that takes malformed metadata for a no has said no; for a yes, and it is refused all the same", async () => {
  for (const [answer, expected] of [
    [false, denied],
    [true, bad],
  ] as const) {
    const authorize: Authorize = (call) => {
      assert.throws(() => call.metadata, { reason: "BAD_METADATA" });
      assert.throws(() => call.metadata, { reason: "BAD_METADATA" });
      return answer;
    };
    const { alone, says } = await called(authorize, malformed);
    assert.equal(says, expected);
    assert.deepEqual(alone.real.echoed, []);
  }
});

test("a hook that takes its time sees what came with its call, whatever came after it", async () => {
  const answers: (() => void)[] = [];
  const seen: string[] = [];
  const authorize: Authorize = async (call) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    seen.push(call.metadata["tenant"] ?? "none");
    return true;
  };
  const alone = new AloneServer({}, { accessHooks: { authorize } });
  await alone.greet();
  for (const [index, tenant] of ["blue", "gold", "grey"].entries()) {
    const frame = annotated({ tenant }, bodyOf([index]));
    alone.client.send(kind.call, { call: index + 1, method: echo, flags: flag.annotated }, frame);
    // A connection reads into the same memory again.
    frame.fill(0xc1);
  }
  await alone.clock.settle();
  for (const answer of answers.toReversed()) answer();
  await alone.clock.settle();
  assert.deepEqual(seen, ["grey", "gold", "blue"]);
  assert.deepEqual(alone.real.echoed, [2, 1, 0]);
});

test("once it has answered, what it kept has no bytes to look at", async () => {
  for (const answer of [true, false]) {
    const kept: WantedCall[] = [];
    await called((call) => kept.push(call) > 0 && answer, annotated({ tenant: "blue" }, bodyOf([1])));
    assert.throws(() => kept[0]?.metadata, { code: "FAILED_PRECONDITION", reason: "BAD_STATE" });
    const read: WantedCall[] = [];
    await called(
      (call) => read.push(call) > 0 && call.metadata !== null && answer,
      annotated({ tenant: "blue" }, bodyOf([1])),
    );
    assert.equal(read[0]?.metadata["tenant"], "blue");
  }
});

/** The same answer once promises had their turn. */
function later(authorize: Authorize): Authorize {
  return async (call) => {
    await Promise.resolve();
    return authorize(call);
  };
}
