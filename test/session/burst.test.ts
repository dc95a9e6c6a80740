// Batching of frames: calls of one turn go out in one write, and long bursts in several.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingLeft, Pair, resultOf } from "../harness/sessions.ts";

/** A pair whose ends work at the same time, as processes do, greeted and at rest. */
async function concurrent(): Promise<Pair> {
  const pair = new Pair();
  pair.near.traits.burst = 8;
  pair.far.traits.burst = 8;
  await pair.settle();
  pair.near.written.length = 0;
  pair.far.written.length = 0;
  return pair;
}

const headerLength = 16;

/** Frames in each write, as far as whole frames of one length tell. */
function framesIn(writes: readonly Uint8Array[]): number[] {
  return writes.map((bytes) => {
    let frames = 0;
    for (let at = 0; at < bytes.length; frames++)
      at += headerLength + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
    return frames;
  });
}

test("seven calls of one turn are one write, and their replies another", async () => {
  const pair = await concurrent();
  const calls = Array.from({ length: 7 }, (_, index) => pair.call("echo", [index]));
  await pair.settle();
  assert.deepEqual(calls.map(resultOf), [...calls.keys()]);
  assert.deepEqual(framesIn(pair.near.written), [7]);
  assert.deepEqual(framesIn(pair.far.written), [7]);
  assert.deepEqual(pair.left, nothingLeft);
});

test("a long burst begins to go out before it ends, soon and then seldom, and the next turn starts afresh", async () => {
  const pair = await concurrent();
  for (let turn = 0; turn < 2; turn++) {
    pair.near.written.length = 0;
    const calls = Array.from({ length: 500 }, (_, index) => pair.call("echo", [index]));
    assert.deepEqual(framesIn(pair.near.written), [8, 64, 64, 64, 64, 64, 64, 64], "before the turn is over");
    await pair.settle();
    assert.deepEqual(framesIn(pair.near.written), [8, 64, 64, 64, 64, 64, 64, 64, 44]);
    assert.deepEqual(calls.map(resultOf), [...calls.keys()]);
  }
  assert.deepEqual(pair.left, nothingLeft);
});

test("few frames with many bytes go out early, too", async () => {
  const pair = await concurrent();
  const bytes = new Uint8Array(6 * 1024);
  for (let call = 0; call < 4; call++) pair.call("echo", [bytes]);
  assert.deepEqual(framesIn(pair.near.written), [3]);
  await pair.settle();
  assert.deepEqual(framesIn(pair.near.written), [3, 1]);
});

test("nothing goes out early while the other side has not taken what there is: it would only be more writes", async () => {
  const pair = await concurrent();
  pair.near.full = true;
  for (let call = 0; call < 200; call++) pair.call("echo", [call]);
  assert.deepEqual(framesIn(pair.near.written), [8]);
  await pair.settle();
  assert.deepEqual(framesIn(pair.near.written), [8, 192]);
  pair.near.take();
  await pair.settle();
  assert.deepEqual(pair.left, nothingLeft);
});

test("an end in the same thread gets a turn's frames in one write: it could not begin earlier", async () => {
  const pair = await concurrent();
  pair.near.traits.burst = 0;
  for (let call = 0; call < 500; call++) pair.call("echo", [call]);
  assert.deepEqual(framesIn(pair.near.written), []);
  await pair.settle();
  assert.deepEqual(framesIn(pair.near.written), [500]);
});

test("the first part of a burst takes as long to make as to hand over, where the connection allows it", async () => {
  const pair = await concurrent();
  pair.clock.busy(1_000);
  const firstOfTurn = async (): Promise<number | undefined> => {
    pair.near.written.length = 0;
    for (let call = 0; call < 50; call++) pair.call("echo", [call]);
    const [first] = framesIn(pair.near.written);
    await pair.settle();
    return first;
  };
  const turns = async (count: number): Promise<(number | undefined)[]> => {
    const firsts = [];
    for (let turn = 0; turn < count; turn++) firsts.push(await firstOfTurn());
    return firsts;
  };
  pair.near.onWrite = () => pair.clock.busy(1);
  assert.deepEqual(await turns(3), [8, 9, 10], "writes take long: each turn hands over one frame later");
  assert.deepEqual((await turns(40)).slice(-2), [32, 32], "but never later than that");
  pair.near.onWrite = null;
  assert.deepEqual(await turns(3), [32, 31, 30], "writes take no time: each turn hands over one frame earlier");
  assert.deepEqual((await turns(40)).slice(-2), [8, 8], "but never earlier than the connection says");
  pair.near.traits.burst = 32;
  assert.deepEqual((await turns(3)).slice(1), [32, 32]);
  assert.deepEqual(pair.left, nothingLeft);
});
