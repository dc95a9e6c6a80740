// Bytes that are no frames, or too many, or too few, on a real server.

import { flag, kind } from "#internal/wire/native/frame.js";
import { bodyOf, frameOf, prefaceBytes } from "../../harness/stranger.ts";
import type { Case, Offence, Table } from "../case.ts";
import { argumentsOf, greeting, numberOf, type Offender, says } from "../offender.ts";
import { addresses, together } from "./together.ts";

const inline = ["native tcp", "native unix"] as const;
const preface = prefaceBytes();
/** A conversation that is as short as can be. */
const short = Buffer.concat([
  preface,
  greeting({ interfaces: [["Target", [["reverse", "call"]]]] }),
  frameOf(kind.call, { call: 1, remaining: 30_000 }, argumentsOf(["ab"])),
]);

/** What each of several connections, one after the other, is told: once each. */
async function each(
  offence: Offence,
  attacks: Iterable<readonly [greeted: boolean, bytes: Uint8Array]>,
  told: (offender: Offender) => Promise<string> = async (offender) => await offender.refused(),
): Promise<string> {
  const said = new Set<string>();
  for (const [greeted, bytes] of attacks) {
    const offender = greeted ? await offence.greeted() : await offence.connect();
    await offender.write(bytes);
    said.add(await told(offender));
    offender.leave();
  }
  return [...said].sort().join("; ");
}

const strangers: Readonly<Record<string, Uint8Array>> = {
  TLS: Buffer.from("16030100c8010000c40303", "hex"),
  HTTP: Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  "a browser's POST": Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\n{"method":"constructor"}'),
  "HTTP/2": Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  SSH: Buffer.from("SSH-2.0-OpenSSH_9.6\r\n"),
  zeroes: Buffer.alloc(64),
};

const first: readonly Case[] = Object.entries(strangers).map(([what, bytes]) => ({
  name: `the first bytes of ${what}`,
  doors: inline,
  hears: "INVALID_ARGUMENT BAD_GREETING",
  moves: ["badGreetings"],
  attack: async (offence) => await each(offence, [[false, bytes]]),
}));

/** After a whole greeting, one frame whose header says this. */
function declaring(length: number): readonly [boolean, Uint8Array] {
  return [true, frameOf(kind.call, { call: 1, length })];
}

/** Every frame without a body, and what it needs not to be one of those that go on. */
function* kinds(): Generator<readonly [boolean, Uint8Array]> {
  for (let frameKind = 0; frameKind < 256; frameKind++) yield [true, frameOf(frameKind, { call: 9 })];
}

/** Kinds whose body has no place for a block of entries, and blocks that are not what they say. */
function* extended(): Generator<readonly [boolean, Uint8Array]> {
  for (const frameKind of [kind.cancel, kind.ping, kind.item, kind.announce, kind.greeting])
    yield [true, frameOf(frameKind, { call: 9, flags: flag.extended })];
  for (const bytes of [[], [0], [0, 1], [0xff, 0xff, 1], [0, 2, 1, 0], [0, 4, 1, 0, 2, 7], [0, 3, 1, 0xff, 0xff]])
    for (const flags of [flag.extended, flag.extended | flag.annotated, flag.extended | flag.oneway])
      yield [true, frameOf(kind.call, { call: 9, flags }, Uint8Array.from(bytes))];
}

/** A call of a method that answers, with a block of so many bytes in front, all of them entries with an odd tag. */
function skipped(call: number, length: number): Uint8Array {
  const block = new Uint8Array(2 + length);
  new DataView(block.buffer).setUint16(0, length);
  for (let at = 2; at < block.length; at += 3) block[at] = 0xff;
  const body = Buffer.concat([block, argumentsOf(["ab"])]);
  return frameOf(
    kind.call,
    { call, method: numberOf("Target.reverse"), remaining: 30_000, flags: flag.extended },
    body,
  );
}

function* random(): Generator<readonly [boolean, Uint8Array]> {
  let state = 0x2545_f491;
  for (let round = 0; round < 100; round++) {
    const bytes = new Uint8Array(1_000);
    for (let i = 0; i < bytes.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[i] = state;
    }
    yield [round % 2 === 0, bytes];
  }
}

/** Greetings that cannot be understood. */
const greetings: readonly Readonly<Record<string, unknown>>[] = [
  { session: new Uint8Array(15) },
  { session: "sixteen letters!" },
  { session: null },
  { limits: [] },
  { interfaces: {} },
  { interfaces: [["Target"]] },
  { interfaces: [[5, []]] },
  { interfaces: [["Target", [[5, "call"]]]] },
  { interfaces: [["Target", [["x".repeat(129), "call"]]]] },
  { interfaces: [["x".repeat(129), []]] },
];

