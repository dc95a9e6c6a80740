// Streams whose other end keeps no rule, on a real server.

import { handleKind } from "#internal/codec/handle.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { bodyOf, frameOf } from "../../harness/stranger.ts";
import type { Case, Offence, Table } from "../case.ts";
import { argumentsOf, handle, numberOf, type Offender, says } from "../offender.ts";

const KiB = 1024;
const everywhere = ["native tcp", "native unix", "pool tcp"] as const;
const inline = ["native tcp", "native unix"] as const;

/** Begins a call whose argument is a stream that the offender plays; waits for its first credit. */
async function producing(offence: Offence): Promise<{ offender: Offender; call: number; id: number }> {
  const offender = await offence.greeted();
  const id = 5;
  const call = await offender.call("Target.sum", [handle(handleKind.stream, id)]);
  await offender.until(() => offender.count(kind.credit) > 0);
  return { offender, call, id };
}

async function settled(offender: Offender, call: number): Promise<string> {
  await offender.until(() => offender.answerTo(call) !== undefined);
  return `${says(offender.answerTo(call))}; ${await offender.served()}`;
}

type Act = (offender: Offender, id: number) => Promise<void>;

/** What no honest reader or producer sends: it costs the connection. */
const breaches: readonly (readonly [string, Act])[] = [
  ["a credit of zero", async (offender, id) => await offender.send(kind.credit, { call: id, remaining: 0 })],
  ["a negative credit", async (offender, id) => await offender.send(kind.credit, { call: id, remaining: 0xffff_ffff })],
  [
    "credits that overflow",
    async (offender) => {
      await offender.call("Target.count", [1_000_000]);
      await offender.until(() => offender.count(kind.item) > 0);
      for (let count = 0; count < 3; count++) await offender.send(kind.credit, { call: 1, remaining: 0x7fff_ffff });
    },
  ],
  [
    "an item over the credit",
    async (offender, id) => await offender.send(kind.item, { call: id }, new Uint8Array(300 * KiB)),
  ],
  [
    "a million items and no credit",
    async (offender, id) => {
      const frames = Array.from({ length: 1_000 }, () => frameOf(kind.item, { call: id }, new Uint8Array(100)));
      await offender.call("Target.ignore", [handle(handleKind.stream, id + 1)]);
      await offender.flood(Buffer.concat(frames.map((frame) => withCall(frame, id + 1))), 1_000);
    },
  ],
];

/** The same frame for another stream. */
function withCall(frame: Uint8Array, call: number): Uint8Array {
  new DataView(frame.buffer, frame.byteOffset).setUint32(8, call);
  return frame;
}

const breaking: readonly Case[] = breaches.map(([what, act]) => ({
  name: what,
  doors: everywhere,
  hears: "INVALID_ARGUMENT BAD_FRAME",
  moves: ["badFrames"],
  attack: async (offence) => {
    const { offender, id } = await producing(offence);
    await act(offender, id);
    return await offender.refused();
  },
}));

