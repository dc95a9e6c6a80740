// Whoever is known and may not, on a real server that has a hook for it.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { handleKind } from "#internal/codec/handle.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { frameOf } from "../../harness/stranger.ts";
import type { Offence, Table } from "../case.ts";
import { confidential, oddPermissions } from "../guards.ts";
import { argumentsOf, firstOther, handle, interfaces, numberOf, type Offender, says } from "../offender.ts";
import { alike, bytesOf, entered, fatal } from "./knocking.ts";

const hooks = ["doors tcp", "doors unix", "pool doors tcp"] as const;
const denied = "PERMISSION_DENIED NOT_ALLOWED not-executed";

/** Names that nearly are one that is served: another case, other letters that look the same, something in front or behind. */
const near = (name: string): readonly string[] => [
  name.toLowerCase() === name ? name.toUpperCase() : name.toLowerCase(),
  ` ${name}`,
  `${name} `,
  `${name}\0`,
  `${name}\0x`,
  `${name}\u200b`,
  `${name}\u0301`,
  name.replace("e", "\u0435"),
  name.replace("e", "\u00e9"),
  name.replace("e", "e\u0301"),
  name.replace(/^./, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  `${name}.${name}`,
  `./${name}`,
  name.slice(0, -1),
  "",
];

const nearly: readonly (readonly [string, string])[] = [
  ...near("Target").map((name) => [name, "reverse"] as const),
  ...near("reverse").map((name) => ["Target", name] as const),
];

/** Names that are somewhere, and not here. */
const unserved: typeof nearly = [
  ["Nothing", "reverse"],
  ["Account", "deposit"],
  ["upcall.Function", "call"],
  ["upcall.Reflection ", "interfaces"],
];

/** Calls each; gives what was said, and in how many different ways. */
async function askAll(offender: Offender, numbers: readonly number[]): Promise<{ said: string; bodies: Set<string> }> {
  const said = new Set<string>();
  const bodies = new Set<string>();
  for (const method of numbers) {
    const call = offender.next();
    await offender.send(kind.call, { method, call, remaining: 30_000 }, argumentsOf(["ab"]));
    await offender.until(() => offender.answerTo(call) !== undefined || offender.ended);
    said.add(says(offender.answerTo(call)));
    bodies.add(bytesOf(offender.answerTo(call)));
  }
  return { said: [...said].join(), bodies };
}

async function nearlyAs(offence: Offence, token: string, names: typeof nearly): Promise<string> {
  const offender = await entered(offence, token, {
    interfaces: [...interfaces, ...names.map(([name, method]) => [name, [[method, "call"]]])],
  });
  const numbers = names.map((_, index) => firstOther + index);
  const { said, bodies } = await askAll(offender, numbers);
  return `${said}${alike(bodies)}; ${await offender.served()}`;
}

export const permission: Table = {
  name: "permission",
  cases: [
    {
      name: "a hook that throws, hangs, or gives something that only looks like `true`",
      doors: hooks,
      hears: `${denied}, byte for byte; it goes on`,
      moves: ["notAllowed"],
      attack: async (offence) => {
        const said = new Set<string>();
        const bodies = new Set<string>();
        let last: Offender | null = null;
        for (const what of Object.keys(oddPermissions)) {
          last = await entered(offence, `may ${what}`);
          const answer = await last.asked("Target.echo", ["x"]);
          said.add(answer === undefined ? last.heard : says(answer));
          bodies.add(bytesOf(answer));
          said.add(await last.served());
        }
        said.delete("it goes on");
        return `${[...said].join()}${alike(bodies)}; ${await last?.served()}`;
      },
    },
    {
      name: "calls that may not be made, with arguments that cannot be decoded",
      doors: hooks,
      hears: `${denied}, byte for byte; it goes on`,
      moves: ["notAllowed"],
      attack: async (offence) => {
        const offender = await entered(offence, "may nothing");
        for (let call = 1; call <= 100; call++) await offender.write(fatal(call + 1_000, call));
        await offender.until(() => offender.count(kind.failure) >= 100);
        const bodies = new Set(offender.frames.filter((frame) => frame.kind === kind.failure).map(bytesOf));
        const read = (await offence.counter("badArguments")) > 0 ? " and was read" : "";
        return `${[...offender.failures.keys()].join()}${read}${alike(bodies)}; ${await offender.served()}`;
      },
    },
    {
      name: "names that nearly match, by one who may call nothing of the kind",
      doors: hooks,
      hears: `${denied}, byte for byte; it goes on`,
      moves: ["notAllowed"],
      attack: async (offence) => await nearlyAs(offence, "may nothing", [...nearly, ...unserved]),
    },
    {
      name: "names that nearly match, where the hook lets everything pass",
      doors: hooks,
      hears: `${denied}, byte for byte; it goes on`,
      moves: ["notAllowed", "unimplemented"],
      attack: async (offence) => await nearlyAs(offence, "may everything", nearly),
    },
    {
      name: "a method that may not be called, one that is not there, and an interface that is not there",
      doors: hooks,
      hears: `${denied}, byte for byte; it goes on`,
      moves: ["notAllowed"],
      attack: async (offence) => {
        const offender = await entered(offence, "may nothing");
        const names = ["Target.exit", "Target.constructor", "Target.secret", "Nothing.deposit", "__proto__.toString"];
        const { said, bodies } = await askAll(offender, names.map(numberOf));
        // And one who may call all that there is.
        const other = await entered(offence, "may everything");
        const rest = await askAll(other, ["Target.constructor", "Nothing.deposit"].map(numberOf));
        const all = new Set([...bodies, ...rest.bodies]);
        return `${[...new Set([said, rest.said])].join()}${alike(all)}; ${await offender.served()}`;
      },
    },
    {
      name: "calls objects that it was never given, and those of results that it may not have",
      doors: hooks,
      hears: `${denied}; it goes on`,
      moves: ["notAllowed"],
      attack: async (offence) => {
        const offender = await entered(offence, "may nothing");
        const said = new Set<string>();
        for (const target of [0, 1, 2, 0xffff_ffff])
          said.add(await offender.ask("Account.deposit", [1], { target, flags: flag.target }));
        said.add(await offender.ask("Target.back", [handle(handleKind.yours, 1)]));
        return `${[...said].join()}; ${await offender.served()}`;
      },
    },
    {
      name: "5,000 calls that wait for a hook that hangs",
      doors: hooks,
      hears: `${denied},RESOURCE_EXHAUSTED BUSY not-executed; it goes on`,
      moves: ["notAllowed", "refusedRunning"],
      attack: async (offence) => {
        const offender = await entered(offence, "may a promise that never settles");
        const body = argumentsOf(["x"]);
        const method = numberOf("Target.echo");
        for (let sent = 0; sent < 5_000; sent += 1_000) {
          const frames = Array.from({ length: 1_000 }, () =>
            frameOf(kind.call, { method, call: offender.next(), remaining: 30_000 }, body),
          );
          await offender.write(Buffer.concat(frames));
        }
        await offender.until(() => offender.count(kind.failure) >= 5_000);
        return `${[...offender.failures.keys()].toSorted().join()}; ${await offender.served()}`;
      },
    },
    {
      name: "an error that nobody expected: its text and its stack",
      doors: hooks,
      hears: "UNKNOWN THROWN executed; it goes on",
      moves: ["upcallsThrown"],
      attack: async (offence) => {
        const offender = await entered(offence, "may an error, thrown");
        const said = await offender.ask("Target.throws", ["an error"]);
        await offender.ask("Target.echo", ["x"]);
        const bytes = Buffer.concat(offender.frames.map(({ body }) => body)).toString("utf8");
        const told = /confidential|house|\.[jt]s\b| {4}at |node:/.test(bytes) ? ` and ${confidential} things` : "";
        return `${said}${told}; ${await offender.served()}`;
      },
    },
    {
      name: "another user of the machine at a Unix socket",
      doors: ["doors unix", "native unix"],
      // Only one who may be anybody can be another; for others the rights of the file must do.
      hears: /^rights 600(, EACCES)?$/,
      moves: [],
      attack: async (offence) => {
        const { pathname } = new URL(offence.url);
        const rights = `rights ${(statSync(pathname).mode & 0o777).toString(8)}`;
        if (process.getuid?.() !== 0) return rights;
        const program = `require("net").connect(process.argv[1]).on("error", (error) => console.log(error.code)).on("connect", () => { console.log("connected"); process.exit(); })`;
        const { stdout, error } = spawnSync(process.execPath, ["-e", program, pathname], {
          uid: 65_534,
          gid: 65_534,
          cwd: "/",
          encoding: "utf8",
        });
        return `${rights}, ${error?.message ?? stdout.trim()}`;
      },
    },
  ],
};
