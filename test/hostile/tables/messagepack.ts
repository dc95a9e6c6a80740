// Bytes that are no values, or values that are more than they seem, on a real server.

import { flag, kind } from "#internal/wire/native/frame.js";
import { bytesOf, vectors } from "../../codec/notation.ts";
import { hexOf, refused, times } from "../../codec/strangers.ts";
import { frameOf, prefaceBytes } from "../../harness/stranger.ts";
import type { Case, Table } from "../case.ts";
import { argumentsOf, numberOf, type Offender, says } from "../offender.ts";

const KiB = 1024;
const everywhere = ["native tcp", "native unix", "pool tcp"] as const;
const inline = ["native tcp", "native unix"] as const;

/** Bytes that are refused, as the list of arguments of a call; those that one message can hold. */
const asArguments = refused
  .filter(([, hex]) => hex.length / 2 < 4 * 1024 * KiB - 1)
  .map(([name, hex, reason]) => ({ name, body: Buffer.from(`91${hex}`, "hex"), reason }));

/** The same as whole bodies. */
const asBodies = refused.filter(([, hex]) => hex.length / 2 < 16 * KiB).map(([, hex]) => Buffer.from(hex, "hex"));

/** Sends a call of `echo` whose body is given, in pieces if need be; gives what is said of it. */
export async function echo(offender: Offender, body: Uint8Array): Promise<string> {
  const header = { method: numberOf("Target.echo"), call: offender.next(), remaining: 30_000 };
  for (let at = 0; at === 0 || at < body.length; at += 256 * KiB) {
    const piece = body.subarray(at, at + 256 * KiB);
    const flags = at + piece.length < body.length ? flag.more : 0;
    await offender.write(frameOf(kind.call, { ...header, flags }, piece));
  }
  await offender.until(() => offender.answerTo(header.call) !== undefined || offender.ended);
  return offender.ended ? offender.heard : says(offender.answerTo(header.call));
}

/** Kinds of frames with a body that is decoded, besides calls. */
const bodied = {
  greeting: kind.greeting,
  announce: kind.announce,
  release: kind.release,
  reply: kind.reply,
  failure: kind.failure,
  refusal: kind.refusal,
};

const inFrames: readonly Case[] = Object.entries(bodied).map(([name, frameKind]) => ({
  name: `each of the ${asBodies.length} shorter ones as the body of a frame: ${name}`,
  doors: inline,
  hears:
    /^(closed|it goes on|INVALID_ARGUMENT (BAD_MESSAGE|BAD_GREETING|BAD_FRAME|TOO_DEEP|TOO_MANY|TOO_LARGE)(; )?)+$/,
  moves: ["framesReceived"],
  attack: async (offence) => {
    const said = new Set<string>();
    for (const body of asBodies) {
      const greets = frameKind === kind.greeting;
      const offender = greets ? await offence.connect() : await offence.greeted();
      if (greets) await offender.write(prefaceBytes());
      await offender.write(frameOf(frameKind, { call: 3 }, body));
      said.add(greets ? await offender.refused() : await offender.served());
      offender.leave();
    }
    return [...said].sort().join("; ");
  },
}));

/** Values that are as large, or as many, as the limits allow: whatever they cost, the event loop turns. */
const atLimits: readonly (readonly [string, () => string])[] = [
  ["65,000 nulls", () => `dd0000fde8${times("c0", 65_000)}`],
  ["65,000 empty maps", () => `dd0000fde8${times("80", 65_000)}`],
  ["65,000 dates", () => `dd0000fde8${times("d6ff00000000", 65_000)}`],
  ["65,000 texts of 60 letters", () => `dd0000fde8${times(`d93c${times("61", 60)}`, 65_000)}`],
  ["a map of 10,000 keys", () => `df00002710${keys(10_000)}`],
  ["a Map of 32,000 keys", () => extension(2, keys(32_000))],
  ["a Set of 65,000 numbers", () => extension(3, numbers(65_000))],
  ["a text of 4 MiB less a little", () => `db003ffff0${times("61", 0x3ffff0)}`],
  ["a text of four-byte letters", () => `db003ffff0${times("f09f9880", 0x3ffff0 / 4)}`],
  ["binary of 4 MiB less a little", () => `c6003ffff0${times("00", 0x3ffff0)}`],
  ["600 bigints of 4,096 digits", () => `dc0258${times(`c806a40100${times("ff", 1_699)}`, 600)}`],
  // One value and one map each.
  ["21,000 records", () => extension(8, `91a161${times("c0", 21_000)}`)],
];