const badItems: readonly (readonly [string, Uint8Array])[] = [
  ["the byte that begins no value", Uint8Array.of(0xc1)],
  ["a text that is cut off", Uint8Array.of(0xa5, 0x61)],
  ["an array of 2^32-1", Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ["a handle of a stream", Uint8Array.of(0xc7, 5, 7, 2, 0, 0, 0, 1)],
  ["65 arrays in each other", new Uint8Array(70).fill(0x91)],
  ["a key __proto__", Uint8Array.of(0x81, 0xa9, ...Buffer.from("__proto__"), 1)],
];

export const streams: Table = {
  name: "streams",
  cases: [
    ...breaking,
    {
      name: "items that are no values",
      doors: everywhere,
      // The method read it and let the error out: what a method throws is its own.
      hears: "INTERNAL THROWN executed; it goes on",
      moves: ["badItems"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        let id = 10;
        for (const [, body] of badItems) {
          const credits = offender.count(kind.credit);
          const call = await offender.call("Target.sum", [handle(handleKind.stream, ++id)]);
          await offender.until(() => offender.count(kind.credit) > credits);
          await offender.send(kind.item, { call: id }, body);
          said.push(await settled(offender, call));
        }
        return [...new Set(said)].join("; ");
      },
    },
    {
      name: "data after the end, and the end twice",
      doors: everywhere,
      hears: "a reply; it goes on",
      moves: ["itemsReceived"],
      attack: async (offence) => {
        const { offender, call, id } = await producing(offence);
        await offender.send(kind.item, { call: id }, Uint8Array.of(1, 2, 3));
        await offender.send(kind.end, { call: id });
        for (let count = 0; count < 100; count++) {
          await offender.send(kind.item, { call: id }, Uint8Array.of(9));
          await offender.send(kind.end, { call: id }, bodyOf({ code: "ABORTED" }));
        }
        return await settled(offender, call);
      },
    },
    {
      name: "more streams than allowed, in arguments and in results",
      doors: inline,
      // BUSY as well, where what is played beside it holds so much memory that this one is the largest holder.
      hears:
        /^RESOURCE_EXHAUSTED TOO_MANY not-executed; (?:RESOURCE_EXHAUSTED BUSY not-executed; )?RESOURCE_EXHAUSTED TOO_MANY executed; it goes on$/,
      moves: ["refusedStreams"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let count = 0; count < 500; count++)
          await offender.call("Target.ignore", [handle(handleKind.stream, count + 1)]);
        await offender.until(() => offender.count(kind.failure) >= 500 - 128);
        for (let count = 0; count < 500; count++) await offender.call("Target.large", [1_000]);
        await offender.until(() => offender.count(kind.failure) >= 2 * (500 - 128));
        return [...offender.failures.keys(), await offender.served()].join("; ");
      },
    },
    {
      name: "one number for two streams",
      doors: everywhere,
      hears: "INVALID_ARGUMENT BAD_REFERENCE not-executed; it goes on",
      moves: ["badReferences"],
      attack: async (offence) => {
        const { offender, id } = await producing(offence);
        return `${await offender.ask("Target.sum", [handle(handleKind.stream, id)])}; ${await offender.served()}`;
      },
    },
    {
      name: "128 producers of 1 GiB each, and a reader that grants nothing",
      doors: inline,
      hears: "it goes on",
      moves: ["streamsSent"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let count = 0; count < 128; count++) await offender.call("Target.large", [16 * KiB]);
        await offender.until(() => offender.count(kind.reply) >= 128);
        return await offender.served();
      },
    },
    {
      name: "a producer of 1 GiB, all of it granted, and a reader that never reads",
      doors: ["short tcp", "short unix"],
      hears: /^(reset|closed)$/,
      moves: ["unsentCloses"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        await offender.call("Target.large", [16 * KiB]);
        await offender.until(() => offender.count(kind.item) > 0);
        offender.socket.pause();
        await offender.send(kind.credit, { call: 1, remaining: 0x7000_0000 });
        await offence.counted("unsentCloses", 1);
        offender.socket.resume();
        return await offender.refused();
      },
    },
    {
      name: "a producer of 1 GiB and a reader of a few bytes a turn",
      doors: inline,
      hears: "it goes on",
      moves: ["itemsSent"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        await offender.call("Target.large", [16 * KiB]);
        await offender.until(() => offender.count(kind.item) > 0);
        await offender.send(kind.credit, { call: 1, remaining: 0x7000_0000 });
        for (let count = 0; count < 200; count++) {
          offender.socket.pause();
          await new Promise((resolve) => setImmediate(resolve));
          offender.socket.resume();
          const { received } = offender;
          await offender.until(() => offender.received > received);
        }
        await offender.send(kind.stop, { call: 1 });
        return await offender.served();
      },
    },
    {
      name: "opens and leaves a stream 20,000 times",
      doors: everywhere,
      hears: "it goes on",
      moves: ["streamsStopped"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const count = 20_000;
        for (let sent = 0; sent < count; ) {
          const frames: Uint8Array[] = [];
          const first = offender.frames.length;
          for (let i = 0; i < 100; i++, sent++) {
            const header = { method: numberOf("Target.large"), call: offender.next(), remaining: 30_000 };
            frames.push(frameOf(kind.call, header, argumentsOf([1])));
          }
          await offender.write(Buffer.concat(frames));
          await offender.until(() => offender.count(kind.reply) + offender.count(kind.failure) >= sent);
          const stops = offender.frames
            .slice(Math.min(first, offender.frames.length - 100))
            .filter((frame) => frame.kind === kind.reply)
            .map((frame) => frameOf(kind.stop, { call: new DataView(frame.body.buffer).getUint32(4) }));
          await offender.write(Buffer.concat(stops));
        }
        return await offender.served();
      },
    },
    {
      name: "100,000 frames for streams that there never were",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (const frameKind of [kind.item, kind.end, kind.stop, kind.credit]) {
          const frames = Array.from({ length: 1_000 }, (_, i) =>
            frameOf(
              frameKind,
              { call: 1_000 + i, remaining: 1 },
              frameKind === kind.item ? Uint8Array.of(1) : undefined,
            ),
          );
          await offender.flood(Buffer.concat(frames), 25);
        }
        return await offender.served();
      },
    },
    {
      name: "items in pieces that never end, on 128 streams",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED THROWN executed; it goes on",
      moves: ["messagesTooLarge"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let id = 1; id <= 128; id++) await offender.call("Target.sum", [handle(handleKind.stream, id)]);
        await offender.until(() => offender.count(kind.credit) >= 128);
        let seen = 0;
        // All that is granted is sent, until what came in part is too much for one connection.
        while (offender.count(kind.failure) === 0) {
          const credits = offender.frames.slice(seen).filter((frame) => frame.kind === kind.credit);
          seen = offender.frames.length;
          for (const { call, remaining } of credits)
            await offender.send(kind.item, { call, flags: flag.more }, new Uint8Array(Math.min(remaining, 256 * KiB)));
          await offender.until(() => offender.frames.length > seen);
        }
        return `${[...offender.failures.keys()].join()}; ${await offender.served()}`;
      },
    },
  ],
};
