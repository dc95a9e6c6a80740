// Many calls, and calls that keep no rule, on a real server.

import { handleKind } from "#internal/codec/handle.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { bodyOf, frameOf } from "../../harness/stranger.ts";
import type { Offence, Table } from "../case.ts";
import { argumentsOf, handle, numberOf, type Offender } from "../offender.ts";

const KiB = 1024;
const everywhere = ["native tcp", "native unix", "pool tcp"] as const;
const inline = ["native tcp", "native unix"] as const;

/** Frames of calls, back to back. */
function burst(offender: Offender, method: string, args: readonly unknown[], count: number, flags = 0): Uint8Array {
  const body = argumentsOf(args);
  const number = numberOf(method);
  return Buffer.concat(
    Array.from({ length: count }, () =>
      frameOf(kind.call, { method: number, call: offender.next(), remaining: 30_000, flags }, body),
    ),
  );
}

/** Sends so many calls in bursts, whatever comes back. */
async function pour(
  offender: Offender,
  method: string,
  args: readonly unknown[],
  count: number,
  flags = 0,
): Promise<void> {
  for (let sent = 0; sent < count && !offender.ended; sent += 1_000)
    await offender.write(burst(offender, method, args, 1_000, flags));
}

const answers = (offender: Offender): number => offender.count(kind.reply) + offender.count(kind.failure);

