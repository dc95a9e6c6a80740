// A client whose interfaces carry plain data only has no machinery for streams and references, and no half that answers calls: a
// server that calls it is told UNIMPLEMENTED, and what a later interface declares brings the rest.
import assert from "node:assert/strict";
import { test } from "node:test";
import { callback, defineInterface, method, stream, type UpcallError } from "upcall";
import { z } from "zod";
import { portableText } from "#internal/codec/utf8.js";
import { Counters } from "#internal/counters.js";
import { Endpoint, Platform } from "#internal/endpoint/platform.js";
import { defaultLimits } from "#internal/limits.js";
import type { Session } from "#internal/session/native/session.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { link } from "../harness/link.ts";
import { clientSession } from "../harness/sessions.ts";
import { bodyOf, decoded, Stranger } from "../harness/stranger.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";

const Plain = defineInterface("Plain", { echo: method<(value: unknown) => unknown>() });
const Watch = defineInterface("Watch", { begin: method({ args: [callback<(n: number) => number>({ kept: true })] }) });

const Feed = defineInterface("Feed", {
  begin: method({ args: [callback({ args: [stream<number>()], returns: z.number() })], returns: z.number() }),
});

interface PlainClient {
  readonly clock: VirtualClock;
  readonly session: Session;
  readonly closed: (UpcallError | null)[];
  readonly server: Stranger;
}

/** A client on a platform that has nothing but what its interfaces bring. */
async function plainClient(): Promise<PlainClient> {
  const clock = new VirtualClock();
  const platform = new Platform(clock, (bytes) => bytes.fill(7), portableText);
  const endpoint = new Endpoint(platform, { ...defaultLimits, keepalive: 0 }, new Counters(), null);
  const [near, far] = link();
  const { session, closed } = clientSession(endpoint, near, { interfaces: [Plain] });
  const server = new Stranger(far);
  server.welcome();
  await clock.settle();
  return { clock, session, closed, server };
}

/** What the server was told of its calls: their numbers, whether they were read, and why they failed. */
function refusals({ server }: PlainClient): unknown[] {
  return server.ofKind(kind.failure).map((frame) => {
    const { code, reason, outcome } = decoded(frame) as Record<string, unknown>;
    return [frame.call, (frame.flags & flag.unread) !== 0, code, reason, outcome];
  });
}

test("a call of such a client is answered UNIMPLEMENTED, unread, and a oneway is not answered", async () => {
  const client = await plainClient();
  client.server.send(kind.announce, {}, bodyOf([["Other", [["one", "call"]]]]));
  client.server.send(kind.call, { call: 1 }, bodyOf([1]));
  client.server.send(kind.call, { call: 2, flags: flag.oneway }, bodyOf([1]));
  client.server.send(kind.cancel, { call: 1 });
  await client.clock.settle();
  assert.deepEqual(refusals(client), [[1, true, "UNIMPLEMENTED", "NO_INTERFACE", "not-executed"]]);
  assert.deepEqual(client.closed, [], "the connection goes on");
});

test("its own calls go through, with metadata, signals and deadlines", async () => {
  const { clock, session, server } = await plainClient();
  const [entry] = Plain.table;
  assert.ok(entry !== undefined);
  const made = session.call(0, entry, ["x"], { metadata: { tenant: "blue" }, signal: new AbortController().signal });
  const late = session.call(0, entry, ["y"], { timeout: 10 }).catch((error: UpcallError) => error.code);
  await clock.settle();
  server.send(kind.reply, { call: 1 }, bodyOf("x"));
  await clock.advance(20);
  assert.equal(await made, "x");
  assert.equal(await late, "DEADLINE_EXCEEDED");
});

test("a frame about a reference or a stream that was never sent ends the connection, as any breach", async () => {
  for (const [frameKind, body] of [
    [kind.item, bodyOf([1])],
    [kind.release, bodyOf([1])],
  ] as const) {
    const client = await plainClient();
    client.server.send(frameKind, { call: 1 }, body);
    await client.clock.settle();
    assert.equal(client.server.ofKind(kind.refusal).length, 1);
  }
});

test("a reference or a stream that came where plain data is declared is given back", async () => {
  const client = await plainClient();
  const [entry] = Plain.table;
  assert.ok(entry !== undefined);
  const failures: unknown[] = [];
  for (const handleKind of [0, 2]) {
    const made = client.session.call(0, entry, [], null).catch((error: UpcallError) => failures.push(error.code));
    await client.clock.settle();
    const [{ call } = assert.fail()] = client.server.ofKind(kind.call).slice(-1);
    // An extension of five bytes and the type 7: the handle's kind, and its number.
    client.server.send(kind.reply, { call }, Uint8Array.of(0xc7, 5, 7, handleKind, 0, 0, 0, 9));
    await made;
    await client.clock.settle();
  }
  assert.equal(failures.length, 2);
  assert.deepEqual(client.server.ofKind(kind.release).map(decoded), [[9, 1]]);
  assert.deepEqual(
    client.server.ofKind(kind.stop).map(({ call }) => call),
    [9],
  );
  assert.deepEqual(client.closed, []);
});

test("an interface that declares a callback brings the half that answers, also on a connection that is open", async () => {
  const client = await plainClient();
  client.server.send(kind.announce, {}, bodyOf([["upcall.Function", [["call", "call"]]]]));
  client.server.send(kind.call, { call: 1 }, bodyOf([1]));
  await client.clock.settle();
  const first = client.session.announce(Watch);
  const [entry] = Watch.table;
  assert.ok(entry !== undefined);
  const begun = client.session.call(first, entry, [(n: number) => n + 1], null);
  await client.clock.settle();
  const [call] = client.server.ofKind(kind.call);
  assert.ok(call !== undefined);
  client.server.send(kind.reply, { call: call.call }, bodyOf(undefined));
  await begun;
  // The number of the object in front, as the caller of a reference sends it.
  client.server.send(kind.call, { call: 2, flags: flag.target }, Uint8Array.of(0, 0, 0, 1, ...bodyOf([41])));
  await client.clock.settle();
  assert.equal(refusals(client).length, 1, "the call before it");
  assert.deepEqual(client.server.ofKind(kind.reply).map(decoded), [42]);
});

test("a function that was given brings what it carries itself: here a stream", async () => {
  const client = await plainClient();
  const first = client.session.announce(Feed);
  const [entry] = Feed.table;
  assert.ok(entry !== undefined);
  const sum = async (items: AsyncIterable<number>): Promise<number> => {
    let total = 0;
    for await (const item of items) total += item;
    return total;
  };
  void client.session.call(first, entry, [sum], null).catch(() => {});
  await client.clock.settle();
  client.server.send(kind.announce, {}, bodyOf([["upcall.Function", [["call", "call"]]]]));
  // A call of object 1 with a stream of the number 5, then its items and its end.
  const streamed = Uint8Array.of(0, 0, 0, 1, 0x91, 0xc7, 5, 7, 2, 0, 0, 0, 5);
  client.server.send(kind.call, { call: 2, flags: flag.target }, streamed);
  await client.clock.settle();
  client.server.send(kind.item, { call: 5 }, Uint8Array.of(...bodyOf(40), ...bodyOf(2)));
  client.server.send(kind.end, { call: 5 });
  await client.clock.settle();
  assert.deepEqual(refusals(client), []);
  assert.deepEqual(client.server.ofKind(kind.reply).map(decoded), [42]);
});
