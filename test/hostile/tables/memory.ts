// Memory over many connections: each holds what one connection may, and all of them together far more than a server should.

import { handleKind } from "#internal/codec/handle.js";
import { flag, kind } from "#internal/wire/native/frame.js";
import { frameOf } from "../../harness/stranger.ts";
import type { Case, Door, Offence, Table } from "../case.ts";
import { argumentsOf, handle, numberOf, type Offender } from "../offender.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const crowd = 20;
/** Messages that each of them sends, of 4 MiB. */
const messages = 5;

const body = argumentsOf([new Uint8Array(4 * MiB - 64)]);

/** The pieces of a call with long arguments: all of them, or all but the last. */
function inPieces(call: number, whole: boolean): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += 256 * KiB) {
    const last = at + 256 * KiB >= body.length;
    if (last && !whole) break;
    const header = { method: numberOf("Target.echo"), call, flags: last ? 0 : flag.more, remaining: 30_000 };
    frames.push(frameOf(kind.call, header, body.subarray(at, at + 256 * KiB)));
  }
  return Buffer.concat(frames);
}

/** Calls that do not settle, with 200 KiB of arguments each. */
function waitingCalls(one: Offender, count: number): Uint8Array {
  const value = argumentsOf([new Uint8Array(200 * KiB)]);
  const method = numberOf("Target.wait");
  return Buffer.concat(
    Array.from({ length: count }, () => frameOf(kind.call, { method, call: one.next(), remaining: 30_000 }, value)),
  );
}

async function crowded(offence: Offence): Promise<Offender[]> {
  return await Promise.all(Array.from({ length: crowd }, async () => await offence.greeted()));
}

/** A case over tcp, where the offenders have one address and so half of the budget, and over a Unix socket, where they have all. */
function overBoth(one: Omit<Case, "doors" | "memory" | "resident">, tcp: Door, unix: Door | null): Case[] {
  const cases: Case[] = [{ ...one, doors: [tcp], memory: 200, resident: 420 }];
  if (unix !== null) cases.push({ ...one, name: `${one.name}, over unix`, doors: [unix], memory: 330, resident: 560 });
  return cases;
}

/** What the connections heard, each once, and whether they go on. */
function said(offenders: readonly Offender[]): string {
  const all = offenders.flatMap((one) => [...one.failures.keys(), one.heard]);
  return [...new Set(all)].toSorted().join("; ");
}

const refusedOrClosed = /RESOURCE_EXHAUSTED (?:BUSY not-executed|MEMORY_FULL)|closed|reset/;

export const memory: Table = {
  name: "memory over many connections",
  cases: [
    ...overBoth(
      {
        name: "20 connections with 19 MiB of pieces that are never whole",
        hears: /RESOURCE_EXHAUSTED BUSY not-executed/,
        moves: ["refusedMemory"],
        attack: async (offence) => {
          const offenders = await crowded(offence);
          await Promise.all(
            offenders.map(async (one) => {
              for (let call = 1; call <= messages; call++) await one.write(inPieces(call, false));
            }),
          );
          await offence.counted("refusedMemory", 1);
          await Promise.all(offenders.map(async (one) => await one.served()));
          return said(offenders);
        },
      },
      "native tcp",
      "native unix",
    ),
    ...overBoth(
      {
        name: "20 connections that have 20 MiB sent back, and read nothing",
        hears: refusedOrClosed,
        moves: ["callsReceived"],
        attack: async (offence) => {
          const offenders = await crowded(offence);
          for (const one of offenders) one.socket.pause();
          for (let call = 1; call <= messages; call++) {
            const bytes = inPieces(call, true);
            // Nobody waits for a server that does not read on: what is not taken stays with the offender.
            for (const one of offenders) if (!one.socket.destroyed) one.socket.write(bytes);
          }
          while ((await offence.counter("refusedMemory")) + (await offence.counter("memoryCloses")) === 0)
            await new Promise((resolve) => setTimeout(resolve, 20));
          for (const one of offenders) one.socket.resume();
          await Promise.race(offenders.map(async (one) => await one.until(() => one.ended || one.failures.size > 0)));
          return said(offenders);
        },
      },
      "native tcp",
      "native unix",
    ),
    ...overBoth(
      {
        name: "20 connections with 20 MiB of arguments that wait for a pool",
        hears: /RESOURCE_EXHAUSTED BUSY not-executed/,
        moves: ["refusedMemory"],
        attack: async (offence) => {
          const offenders = await crowded(offence);
          await Promise.all(
            offenders.map(async (one) => {
              for (let round = 0; round < 10; round++) await one.write(waitingCalls(one, 10));
            }),
          );
          await offence.counted("refusedMemory", 1);
          await Promise.race(offenders.map(async (one) => await one.until(() => one.failures.size > 0)));
          return said(offenders);
        },
      },
      "pool tcp",
      null,
    ),
    ...overBoth(
      {
        name: "20 connections with 30 MiB of items in pieces",
        hears: /RESOURCE_EXHAUSTED/,
        moves: ["refusedMemory"],
        attack: async (offence) => {
          const offenders = await crowded(offence);
          await Promise.all(offenders.map(async (one) => await feed(one)));
          return said(offenders);
        },
      },
      "native tcp",
      "native unix",
    ),
    ...(["own thread tcp", "own process tcp"] as const).map(
      (door): Case => ({
        name: `70 connections that say nothing, at a server with workers of their own: ${door.replace(" tcp", "")}`,
        doors: [door],
        hears: "70 open, 0 workers",
        moves: [],
        resident: 100,
        attack: async (offence) => {
          const offenders = await Promise.all(Array.from({ length: 70 }, async () => await offence.connect()));
          await offence.counted("connections", 70);
          const open = offenders.filter(({ ended }) => !ended).length;
          return `${open} open, ${await offence.counter("workersStarted")} workers`;
        },
      }),
    ),
  ],
};

/** Sends beginnings of long items, as many as are granted, until one is refused. */
async function feed(offender: Offender): Promise<void> {
  for (let id = 1; id <= 16; id++) await offender.call("Target.sum", [handle(handleKind.stream, id)]);
  let seen = 0;
  while (offender.count(kind.failure) === 0 && !offender.ended) {
    const credits = offender.frames.slice(seen).filter((frame) => frame.kind === kind.credit);
    seen = offender.frames.length;
    for (const { call, remaining } of credits)
      await offender.send(kind.item, { call, flags: flag.more }, new Uint8Array(Math.min(remaining, 256 * KiB)));
    // This end stays half open, so a server that only says why and ends would be waited for without an end.
    if (!(await offender.until(() => offender.frames.length > seen || offender.ended))) return;
  }
}
