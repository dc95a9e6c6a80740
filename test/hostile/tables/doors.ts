// Whoever is not known, at the doors of a real server.

import { prefaceBytes } from "../../harness/stranger.ts";
import type { Table } from "../case.ts";
import { odd, secret } from "../guards.ts";
import { greeting, type Offender } from "../offender.ts";
import { entered, fatal, knock, refusedAlike } from "./knocking.ts";
import { addresses, together } from "./together.ts";

const KiB = 1024;
const hooks = ["doors tcp", "doors unix", "pool doors tcp"] as const;
const secrets = ["secret tcp", "secret unix", "own secret tcp"] as const;
const stranger = "UNAUTHENTICATED NOT_AUTHENTICATED";

export const doors: Table = {
  name: "doors",
  cases: [
    {
      name: "calls behind a greeting with no token, or a wrong one",
      doors: [...hooks, ...secrets],
      hears: `${stranger}, byte for byte`,
      moves: ["notAuthenticated"],
      attack: async (offence) => await refusedAlike(offence, [undefined, "wrong", "give nothing", "may"]),
    },
    {
      name: "calls with no greeting at all",
      doors: [...hooks, ...secrets],
      hears: "INVALID_ARGUMENT BAD_GREETING",
      moves: ["badGreetings"],
      attack: async (offence) => {
        const offender = await offence.connect();
        await offender.write(Buffer.concat([prefaceBytes(), fatal(1)]));
        return await offender.refused();
      },
    },
    {
      name: "33 calls, or 16 KiB and more of them, while it is asked who they are from",
      doors: hooks,
      hears: "RESOURCE_EXHAUSTED TOO_MANY",
      moves: ["badGreetings"],
      attack: async (offence) => {
        const said = new Set<string>();
        for (const calls of [
          Array.from({ length: 33 }, (_, i) => fatal(i + 1, 0)),
          [fatal(1, 9 * KiB), fatal(2, 9 * KiB)],
        ]) {
          const offender = await knock(offence, "give a promise that never settles", ...calls);
          said.add(await offender.refused());
        }
        return [...said].join();
      },
    },
    {
      name: "a message of more than 16 KiB, while it is asked who it is from",
      doors: hooks,
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badGreetings"],
      attack: async (offence) =>
        await (await knock(offence, "give a promise that never settles", fatal(1, 17 * KiB))).refused(),
    },
    {
      name: "tokens that are wrong by a letter, a part, too much, empty, or no text at all",
      doors: [...hooks, ...secrets],
      hears: `${stranger}, byte for byte`,
      moves: ["notAuthenticated"],
      attack: async (offence) =>
        await refusedAlike(offence, [
          `${secret.slice(0, -1)}2`,
          secret.slice(0, -1),
          secret.slice(1),
          `${secret} `,
          `${secret}\0`,
          secret.toUpperCase(),
          "",
          `${secret},${secret}`,
          `${secret}${"\0".repeat(8 * KiB - secret.length)}`,
          null,
          true,
          0,
          Number.NaN,
          5n,
          new Uint8Array(Buffer.from(secret)),
          [secret],
          { toString: secret, length: secret.length },
          { token: secret, valueOf: secret, toJSON: secret },
          new Date(0),
        ]),
    },
    {
      name: "tokens that look like the secret: decomposed, and with letters of another alphabet",
      doors: [...hooks, ...secrets],
      hears: `${stranger}, byte for byte`,
      moves: ["notAuthenticated"],
      attack: async (offence) =>
        await refusedAlike(offence, [
          secret.normalize("NFD"),
          secret.replace("o", "\u043e"),
          secret.replace("S", "\uff33"),
          secret.replace("-", "\u2010"),
          secret.replace("-", "\u200b-"),
        ]),
    },
    {
      name: "tokens of 16 KiB and 1 MiB",
      doors: [...hooks, ...secrets],
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badGreetings"],
      attack: async (offence) => {
        const said = new Set<string>();
        for (const length of [16 * KiB, 1024 * KiB])
          said.add(await (await knock(offence, "x".repeat(length))).refused());
        return [...said].join();
      },
    },
    {
      name: "a hook that throws, hangs, or gives nothing, numbers, functions, promises of nothing, objects that throw",
      doors: hooks,
      hears: `${stranger}, byte for byte`,
      moves: ["notAuthenticated"],
      attack: async (offence) =>
        await refusedAlike(
          offence,
          Object.keys(odd).map((name) => `give ${name}`),
        ),
    },
    {
      name: "2,000 connections that never show who they are, while another one is let in",
      doors: ["doors tcp", "secret tcp"],
      hears: "it goes on",
      moves: ["connections"],
      attack: async (offence) => {
        await together(offence, 2_000, async (offender) => await offender.write(prefaceBytes()));
        const offender = await offence.connect(addresses(2_001).at(-1));
        return await (await offender.greet({ token: offence.door === "secret tcp" ? secret : "may nothing" })).served();
      },
    },
    {
      name: "2,000 connections whose hook hangs, while another one is let in",
      doors: ["doors tcp"],
      hears: `${stranger}; it goes on`,
      moves: ["notAuthenticated"],
      attack: async (offence) => {
        const bytes = Buffer.concat([
          prefaceBytes(),
          greeting({ token: "give a promise that never settles" }),
          fatal(1),
        ]);
        const all: Offender[] = [];
        await together(offence, 2_000, async (offender) => {
          all.push(offender);
          await offender.write(bytes);
        });
        const other = await (await offence.connect(addresses(2_001).at(-1))).greet({ token: "later nothing" });
        const said = new Set<string>();
        for (const offender of all) said.add(await offender.refused());
        return `${[...said].join()}; ${await other.served()}`;
      },
    },
    {
      name: "a second greeting with another token, behind the first or when it was let in",
      doors: [...hooks, "secret tcp"],
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) => {
        const said = new Set<string>();
        const again = greeting({ token: "may everything" });
        for (const token of offence.door === "secret tcp" ? [secret] : ["may nothing", "later nothing"]) {
          said.add(await (await knock(offence, token, again, fatal(1))).refused());
          const offender = await entered(offence, token);
          await offender.write(Buffer.concat([again, fatal(1)]));
          said.add(await offender.refused());
        }
        return [...said].join();
      },
    },
    {
      name: "a wrong token, and then the right one",
      doors: [...hooks, "secret tcp"],
      hears: stranger,
      moves: ["notAuthenticated"],
      attack: async (offence) => {
        const said = new Set<string>();
        for (const token of ["wrong", "give nothing", "give a rejected promise"])
          said.add(await (await knock(offence, token, greeting({ token: secret }), fatal(1))).refused());
        return [...said].join();
      },
    },
  ],
};
