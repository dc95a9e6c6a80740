// The plain wire and those who break it, on a real server.

import type { Case, Door, Offence, Table } from "../case.ts";
import type { Offender } from "../offender.ts";
import { together } from "./together.ts";

const MiB = 1024 * 1024;
const lines = ["newline tcp", "newline unix"] as const;
const halves = ["half-close tcp", "half-close unix"] as const;
const chunks = ["chunk tcp", "chunk unix"] as const;

/** Whether a line is still answered. */
async function answered(offender: Offender, line = "ab", reply = "ba"): Promise<string> {
  const before = offender.received;
  await offender.write(Buffer.from(`${line}\n`));
  await offender.until(() => offender.received >= before + reply.length + 1 || offender.ended);
  return offender.text.endsWith(`${reply}\n`) ? "it goes on" : offender.heard;
}

/** Sends these bytes, and its end where that is the message's; gives how it ended, and what came. */
async function told(offence: Offence, bytes: Uint8Array, end = offence.door.includes("half-close")): Promise<string> {
  const offender = await offence.connect();
  await offender.write(bytes);
  if (end) offender.socket.end();
  const said = await offender.refused();
  return offender.text === "" ? said : `${offender.text}, ${said}`;
}

function invalid(doors: readonly Door[], end: string): readonly Case[] {
  const bytes: Readonly<Record<string, readonly number[]>> = {
    "a continuation byte": [0x80],
    "half a letter": [0xe2, 0x82],
    "an overlong letter": [0xc0, 0x80],
    "a surrogate": [0xed, 0xa0, 0x80],
  };
  return Object.entries(bytes).map(([what, wrong]) => ({
    name: `text that is not UTF-8: ${what}`,
    doors,
    hears: "closed",
    moves: ["plainBad"],
    attack: async (offence) => await told(offence, Buffer.concat([Buffer.from(wrong), Buffer.from(end)])),
  }));
}

export const plain: Table = {
  name: "the plain wire",
  cases: [
    {
      name: "100 MiB without an end",
      doors: [...lines, ...halves],
      hears: /^(closed|reset)$/,
      moves: ["messagesTooLarge"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.flood(Buffer.alloc(MiB, 0x61), 100);
        return await offender.refused();
      },
    },
    {
      name: "a byte now and then, and no end",
      doors: ["short newline tcp", "short newline unix", "short half-close tcp"],
      hears: /^(closed|reset)$/,
      moves: ["plainBad"],
      attack: async (offence) => {
        const offender = await offence.connect();
        const drip = setInterval(() => void offender.write(Buffer.from("a")), 100);
        const said = await offender.refused();
        clearInterval(drip);
        return said;
      },
    },
    {
      name: "says nothing",
      doors: ["short newline tcp", "short half-close tcp", "short chunk tcp"],
      hears: /^(closed|reset)$/,
      moves: ["greetingTimeouts"],
      attack: async (offence) => await (await offence.connect()).refused(),
    },
    ...invalid(lines, "\n"),
    ...invalid([...halves, ...chunks], ""),
    {
      name: "NUL bytes and control characters",
      doors: lines,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => await answered(await offence.connect(), "a\0b\x1b\r", "\r\x1bb\0a"),
    },
    {
      name: "UTF-8 split between segments",
      doors: lines,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.connect();
        for (const byte of Buffer.from("\u{1f600}é\n")) {
          offender.socket.write(Uint8Array.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await offender.until(() => offender.received >= 7);
        return Buffer.from(offender.text, "latin1").toString() === "é\u{1f600}\n" ? "it goes on" : offender.text;
      },
    },
    {
      name: "a reader that never reads",
      doors: ["short newline tcp", "short newline unix"],
      hears: /^(closed|reset)$/,
      moves: ["unsentCloses"],
      attack: async (offence) => {
        const offender = await offence.connect();
        offender.socket.pause();
        const line = Buffer.from(`${"x".repeat(10_000)}\n`);
        for (let count = 0; count < 2_000; count++) offender.socket.write(line);
        await offence.counted("unsentCloses", 1);
        offender.socket.resume();
        return await offender.refused();
      },
    },
    {
      name: "100,000 empty lines in one segment",
      doors: lines,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.write(Buffer.alloc(100_000, 0x0a));
        await offender.until(() => offender.received >= 100_000);
        return await answered(offender);
      },
    },
    {
      name: "bytes behind the first chunk",
      doors: chunks,
      hears: /^(closed|reset)$/,
      moves: ["plainLeftOver"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.flood(Buffer.alloc(MiB, 0x61), 20);
        return await offender.refused();
      },
    },
    {
      name: "a browser's POST",
      doors: lines,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.write(Buffer.from('POST / HTTP/1.1\r\nHost: x\r\n\r\n{"method":"constructor"}\n'));
        await offender.until(() => offender.text.split("\n").length > 4);
        return await answered(offender);
      },
    },
    {
      name: "closed or reset after every byte",
      doors: [...lines, ...halves],
      hears: "it goes on",
      moves: ["connections"],
      attack: async (offence) => {
        const message = Buffer.from("perché\u{1f600}\n");
        for (const how of ["end", "destroy", "resetAndDestroy"] as const) {
          for (let at = 0; at <= message.length; at++) {
            const offender = await offence.connect();
            await new Promise<void>((resolve) => offender.socket.write(message.subarray(0, at), () => resolve()));
            if (how === "resetAndDestroy" && offence.door.endsWith("unix")) offender.socket.destroy();
            else offender.socket[how]();
            if (how === "end") await offender.refused();
            offender.leave();
          }
        }
        if (offence.door.startsWith("newline")) return await answered(await offence.connect());
        const said = await told(offence, Buffer.from("ab"), true);
        return said === "ba, closed" ? "it goes on" : said;
      },
    },
    {
      name: "2,000 connections that say nothing",
      doors: ["short newline tcp"],
      hears: /^(closed|reset)$/,
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
    {
      name: "300 connections of one address",
      doors: ["chunk tcp"],
      hears: /^closed$/,
      moves: ["connectionsRefused"],
      attack: async (offence) => {
        const offenders = await Promise.all(
          Array.from({ length: 300 }, async () => await offence.connect("127.0.2.1")),
        );
        await offence.counted("connectionsRefused", 300 - 256);
        return [...new Set(offenders.filter(({ ended }) => ended).map(({ heard }) => heard))].join();
      },
    },
  ],
};
