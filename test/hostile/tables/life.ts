// Methods that misbehave, and those who come in great numbers, on a real server.

import { kind } from "#internal/wire/native/frame.js";
import { frameOf, prefaceBytes } from "../../harness/stranger.ts";
import type { Table } from "../case.ts";
import { argumentsOf, greeting, numberOf } from "../offender.ts";
import { addresses, together } from "./together.ts";

const everywhere = ["native tcp", "native unix", "pool tcp", "processes tcp"] as const;
const apart = ["own thread tcp", "own process tcp"] as const;

export const life: Table = {
  name: "life",
  cases: [
    {
      name: "methods that throw null, nothing, a text, a promise, or an error of which nothing can be asked",
      doors: everywhere,
      hears: "UNKNOWN THROWN executed; it goes on",
      moves: ["upcallsThrown"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        for (const what of [
          "null",
          "nothing",
          "a text",
          "a promise",
          "something without a text",
          "a getter that throws",
        ])
          said.push(await offender.ask("Target.throws", [what]));
        return [...new Set([...said, await offender.served()])].join("; ");
      },
    },
    {
      name: "methods that never settle, and 10,000 callers who lose patience",
      doors: ["short tcp", "short unix"],
      hears: "it goes on",
      moves: ["deadlinesExceeded"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let round = 0; round < 10; round++) {
          const frames = Array.from({ length: 1_000 }, () =>
            frameOf(
              kind.call,
              { method: numberOf("Target.wait"), call: offender.next(), remaining: 20 },
              argumentsOf([]),
            ),
          );
          await offender.write(Buffer.concat(frames));
          // Those that were not begun yet have expired, or were refused.
          const over = async (): Promise<number> =>
            (await offence.counter("deadlinesExceeded")) +
            (await offence.counter("expired")) +
            (await offence.counter("refusedQueue"));
          while ((await over()) < 1_000 * (round + 1)) await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return await offender.served();
      },
    },
    {
      name: "a method that blocks for two seconds",
      doors: apart,
      hears: "a reply; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        return `${await offender.ask("Target.block", [2_000])}; ${await offender.served()}`;
      },
    },
    {
      name: "a method that exits its worker",
      doors: apart,
      // The worker is this connection's own, and the connection ends with it.
      hears: /^(closed|reset|UNAVAILABLE WORKER_LOST( unknown)?)$/,
      moves: ["workersLost"],
      attack: async (offence) => await (await offence.greeted()).ask("Target.exit", []),
    },
    {
      name: "10,000 idle connections",
      doors: ["native tcp"],
      hears: "it goes on",
      moves: ["connections"],
      memory: 160,
      attack: async (offence) => {
        const bytes = Buffer.concat([prefaceBytes(), greeting({ interfaces: [] })]);
        // Beside the witness, who was there before.
        await together(offence, 9_990, async (offender) => {
          await offender.write(bytes);
          await offender.until(() => offender.count(kind.welcome) > 0);
        });
        return await (await offence.greeted(addresses(9_991).at(-1))).served();
      },
    },
    {
      name: "1,000 connections that take a second for one call",
      doors: ["native tcp", "pool tcp"],
      hears: "a reply",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const bytes = Buffer.concat([
          prefaceBytes(),
          greeting({ interfaces: [["Target", [["reverse", "call"]]]] }),
          frameOf(kind.call, { call: 1, remaining: 30_000 }, argumentsOf(["ab"])),
        ]);
        const said = new Set<string>();
        await together(offence, 1_000, async (offender) => {
          const part = Math.ceil(bytes.length / 10);
          for (let at = 0; at < bytes.length; at += part) {
            await offender.write(bytes.subarray(at, at + part));
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
          await offender.until(() => offender.answerTo(1) !== undefined);
          said.add(offender.answerTo(1)?.kind === kind.reply ? "a reply" : offender.heard);
        });
        return [...said].join("; ");
      },
    },
    {
      name: "comes and goes 5,000 times",
      doors: ["native tcp", "native unix", "pool tcp"],
      hears: "it goes on",
      moves: ["connections"],
      attack: async (offence) => {
        const bytes = Buffer.concat([prefaceBytes(), greeting()]);
        for (let round = 0; round < 100; round++) {
          await Promise.all(
            Array.from({ length: 50 }, async () => {
              const offender = await offence.connect();
              await offender.write(bytes);
              offender.leave();
              await offender.until(() => false);
            }),
          );
          // A queue of those that are not accepted yet is the system's, and not what is judged.
          await offence.counted("connections", 50 * (round + 1));
        }
        return await (await offence.greeted()).served();
      },
    },
  ],
};
