// References as a hostile client plays with them, on a real server.

import { handleKind } from "#internal/codec/handle.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { bodyOf, decoded, frameOf } from "../../harness/stranger.ts";
import type { Case, Table } from "../case.ts";
import { argumentsOf, foreign, handle, numberOf, type Offender, says } from "../offender.ts";

const everywhere = ["native tcp", "native unix", "pool tcp"] as const;
const inline = ["native tcp", "native unix"] as const;
const badReference = "INVALID_ARGUMENT BAD_REFERENCE not-executed";
const { target, promised } = flag;

/** All that was said, once each, and whether the connection goes on. */
async function all(offender: Offender, said: readonly string[]): Promise<string> {
  return [...new Set([...said, await offender.served()])].join("; ");
}

const inRelease: readonly (readonly [string, (account: number) => unknown])[] = [
  ["what was never sent", (account) => [account + 1, 1]],
  ["a reference twice", (account) => [account, 1, account, 1]],
  ["a reference more often than it was sent", (account) => [account, 2]],
  ["a reference a negative number of times", (account) => [account, -1]],
  ["a reference half a time", (account) => [account, 0.5]],
  ["a negative number", () => [-1, 1]],
  ["a fractional number", () => [0.5, 1]],
  ["a number of 2^32", () => [2 ** 32, 1]],
  ["a text", (account) => [`${account}`, 1]],
  ["a map", (account) => ({ [account]: 1 })],
];

const released: readonly Case[] = inRelease.map(([what, body]) => ({
  name: `gives back ${what}`,
  doors: inline,
  hears: "INVALID_ARGUMENT BAD_FRAME",
  moves: ["badFrames"],
  attack: async (offence) => {
    const offender = await offence.greeted();
    await offender.send(kind.release, {}, bodyOf(body(await offender.opened())));
    return await offender.refused();
  },
}));