/** Greetings in which something has no sense, and means the least. */
const odd: readonly Readonly<Record<string, unknown>>[] = [
  { limits: { calls: -1, message: Number.NaN } },
  { limits: { calls: "all", message: Number.POSITIVE_INFINITY } },
  { limits: { calls: 2n ** 70n, message: {} } },
  { features: "extended" },
  { features: [1, null, "x".repeat(1_000), ...Array.from({ length: 1_000 }, (_, at) => `f${at}`), "extended"] },
  { other: { deeply: [[[[[[[[[[1]]]]]]]]]] }, constructor: 1, toString: "x", toJSON: [] },
];

export const framing: Table = {
  name: "framing",
  cases: [
    ...first,
    {
      name: "a length of 2^32-1, and of one over the limit, before the greeting",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badGreetings"],
      attack: async (offence) =>
        await each(
          offence,
          [0xffff_ffff, 0x8000_0000, 16_385].map((length): readonly [boolean, Uint8Array] => [
            false,
            Buffer.concat([preface, frameOf(kind.greeting, { length })]),
          ]),
        ),
    },
    {
      name: "a length of 2^32-1, and of one over the limit",
      doors: [...inline, "pool tcp"],
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) => await each(offence, [0xffff_ffff, 0x8000_0000, 327_681].map(declaring)),
    },
    {
      name: "frames of length 0 and of all 256 kinds",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME; INVALID_ARGUMENT BAD_MESSAGE; closed; it goes on",
      moves: ["badFrames"],
      attack: async (offence) => await each(offence, kinds(), async (offender) => await offender.served()),
    },
    {
      name: "blocks of entries where there is none, and blocks that lie",
      doors: [...inline, "pool tcp"],
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) => await each(offence, extended()),
    },
    {
      name: "1,000 calls, each with 21,845 entries that may be skipped",
      doors: inline,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let sent = 0; sent < 1_000; sent += 50)
          await offender.write(Buffer.concat(Array.from({ length: 50 }, () => skipped(offender.next(), 65_535))));
        await offender.until(() => offender.count(kind.reply) + offender.count(kind.failure) >= 1_000);
        return [...offender.failures.keys(), await offender.served()].join("; ");
      },
    },
    {
      name: "bodies that are not looked at, of 1,025 bytes",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) =>
        await each(
          offence,
          [kind.cancel, kind.goAway, kind.ping, kind.pong, kind.settledBelow].map((frameKind) => [
            true,
            frameOf(frameKind, { call: 9, flags: flag.skippable }, new Uint8Array(1_025)),
          ]),
        ),
    },
    {
      name: "versions 0, 2 and 255",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_VERSION",
      moves: ["badGreetings"],
      attack: async (offence) =>
        await each(
          offence,
          [0, 2, 255].map((version) => [false, Uint8Array.of(...preface.subarray(0, 4), version)]),
        ),
    },
    {
      name: "random bytes, before and after the greeting",
      doors: inline,
      hears: /^INVALID_ARGUMENT BAD_FRAME; INVALID_ARGUMENT BAD_GREETING$/,
      moves: ["badFrames", "badGreetings"],
      attack: async (offence) => await each(offence, random()),
    },
    {
      name: "greetings that cannot be understood",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_GREETING",
      moves: ["badGreetings"],
      attack: async (offence) =>
        await each(
          offence,
          greetings.map((fields) => [false, Buffer.concat([preface, greeting(fields)])]),
        ),
    },
    {
      name: "greetings with fields that make no sense",
      doors: inline,
      hears: "it goes on",
      moves: ["connections"],
      attack: async (offence) =>
        await each(
          offence,
          odd.map((fields) => [false, Buffer.concat([preface, greeting(fields)])]),
          async (offender) => await offender.served(),
        ),
    },
    {
      name: "a call before the greeting, the greeting in pieces, the greeting twice",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME; INVALID_ARGUMENT BAD_GREETING",
      moves: ["badFrames", "badGreetings"],
      attack: async (offence) => {
        const whole = greeting();
        const pieces = whole.slice();
        pieces[5] = flag.more;
        return await each(offence, [
          [false, Buffer.concat([preface, frameOf(kind.call, { call: 1 }, argumentsOf(["ab"]))])],
          [false, Buffer.concat([preface, pieces])],
          [true, whole],
        ]);
      },
    },
    {
      name: "the limit declared, and one byte each 100 ms",
      doors: ["short tcp", "short unix"],
      hears: "DEADLINE_EXCEEDED BAD_GREETING",
      moves: ["greetingTimeouts"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.write(Buffer.concat([preface, frameOf(kind.greeting, { length: 16_384 })]));
        const drip = setInterval(() => void offender.write(Uint8Array.of(1)), 100);
        const said = await offender.refused();
        clearInterval(drip);
        return said;
      },
    },
    {
      name: "2,000 connections that each declare the limit and send 100 bytes",
      doors: ["native tcp"],
      hears: "it goes on",
      moves: ["connections"],
      attack: async (offence) => {
        const bytes = Buffer.concat([preface, greeting({ interfaces: [] })]);
        const half = Buffer.concat([frameOf(kind.call, { call: 1, length: 327_680 }), new Uint8Array(84)]);
        await together(offence, 2_000, async (offender) => {
          await offender.write(bytes);
          await offender.until(() => offender.count(kind.welcome) > 0);
          await offender.write(half);
        });
        return await (await offence.greeted(addresses(2_001).at(-1))).served();
      },
    },
    {
      name: "cut at every byte, then closed or reset",
      doors: inline,
      hears: "it goes on",
      moves: ["connections"],
      attack: async (offence) => {
        for (const how of ["end", "destroy", "resetAndDestroy"] as const) {
          for (let at = 0; at < short.length; at++) {
            const offender = await offence.connect();
            await new Promise<void>((resolve) => offender.socket.write(short.subarray(0, at), () => resolve()));
            if (how === "resetAndDestroy" && offence.door.endsWith("unix")) offender.socket.destroy();
            else offender.socket[how]();
            if (how === "end") await offender.refused();
            offender.leave();
          }
        }
        return await (await offence.greeted()).served();
      },
    },
    {
      name: "100,000 calls in one segment",
      doors: inline,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const body = argumentsOf(["ab"]);
        const frames = Array.from({ length: 100_000 }, () =>
          frameOf(kind.call, { call: offender.next(), remaining: 30_000 }, body),
        );
        await offender.write(Buffer.concat(frames));
        await offender.until(() => offender.count(kind.reply) + offender.count(kind.failure) >= 100_000);
        return [...offender.failures.keys(), await offender.served()].join("; ");
      },
    },
    {
      name: "100,000 frames to be skipped in one segment",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        await offender.write(Buffer.concat(Array.from({ length: 100_000 }, () => frameOf(200, { flags: 0x80 }))));
        return await offender.served();
      },
    },
    {
      name: "segments of one byte",
      doors: inline,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.connect();
        for (const byte of short) {
          offender.socket.write(Uint8Array.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await offender.until(() => offender.answerTo(1) !== undefined);
        offender.next();
        const said = says(offender.answerTo(1));
        // It announced no more than that, so the number of another method is none of its own.
        const call = await offender.call("Target.reverse", ["ab"]);
        await offender.until(() => offender.answerTo(call) !== undefined);
        return `${said}; ${says(offender.answerTo(call)) === "a reply" ? "it goes on" : offender.heard}`;
      },
    },
    {
      name: "more calls than may follow a greeting, before its answer",
      doors: inline,
      hears: /^(RESOURCE_EXHAUSTED BUSY not-executed; )?it goes on$/,
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.connect();
        const calls = Array.from({ length: 5_000 }, () =>
          frameOf(kind.call, { call: offender.next(), remaining: 30_000 }, argumentsOf(["ab"])),
        );
        await offender.write(Buffer.concat([preface, greeting(), ...calls]));
        await offender.until(() => offender.count(kind.reply) + offender.count(kind.failure) >= 5_000);
        return [...offender.failures.keys(), await offender.served()].join("; ");
      },
    },
    {
      name: "announcements that cannot be understood",
      doors: inline,
      hears: /^INVALID_ARGUMENT BAD_GREETING; INVALID_ARGUMENT BAD_MESSAGE$/,
      moves: ["badFrames"],
      attack: async (offence) =>
        await each(
          offence,
          [
            ...[5, [5], [["x", 5]], [["x", [5]]]].map((value) => bodyOf(value)),
            Uint8Array.of(0xc1),
            // Cut in the middle.
            Uint8Array.of(0x91, 0x92, 0xa1),
          ].map((body) => [true, frameOf(kind.announce, {}, body)]),
        ),
    },
    {
      name: "2,000 connections that say nothing",
      doors: ["short tcp"],
      hears: "DEADLINE_EXCEEDED BAD_GREETING",
      moves: ["greetingTimeouts"],
      attack: async (offence) => {
        const said = new Set<string>();
        await together(offence, 2_000, async (offender) => {
          said.add(await offender.refused());
          offender.socket.end();
        });
        return [...said].join("; ");
      },
    },
  ],
};
