// docs/protocol.md and the program say the same: kinds, flags, limits, codes, and the conversation that is shown.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codes, defaultLimits, defineInterface, implement, method, reference } from "upcall";
import { elements } from "#internal/codec/extensions.js";
import { portableText } from "#internal/codec/utf8.js";
import { Counters } from "#internal/counters.js";
import { Endpoint, Platform } from "#internal/endpoint/platform.js";
import { proxyOf } from "#internal/proxy/proxy.js";
import { Session } from "#internal/session/native/session.js";
import { SkeletonTable } from "#internal/skeleton/table.js";
import { flag, headerLength, kind, prefaceLength } from "#internal/wire/native/frame.js";
import { addEverything } from "#internal/workers/brought-along.js";
import { InlineDispatcher } from "#internal/workers/inline.js";
import { ownObjects } from "#internal/workers/own-objects.js";
import { link } from "../harness/link.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { bytesOf, fromHex, preface, toHex, vectors } from "./vectors.ts";

const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");

/** The rows of the table that stands behind a heading row. */
function rows(heading: string): string[][] {
  const [, after] = page.split(`${heading}\n`);
  assert.ok(after !== undefined, `a table ${heading}`);
  const lines = after.split("\n").slice(1);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(0, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** What a side says in the conversation below a heading. */
function said(side: "C" | "S", heading = "### A conversation"): string {
  const [, below = ""] = page.split(`${heading}\n`);
  const block = /```hex\n([\s\S]*?)```/.exec(below)?.[1] ?? "";
  const lines = block.split("\n").filter((line) => line.startsWith(`${side} `));
  return toHex(fromHex(lines.map((line) => line.slice(2).replace(/\|.*/, "")).join("")));
}

function bytesNamed(start: string): Uint8Array {
  return bytesOf(vectors.find(({ name }) => name.startsWith(start)) ?? assert.fail(start));
}

test("the page's kinds are the program's", () => {
  const table = rows("| kind | name | call id | body | sent by |");
  assert.deepEqual(Object.fromEntries(table.map(([number, name]) => [name, Number(number)])), kind);
});

test("the page's flags are the program's", () => {
  const table = rows("| flag | name | meaning |");
  assert.deepEqual(Object.fromEntries(table.map(([number, name]) => [name, Number.parseInt(number ?? "", 16)])), flag);
});

test("the page's limits are the program's", () => {
  for (const [name, value] of rows("| limit | default | |"))
    assert.equal(
      Number(value?.replaceAll(",", "")),
      (defaultLimits as unknown as Record<string, number>)[name ?? ""],
      name,
    );
});

test("the page's elements of typed arrays are the program's", () => {
  elements.forEach(({ name }, i) => {
    assert.match(page.replaceAll("\n", " "), new RegExp(`\`${i.toString(16).padStart(2, "0")}\` ${name}`));
  });
});

test("the page's codes and lengths are the program's", () => {
  assert.equal(headerLength, 16);
  assert.equal(prefaceLength, 5);
  const [, listed = ""] = /gRPC's names: ([A-Z_, ]+)/.exec(page) ?? [];
  assert.deepEqual(
    listed
      .trim()
      .split(", ")
      .map((code) => code.trim()),
    codes.slice(0, 5),
  );
});

test("the page's conversation is made of golden frames", () => {
  const client = [preface, bytesNamed("greeting"), bytesNamed('call: Subject.request("hello")')];
  const server = [preface, bytesNamed("welcome"), bytesNamed('reply: "olleh"')];
  assert.equal(said("C"), toHex(Buffer.concat(client)));
  assert.equal(said("S"), toHex(Buffer.concat(server)));
});

test("the page's conversation is what two sessions say", async () => {
  const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });
  const clock = new VirtualClock();
  const platform = new Platform(clock, (bytes) => bytes.map((_, i) => i), portableText);
  addEverything(platform);
  const endpoint = new Endpoint(platform, defaultLimits, new Counters(), null);
  endpoint.instance = Uint8Array.from({ length: 16 }, (_, at) => at);
  const [near, far] = link();
  const object = { request: (data: string) => data.split("").toReversed().join("") };
  const options = { timeout: 30_000, onDraining: null, onClosed: () => {} };
  const client = new Session(endpoint, near, {
    ...options,
    role: "connected",
    dispatcher: ownObjects(endpoint),
    interfaces: [Subject],
  });
  const dispatcher = new InlineDispatcher(endpoint, new SkeletonTable([implement(Subject, object)]));
  new Session(endpoint, far, { ...options, role: "accepted", dispatcher, interfaces: [] });
  const [entry] = Subject.table;
  assert.ok(entry !== undefined);
  const result = client.call(0, entry, ["hello"], null);
  await clock.settle();
  assert.equal(await result, "olleh");
  assert.equal(toHex(Buffer.concat(near.written)), said("C"));
  assert.equal(toHex(Buffer.concat(far.written)), said("S"));
});

test("the page's flight is what two sessions say", async () => {
  const Account = defineInterface("Account", { deposit: method<(amount: number) => number>() });
  const text = { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as string }) } as const;
  const Bank = defineInterface("Bank", {
    open: method({ args: [{ "~standard": text }], returns: reference(() => Account) }),
  });
  const clock = new VirtualClock();
  const platform = new Platform(clock, (bytes) => bytes, portableText);
  addEverything(platform);
  const endpoint = new Endpoint(platform, defaultLimits, new Counters(), null);
  const [near, far] = link();
  const options = { timeout: 30_000, onDraining: null, onClosed: () => {} };
  const client = new Session(endpoint, near, {
    ...options,
    role: "connected",
    dispatcher: ownObjects(endpoint),
    interfaces: [Bank, Account],
  });
  const table = new SkeletonTable([implement(Bank, { open: () => ({ deposit: (amount: number) => amount }) })]);
  new Session(endpoint, far, {
    ...options,
    role: "accepted",
    dispatcher: new InlineDispatcher(endpoint, table),
    interfaces: [],
  });
  const bank = proxyOf(Bank, client, false);
  await clock.settle();
  const before = [near.written.length, far.written.length];
  const result = bank.open("x").deposit(5);
  await clock.settle();
  assert.equal(await result, 5);
  const heading = "### Calls of results that are not here yet";
  assert.equal(toHex(Buffer.concat(near.written.slice(before[0]))), said("C", heading));
  assert.equal(toHex(Buffer.concat(far.written.slice(before[1]))), said("S", heading));
});
