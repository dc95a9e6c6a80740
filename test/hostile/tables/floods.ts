// Keys that are chosen so that an engine takes long over each: of one bucket, of a shape of their own, or with gaps between
// them. All of them stay within every limit of size.

import { flag, kind } from "#internal/wire/native/frame.js";
import { colliding, integers } from "../../codec/colliding.ts";
import { hexOf, times } from "../../codec/strangers.ts";
import { bodyOf, frameOf, prefaceBytes } from "../../harness/stranger.ts";
import type { Case, Table } from "../case.ts";
import { argumentsOf, greeting, numberOf } from "../offender.ts";
import { echo, extension } from "./messagepack.ts";

const inline = ["native tcp"] as const;

/** As many as fit into 4 MiB and into the limit of values, and of each kind that there are. */
const counts: Readonly<Record<string, number>> = {
  "numeric strings": 30_000,
  // Making more takes the offender longer than its case may.
  doubles: 12_000,
  "bigints of 64 bits": 12_000,
};
const most = 60_000;

/** A Set, or a Map, as bytes: making one here would cost the offender what it is to cost the server. */
function rawOf(keys: readonly unknown[], isMap: boolean): Buffer {
  const items = isMap ? keys.flatMap((key) => [key, 1]) : keys;
  const head = items.length < 0x1_0000 ? 3 : 5;
  return Buffer.from(extension(isMap ? 2 : 3, Buffer.from(argumentsOf(items).subarray(head)).toString("hex")), "hex");
}

const refusedOnes: readonly Case[] = Object.entries(colliding).map(([name, keys]) => ({
  name: `a Set and a Map of as many ${name} of one bucket as can be`,
  doors: ["native tcp", "pool tcp"],
  hears: "INVALID_ARGUMENT TOO_MANY not-executed; it goes on",
  moves: ["badArguments"],
  attack: async (offence) => {
    const offender = await offence.greeted();
    const many = keys(counts[name] ?? most);
    const said = new Set<string>();
    for (const raw of [rawOf(many, false), rawOf(many.slice(0, most / 2), true)])
      said.add(await echo(offender, Buffer.concat([Uint8Array.of(0x91), raw])));
    return `${[...said].join("; ")}; ${await offender.served()}`;
  },
}));

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
/** Small enough to be no reason by itself, and as many as a message holds. */
const manySmall = (): unknown => upTo(1_900).map(() => new Set(integers(32)));

/** A map of keys that are written as they are; `encoder` would give one shape to all of a kind. */
const mapOf = (keys: readonly string[]): string =>
  `${keys.length < 16 ? (0x80 | keys.length).toString(16) : `df${hex32(keys.length)}`}${keys.map((key) => `${textOf(key)}01`).join("")}`;
const hex32 = (value: number): string => value.toString(16).padStart(8, "0");
const textOf = (text: string): string => `${(0xa0 | text.length).toString(16)}${hexOf(text)}`;
const arrayOf = (items: readonly string[]): string => `dd${hex32(items.length)}${items.join("")}`;

function gaps(base: number, gap: number): string {
  const keys: string[] = [];
  for (let i = 0, at = 0; i < 20_000; i++, at += i < base || i % 2 === 0 ? 1 : gap) keys.push(String(at));
  return mapOf(keys);
}

const answered: readonly (readonly [string, () => string])[] = [
  [
    "4,000 objects of 7 keys that all differ",
    () => arrayOf(upTo(4_000).map((i) => mapOf(upTo(7).map((j) => `k${i}x${j}`)))),
  ],
  ["21,000 objects of one key each that differ", () => arrayOf(upTo(21_000).map((i) => mapOf([`k${i}`])))],
  ["3,400 objects of the same 9 keys in as many orders", () => arrayOf(upTo(3_400).map((i) => mapOf(shuffled(i))))],
  [
    "2,000 lists of records whose 15 keys all differ",
    () =>
      arrayOf(
        upTo(2_000).map((i) =>
          extension(
            8,
            `9f${upTo(15)
              .map((j) => textOf(`k${i}x${j}`))
              .join("")}${times("01", 15)}`,
          ),
        ),
      ),
  ],
  ["an object of 20,000 numeric keys with gaps", () => gaps(10_000, 1_100)],
  ["an object of 20,000 numeric keys with large gaps", () => gaps(18_000, 2_000)],
  ["20,000 objects of the key 1000", () => arrayOf(upTo(20_000).map(() => mapOf(["1000"])))],
  ["an object of 32,000 keys", () => mapOf(upTo(32_000).map((i) => `k${i}`))],
  [
    "3,000 errors whose fields all differ",
    () => arrayOf(upTo(3_000).map((i) => error(mapOf(upTo(6).map((j) => `k${i}x${j}`))))),
  ],
];

function error(fields: string): string {
  const body = `83${textOf("name")}${textOf("E")}${textOf("message")}a0${textOf("fields")}${fields}`;
  return extension(5, body);
}

function shuffled(seed: number): string[] {
  const keys = upTo(9).map((i) => `key${i}`);
  let state = seed + 1;
  return upTo(9).map((i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return keys.splice(state % (9 - i), 1)[0] ?? "";
  });
}

const answeredOnes: readonly Case[] = answered.map(([name, make]) => ({
  name,
  doors: inline,
  hears: "a reply; it goes on",
  moves: ["callsReceived"],
  attack: async (offence) => {
    const offender = await offence.greeted();
    const body = Buffer.from(`91${make()}`, "hex");
    const said = new Set<string>();
    for (let round = 0; round < 2; round++) said.add(await echo(offender, body));
    return `${[...said].join("; ")}; ${await offender.served()}`;
  },
}));

export const floods: Table = {
  name: "floods",
  cases: [
    ...refusedOnes,
    {
      name: "1,900 Sets of 32 integers of one bucket",
      doors: inline,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        return `${await echo(offender, argumentsOf([manySmall()]))}; ${await offender.served()}`;
      },
    },
    ...answeredOnes,
    {
      name: "a Set of integers of one bucket in a greeting, before anybody is asked",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.write(Buffer.concat([prefaceBytes(), greeting({ later: new Set(integers(2_000)) })]));
        return await offender.served();
      },
    },
    {
      name: "50 announcements, each with a Set of 50,000 integers of one bucket",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const body = Buffer.concat([Buffer.from("9193a74e6f7468696e6790", "hex"), rawOf(integers(50_000), false)]);
        for (let round = 0; round < 50; round++) await offender.send(kind.announce, {}, body);
        return await offender.served();
      },
    },
    {
      name: "4,096 results by numbers of one bucket, and 10 frames that give back 65,000 such numbers each",
      doors: inline,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const ids = integers(16_384)
          .filter((id) => id > 0)
          .slice(0, 6_000);
        const own = ids.slice(0, 4_096);
        for (let at = 0; at < own.length; at += 512) {
          const header = { method: numberOf("Target.open"), remaining: 30_000 };
          const frames = own
            .slice(at, at + 512)
            .map((call) => frameOf(kind.call, { ...header, call }, argumentsOf(["new"])));
          await offender.write(Buffer.concat(frames));
          const wanted = Math.min(at + 512, own.length);
          await offender.until(
            () => offender.ended || offender.count(kind.reply) + offender.count(kind.failure) >= wanted,
          );
        }
        const others = ids.slice(4_096);
        const body = bodyOf(Array.from({ length: 65_000 }, (_, i) => others[i % others.length]));
        for (let round = 0; round < 10; round++) await offender.send(kind.release, { flags: flag.promised }, body);
        return await offender.served();
      },
    },
  ],
};