export const references: Table = {
  name: "references",
  cases: [
    {
      name: "calls references that were never sent",
      doors: everywhere,
      hears: `${badReference}; it goes on`,
      moves: ["badReferences"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const account = await offender.opened();
        const said: string[] = [];
        for (const number of [0, account + 1, 77, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])
          said.push(await offender.ask("Account.deposit", [1], { target: number, flags: target }));
        return await all(offender, said);
      },
    },
    {
      name: "calls references of another connection",
      doors: everywhere,
      hears: `${badReference}; it goes on`,
      moves: ["badReferences"],
      attack: async (offence) => {
        const owner = await offence.greeted();
        for (let count = 0; count < 50; count++) await owner.opened("new");
        const offender = await offence.greeted();
        const said: string[] = [];
        for (let number = 1; number <= 50; number++)
          said.push(await offender.ask("Account.deposit", [1], { target: number, flags: target }));
        return await all(offender, said);
      },
    },
    {
      name: "calls a reference that it gave back",
      doors: everywhere,
      hears: `${badReference}; it goes on`,
      moves: ["badReferences"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const account = await offender.opened();
        await offender.send(kind.release, {}, bodyOf([account, 1]));
        return await all(offender, [await offender.ask("Account.deposit", [1], { target: account, flags: target })]);
      },
    },
    ...released,
    {
      name: "hands over references that are none",
      doors: everywhere,
      hears: `${badReference}; it goes on`,
      moves: ["badReferences"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        for (const [method, args] of [
          ["Target.back", [handle(handleKind.yours, 77)]],
          ["Target.back", [handle(handleKind.stream, 1)]],
          ["Target.back", [{ deposit: 1 }]],
          ["Target.back", []],
          ["Target.watch", [null]],
          ["Target.watch", [handle(handleKind.yours, 1)]],
          ["Target.open", [handle(handleKind.mine, 1)]],
        ] as const)
          said.push(await offender.ask(method, args));
        return await all(offender, said);
      },
    },
    {
      name: "hides references in plain data: `then`, `toJSON`, deeper than the list",
      doors: everywhere,
      hears: "INVALID_ARGUMENT BAD_MESSAGE not-executed; it goes on",
      moves: ["badArguments"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        for (const key of ["then", "toJSON", "toString", "constructor", "next"]) {
          const value = Object.fromEntries([[key, handle(handleKind.mine, 1)]]);
          said.push(await offender.ask("Target.echo", [value]), await offender.ask("Target.back", [value]));
        }
        said.push(await offender.ask("Target.echo", [[handle(handleKind.mine, 1)]]));
        return await all(offender, said);
      },
    },
    {
      name: "calls members that no interface names, of objects, accounts and functions",
      doors: everywhere,
      hears: "UNIMPLEMENTED NO_METHOD not-executed; it goes on",
      moves: ["unimplemented"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const account = await offender.opened();
        const said: string[] = [];
        for (const name of foreign) {
          said.push(await offender.ask(`Target.${name}`, []));
          said.push(await offender.ask(`Account.${name}`, [], { target: account, flags: target }));
        }
        return await all(offender, said);
      },
    },
    {
      name: "calls interfaces named `constructor` and `__proto__`",
      doors: everywhere,
      hears: "UNIMPLEMENTED NO_INTERFACE not-executed; it goes on",
      moves: ["unimplemented"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said = [await offender.ask("constructor.call", []), await offender.ask("__proto__.toString", [])];
        return await all(offender, said);
      },
    },
    {
      name: "calls an object by another interface's methods",
      doors: everywhere,
      hears: `${badReference}; it goes on`,
      moves: ["badReferences"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const account = await offender.opened();
        const said: string[] = [];
        for (const method of ["Target.reverse", "Nothing.deposit", "upcall.Function.call"])
          said.push(await offender.ask(method, ["x"], { target: account, flags: target }));
        return await all(offender, said);
      },
    },
    {
      name: "sends a call of an object without room for its number",
      doors: inline,
      hears: "INVALID_ARGUMENT BAD_FRAME",
      moves: ["badFrames"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const header = { method: numberOf("Account.deposit"), call: 1, flags: target };
        await offender.send(kind.call, header, new Uint8Array(3));
        return await offender.refused();
      },
    },
    {
      name: "asks for `process`, the object itself, a function and a symbol",
      doors: everywhere,
      hears: "INTERNAL BAD_RESULT executed; it goes on",
      moves: ["callsReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const said: string[] = [];
        for (const what of ["process", "itself", "global", "function", "symbol"]) {
          said.push(await offender.ask("Target.odd", [what]));
          said.push(await offender.ask("Target.oddValue", [what]));
        }
        return await all(offender, said);
      },
    },
    {
      name: "50,000 references in arguments",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED TOO_MANY not-executed; it goes on",
      moves: ["referencesRefused"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const count = 50_000;
        for (let sent = 0; sent < count; ) {
          const frames: Uint8Array[] = [];
          for (let i = 0; i < 1_000; i++, sent++) {
            const header = { method: numberOf("Target.watch"), call: offender.next(), remaining: 30_000 };
            frames.push(frameOf(kind.call, header, argumentsOf([handle(handleKind.mine, sent + 1)])));
          }
          await offender.write(Buffer.concat(frames));
          // As many as may run at once, and no more: what is refused is refused for its references.
          await offender.until(() => offender.count(kind.reply) + offender.count(kind.failure) >= sent);
        }
        return await all(offender, [...offender.failures.keys()]);
      },
    },
    {
      name: "takes 20,000 objects and gives none back",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED TOO_MANY executed; it goes on",
      moves: ["referencesRefused"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (let sent = 0; sent < 20_000; sent += 500) {
          const frames: Uint8Array[] = [];
          for (let i = 0; i < 500; i++) {
            const header = { method: numberOf("Target.open"), call: offender.next(), remaining: 30_000 };
            frames.push(frameOf(kind.call, header, argumentsOf(["new"])));
          }
          await offender.write(Buffer.concat(frames));
          await offender.until(() => offender.count(kind.reply) + offender.count(kind.failure) >= sent + 500);
        }
        return await all(offender, [...offender.failures.keys()]);
      },
    },
    {
      name: "holds an object and gives no sign of life",
      doors: ["short tcp", "short unix"],
      hears: /^(reset|closed)$/,
      moves: ["leasesExpired"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        offender.pongs = false;
        await offender.opened();
        return await offender.refused();
      },
    },
    {
      name: "answers a callback by calling back, 10,000 deep",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED BUSY not-executed; it goes on",
      moves: ["refusedRunning"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const deep = 10_000;
        for (let depth = 1; depth <= deep; depth++) {
          await offender.call("Target.ask", [handle(handleKind.mine, depth)]);
          // As deep as it goes; what is asked then is refused, or waits.
          if (depth <= 1_024) await offender.until(() => offender.count(kind.call) >= depth);
        }
        await offender.until(() => offender.count(kind.failure) >= deep - 1_024 - 32);
        const said = [...offender.failures.keys()];
        // Back to the surface: all that the server called is answered.
        let answered = 0;
        while (!offender.ended && offender.count(kind.reply) + offender.count(kind.failure) < deep) {
          const calls = offender.frames.filter((frame) => frame.kind === kind.call).slice(answered);
          answered += calls.length;
          for (const { call } of calls) await offender.send(kind.reply, { call }, bodyOf(1));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return await all(offender, said);
      },
    },
    {
      name: "calls results of calls that were never made, or return no reference",
      doors: everywhere,
      hears: `${badReference}; it goes on`,
      moves: ["badReferences"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const plain = await offender.call("Target.wait", []);
        const said: string[] = [];
        for (const number of [0, 99, 0xffff_ffff, plain])
          said.push(await offender.ask("Account.deposit", [1], { target: number, flags: target | promised }));
        return await all(offender, said);
      },
    },
    {
      name: "lets 5,000 calls wait for one result",
      doors: inline,
      hears: "RESOURCE_EXHAUSTED BUSY not-executed; it goes on",
      moves: ["refusedPipelined"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const later = await offender.call("Target.openLater", ["x"]);
        const header = { flags: target | promised, target: later };
        for (let count = 0; count < 5_000; count++) await offender.call("Account.deposit", [1], header);
        await offender.until(() => offender.count(kind.failure) >= 5_000 - 1_024);
        return await all(offender, [...offender.failures.keys()]);
      },
    },
    {
      name: "gives back 100,000 results of calls that are not known",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        const frames = Array.from({ length: 1_000 }, (_, i) =>
          frameOf(kind.release, { flags: promised }, bodyOf([i + 1_000])),
        );
        await offender.flood(Buffer.concat(frames), 100);
        return await offender.served();
      },
    },
    {
      name: "sends replies to calls that were never made, and references in them",
      doors: inline,
      hears: "it goes on",
      moves: ["framesReceived"],
      attack: async (offence) => {
        const offender = await offence.greeted();
        for (const value of [handle(handleKind.mine, 9), handle(handleKind.yours, 9), handle(handleKind.stream, 9), 9])
          for (let count = 0; count < 2; count++) await offender.send(kind.reply, { call: 77 }, bodyOf(value));
        const said = await offender.served();
        // What nobody here holds is given back.
        const back = offender.frames.filter((frame) => frame.kind === kind.release).map(decoded);
        return back.length > 0 ? said : `${said}, ${says(undefined)} was given back`;
      },
    },
  ],
};