function keys(count: number): string {
  return Array.from({ length: count }, (_, i) => `a6${hexOf(`k${10_000 + i}`)}01`).join("");
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, i) => `ce${i.toString(16).padStart(8, "0")}`).join("");
}

export function extension(type: number, payload: string): string {
  return `c9${(payload.length / 2).toString(16).padStart(8, "0")}${type.toString(16).padStart(2, "0")}${payload}`;
}

const large: readonly Case[] = atLimits.map(([name, make]) => ({
  name: `within the limits: ${name}`,
  doors: ["native tcp", "pool tcp"],
  hears: "a reply; it goes on",
  moves: ["callsReceived"],
  attack: async (offence) => {
    const offender = await offence.greeted();
    const body = Buffer.from(`91${make()}`, "hex");
    const said = new Set<string>();
    for (let round = 0; round < 3; round++) said.add(await echo(offender, body));
    return `${[...said].join("; ")}; ${await offender.served()}`;
  },
}));

/** Names that mean something to the language. */
const names = ["constructor", "then", "toJSON", "toString", "valueOf", "hasOwnProperty", "__defineGetter__", "length"];

export const messagepack: Table = {
  name: "MessagePack",
  cases: [
    {
      name: `each of ${asArguments.length} bodies that are no values, as arguments`,
      doors: everywhere,
      hears: "as it is written; it goes on",
      moves: ["badArguments"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const others: string[] = [];
        for (const { name, body, reason } of asArguments) {
          const said = await echo(offender, body);
          if (said !== `INVALID_ARGUMENT ${reason} not-executed`) others.push(`${name}: ${said}`);
        }
        return `${others.length === 0 ? "as it is written" : others.join(", ")}; ${await offender.served()}`;
      },
    },
    ...inFrames,
    {
      name: "10 million arrays in each other, and 4 MiB of them",
      doors: everywhere,
      hears: "RESOURCE_EXHAUSTED TOO_LARGE not-executed; INVALID_ARGUMENT TOO_DEEP not-executed; it goes on",
      moves: ["messagesTooLarge", "badArguments"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said = [
          await echo(offender, new Uint8Array(10_000_000).fill(0x91)),
          await echo(offender, new Uint8Array(4 * 1024 * KiB).fill(0x91)),
        ];
        return `${said.join("; ")}; ${await offender.served()}`;
      },
    },
    {
      name: "100,000 messages of 300 bytes that each declare 60 times 2^32-1",
      doors: everywhere,
      hears: "INVALID_ARGUMENT BAD_MESSAGE not-executed; it goes on",
      moves: ["badArguments"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const body = Buffer.from(`91${times("ddffffffff", 60)}`, "hex");
        for (let sent = 0; sent < 100_000; sent += 500) {
          const frames = Array.from({ length: 500 }, () =>
            frameOf(kind.call, { method: numberOf("Target.echo"), call: offender.next(), remaining: 30_000 }, body),
          );
          await offender.write(Buffer.concat(frames));
          await offender.until(() => offender.count(kind.failure) >= sent + 500);
        }
        return `${[...offender.failures.keys()].join("; ")}; ${await offender.served()}`;
      },
    },
    {
      name: "a rich message cut at every byte",
      doors: everywhere,
      hears: "INVALID_ARGUMENT BAD_MESSAGE not-executed; it goes on",
      moves: ["badArguments"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const values = vectors.filter(({ name }) => !name.includes("handle")).map(({ hex }) => bytesOf(hex));
        const some = values.filter(({ length }) => length < 60).slice(0, 100);
        const rich = Buffer.concat([Uint8Array.of(0xdc, 0, some.length), ...some]);
        const said = new Set<string>();
        for (let end = 0; end < rich.length; end++) said.add(await echo(offender, rich.subarray(0, end)));
        return `${[...said].join("; ")}; ${await offender.served()}`;
      },
    },
    {
      name: "keys that mean something to the language: constructor, then, toJSON ...",
      doors: everywhere,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        for (const name of names) {
          const value = Object.fromEntries([[name, Object.fromEntries([[name, 1]])]]);
          said.push(await offender.ask("Target.echo", [value]));
          said.push(await offender.ask("Target.echo", [[value, value]]));
          said.push(await offender.ask("Target.echo", [new Map([[name, value]])]));
        }
        return `${[...new Set(said)].join("; ")}; ${await offender.served()}`;
      },
    },
    {
      name: "100,000 different keys",
      doors: inline,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said = new Set<string>();
        for (let round = 0; round < 50; round++) {
          const value = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`k${round}x${i}`, 1]));
          said.add(await echo(offender, argumentsOf([value])));
        }
        return `${[...said].join("; ")}; ${await offender.served()}`;
      },
    },
    ...large,
  ],
};
