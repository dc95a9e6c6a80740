// More connections than the process has file descriptors for.

import { kind } from "#internal/wire/native/frame.js";
import { prefaceBytes } from "../../harness/stranger.ts";
import type { Offence, Table } from "../case.ts";
import { greeting, type Offender } from "../offender.ts";
import { addresses } from "./together.ts";

/** What the served process may have, and those who come. */
const most = 256;
const comers = 400;

/** They come one after the other, until no descriptor is left and beyond. */
async function crowd(offence: Offence): Promise<Offender[]> {
  const bytes = Buffer.concat([prefaceBytes(), greeting()]);
  const all: Offender[] = [];
  for (const from of addresses(comers)) {
    const offender = await offence.connect(from);
    all.push(offender);
    await offender.write(bytes);
  }
  return all;
}

/** All leave, and the server has seen it. */
async function disperse(offence: Offence, all: readonly Offender[]): Promise<void> {
  for (const offender of all) offender.leave();
  while ((await offence.counter("connectionsNow")) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

const served = (all: readonly Offender[]): number => all.filter((offender) => offender.count(kind.welcome) > 0).length;

export const descriptors: Table = {
  name: "file descriptors",
  means: { descriptors: most },
  cases: [
    {
      name: "400 connections to a server that has 256 file descriptors",
      doors: ["native tcp", "native unix", "processes tcp"],
      hears: "some are not let in; it goes on",
      moves: ["connections"],
      attack: async (offence) => {
        const all = await crowd(offence);
        const said = new Set<string>();
        for (const offender of all.filter((one) => one.count(kind.welcome) > 0)) said.add(await offender.served());
        const some = served(all) > 0 && served(all) < most ? "some are not let in" : `${served(all)} are let in`;
        await disperse(offence, all);
        return `${some}; ${[...said.add(await (await offence.greeted()).served())].join()}`;
      },
    },
    {
      name: "a method that exits its worker while no file descriptor is left",
      doors: ["processes tcp"],
      hears: "UNAVAILABLE WORKER_LOST unknown; it goes on",
      moves: ["workersLost", "workersStarted"],
      attack: async (offence) => {
        const before = await offence.greeted();
        const all = await crowd(offence);
        const said = await before.ask("Target.exit", []);
        const meanwhile = await before.served();
        await disperse(offence, [...all, before]);
        const after = await offence.greeted();
        return [...new Set([said, meanwhile, await after.served()])].join("; ");
      },
    },
  ],
};