export const calls: Table = {
  name: "many calls",
  cases: [
    {
      name: "opens and cancels a call a million times",
      doors: everywhere,
      hears: "RESOURCE_EXHAUSTED TOO_MANY",
      moves: ["cancelFloods"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const body = argumentsOf([]);
        const number = numberOf("Target.wait");
        for (let sent = 0; sent < 1_000_000 && !offender.ended; sent += 500) {
          const frames: Uint8Array[] = [];
          for (let i = 0; i < 500; i++) {
            const call = offender.next();
            frames.push(frameOf(kind.call, { method: number, call, remaining: 30_000 }, body));
            frames.push(frameOf(kind.cancel, { call }));
          }
          await offender.write(Buffer.concat(frames));
        }
        return await offender.refused();
      },
    },
    {
      name: "200,000 calls that do not settle",
      doors: inline,
      // 26 MB of refusals are too much for one who does not read them in time.
      hears: /^RESOURCE_EXHAUSTED BUSY not-executed; (it goes on|reset)$/,
      moves: ["refusedRunning"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        await pour(offender, "Target.wait", [], 200_000);
        await offender.until(() => offender.count(kind.failure) >= 200_000 - 2 * 1_024);
        const said = [...offender.failures.keys()].join();
        // Some are given up, so that there is room for another.
        for (let call = 1; call < 100; call++) await offender.send(kind.cancel, { call });
        return `${said}; ${await offender.served()}`;
      },
    },
    {
      name: "200,000 calls, and never reads an answer",
      doors: ["short tcp", "short unix"],
      hears: /^(reset|closed)$/,
      moves: ["unsentCloses"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        offender.socket.pause();
        const data = "x".repeat(1_000);
        for (let sent = 0; sent < 200; sent++) {
          if (offender.socket.writableLength < 1024 * KiB)
            offender.socket.write(burst(offender, "Target.reverse", [data], 1_000));
          if ((await offence.counter("unsentCloses")) > 0) break;
        }
        await offence.counted("unsentCloses", 1);
        offender.socket.resume();
        return await offender.refused();
      },
    },
    {
      name: "200,000 oneway calls",
      doors: inline,
      hears: "it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        await pour(offender, "Target.note", ["x"], 200_000, flag.oneway);
        return await offender.served();
      },
    },
    {
      name: "100,000 calls of numbers that were not announced",
      doors: inline,
      // Calls of one who is slow to read his answers are held, as far as there is room.
      hears: /^UNIMPLEMENTED NO_METHOD not-executed(,RESOURCE_EXHAUSTED BUSY not-executed)?; it goes on$/,
      moves: ["unimplemented"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const body = argumentsOf([]);
        for (let sent = 0; sent < 100_000; sent += 1_000) {
          const frames = Array.from({ length: 1_000 }, (_, i) =>
            frameOf(kind.call, { method: 60_000 + (i % 5_000), call: offender.next(), remaining: 30_000 }, body),
          );
          await offender.write(Buffer.concat(frames));
        }
        await offender.until(() => answers(offender) >= 100_000);
        return `${[...offender.failures.keys()].join()}; ${await offender.served()}`;
      },
    },
    ...(
      [
        // What they are told depends on how fast the offender reads: what is not begun is refused.
        ["that all throw", "Target.throws", ["an error"], "upcallsThrown", /UNKNOWN THROWN executed/],
        ["whose arguments are refused", "Target.ask", ["no function"], "badArguments", /INVALID_ARGUMENT/],
        ["of a reference that is not there", "Target.back", [handle(handleKind.yours, 9)], "badReferences", /BAD_/],
      ] as const
    ).map(([what, method, args, counter, hears]) => ({
      name: `30,000 calls ${what}, in one segment`,
      doors: inline,
      hears,
      moves: [counter],
      // The other client's calls go between them.
      worst: 500,
      attack: async (offence: Offence) => {
        const offender = await offence.greeted();
        await offender.write(burst(offender, method, args, 30_000));
        await offender.until(() => answers(offender) >= 30_000);
        return `${[...offender.failures.keys()].join()}; ${await offender.served()}`;
      },
    })),
    {
      name: "deadlines of 0, 1, 2^31 and 2^32-1 ms",
      doors: everywhere,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        for (const remaining of [0, 0x8000_0000, 0xffff_ffff])
          said.push(await offender.ask("Target.reverse", ["ab"], { remaining }));
        await offender.call("Target.wait", [], { remaining: 1 });
        return `${[...new Set(said)].join()}; ${await offender.served()}`;
      },
    },
    {
      name: "100,000 replies and failures to calls that were never made",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (const frameKind of [kind.reply, kind.failure]) {
          const frames = Array.from({ length: 1_000 }, (_, i) => frameOf(frameKind, { call: i * 7 }, bodyOf({ x: 1 })));
          await offender.flood(Buffer.concat(frames), 50);
        }
        return await offender.served();
      },
    },
    {
      name: "answers a call of the server's twice",
      doors: everywhere,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const asked = offender.ask("Target.ask", [handle(handleKind.mine, 1)]);
        await offender.until(() => offender.count(kind.call) > 0);
        const call = offender.frames.find((frame) => frame.kind === kind.call)?.call ?? 0;
        for (let count = 0; count < 3; count++) await offender.send(kind.reply, { call }, bodyOf(count));
        await offender.send(kind.failure, { call }, bodyOf({ code: "ABORTED" }));
        return `${await asked}; ${await offender.served()}`;
      },
    },
    {
      name: "an id that is used again while its call runs",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let count = 0; count < 2; count++) await offender.call("Target.wait", [], { call: 5 });
        return await offender.refused();
      },
    },
    {
      name: "1,025 messages in pieces at once",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let call = 1; call <= 1_025; call++)
          await offender.send(kind.call, { method: 0, call, flags: flag.more }, new Uint8Array(100));
        return await offender.refused();
      },
    },
    {
      name: "128 MiB of messages in pieces that never end",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const piece = new Uint8Array(256 * KiB);
        for (let round = 0; round < 4; round++)
          for (let call = 1; call <= 128; call++)
            await offender.send(kind.call, { method: 0, call: 1_000 + call, flags: flag.more }, piece);
        return await offender.served();
      },
    },
    {
      name: "a message in pieces that grows without end",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED TOO_LARGE not-executed; it goes on",
      moves: ["messagesTooLarge"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const piece = new Uint8Array(256 * KiB);
        const header = { method: numberOf("Target.echo"), call: 7_000 };
        for (let round = 0; round < 400; round++)
          await offender.send(kind.call, { ...header, flags: flag.more }, piece);
        await offender.send(kind.call, header, piece);
        await offender.until(() => offender.answerTo(7_000) !== undefined);
        return `${[...offender.failures.keys()].join()}; ${await offender.served()}`;
      },
    },
    {
      name: "200,000 empty pieces of one message",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const frames = Array.from({ length: 1_000 }, () =>
          frameOf(kind.call, { method: 0, call: 3, flags: flag.more }),
        );
        await offender.flood(Buffer.concat(frames), 200);
        return await offender.served();
      },
    },
    {
      name: "9,000 calls that run, on nine connections",
      doors: ["native tcp"],
      hears: "RESOURCE_EXHAUSTED BUSY not-executed",
      moves: ["refusedRunning"],
      attack: async (offence) => {
        const said = new Set<string>();
        for (let connection = 0; connection < 9; connection++) {
          const offender = await offence.greeted();
          await offender.write(burst(offender, "Target.wait", [], 1_000));
          if (connection === 8) await offender.until(() => offender.count(kind.failure) > 0);
          for (const failure of offender.failures.keys()) said.add(failure);
        }
        return [...said].join();
      },
    },
    {
      name: "200,000 pings, and never reads a pong",
      doors: ["short tcp", "short unix"],
      hears: /^(reset|closed)$/,
      moves: ["unsentCloses"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        offender.socket.pause();
        const frames = Buffer.concat(Array.from({ length: 1_000 }, (_, i) => frameOf(kind.ping, { call: i })));
        while (!offender.socket.destroyed && (await offence.counter("unsentCloses")) === 0) {
          if (offender.socket.writableLength < 1024 * KiB) offender.socket.write(frames);
          await new Promise((resolve) => setImmediate(resolve));
        }
        offender.socket.resume();
        return await offender.refused();
      },
    },
    {
      name: "cancels of calls that were never made",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED TOO_MANY",
      moves: ["cancelFloods"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const frames = Array.from({ length: 1_000 }, (_, i) => frameOf(kind.cancel, { call: i }));
        await offender.flood(Buffer.concat(frames), 1_000);
        return await offender.refused();
      },
    },
    {
      name: "100,000 announcements of nothing",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const methods = Array.from({ length: 1_000 }, (_, i) => [`m${i}`, "call"]);
        for (let count = 0; count < 3; count++) await offender.send(kind.announce, {}, bodyOf([["Other", methods]]));
        const frames = Array.from({ length: 1_000 }, () => frameOf(kind.announce, {}, bodyOf([])));
        await offender.flood(Buffer.concat(frames), 100);
        return await offender.served();
      },
    },
    {
      name: "more methods announced than may be",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED TOO_MANY",
      moves: ["badFrames"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const methods = Array.from({ length: 1_000 }, (_, i) => [`m${i}`, "call"]);
        for (let count = 0; count < 5; count++) await offender.send(kind.announce, {}, bodyOf([["Other", methods]]));
        return await offender.refused();
      },
    },
  ],
};
