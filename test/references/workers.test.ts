// References to objects in a pool's workers: each call goes to the worker that has the object, and a worker that dies takes
// its objects along, and nothing else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { close, type ProxyOf, type UpcallError, within } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import { Factory, type Part } from "./modules/fragile.ts";

const module = new URL("./modules/fragile.js", import.meta.url);

async function saysOf(promise: Promise<unknown>): Promise<string> {
  try {
    return `returned ${JSON.stringify(await promise)}`;
  } catch (error) {
    const { code, reason, outcome } = error as UpcallError;
    return `${code} ${reason} ${outcome}`;
  }
}

/** A part in each of two workers. */
async function twoParts(factory: ProxyOf<typeof Factory>): Promise<[ProxyOf<typeof Part>, ProxyOf<typeof Part>]> {
  for (let i = 0; i < 100; i++) {
    const [one, other] = await Promise.all([factory.makeSlowly(), factory.makeSlowly()]);
    if ((await one.where()) !== (await other.where())) return [one, other];
    await Promise.all([close(one), close(other)]);
  }
  throw new Error("both are in the same worker");
}

everyModel("references", { kinds: ["threads", "processes"] }, (place) => {
  const at = shared(place, Factory, module);

  // The first of all, because those below leave references behind.
  test("what a pool passes on is given back when nobody holds it any more", async () => {
    const { server, proxy: factory } = at();
    const parts = await twoParts(factory);
    await parts[1].ask(parts[0]);
    for (const part of parts) {
      await part.tell(() => {});
      await close(part);
    }
    for (let i = 0; i < 1_000 && server.counters().referencesNow > 0; i++) await factory.ping();
    const { referencesNow, referencesHeldNow } = server.counters();
    assert.deepEqual([referencesNow, referencesHeldNow], [0, 0]);
  });

  test("every call goes to the worker that has the object", async () => {
    const { proxy: factory } = at();
    const parts = await twoParts(factory);
    const places = await Promise.all(parts.map((part) => part.where()));
    for (let i = 0; i < 20; i++) {
      assert.deepEqual(await Promise.all(parts.map((part) => part.where())), places);
      assert.deepEqual(await Promise.all(parts.map((part) => part.again().again().where())), places);
    }
    for (const [index, part] of parts.entries()) await part.tell((where) => assert.equal(where, places[index]));
  });

  test("an object of one worker is itself there, and a reference in the other", async () => {
    const { proxy: factory } = at();
    const [one, other] = await twoParts(factory);
    assert.deepEqual([await one.is(one), await other.is(one)], [true, false]);
    assert.equal(await other.ask(one), await one.where());
    assert.equal(await one.ask(one), await one.where());
    assert.equal(await one.again(), one);
  });

  test("the caller of a reference's method is who called", async () => {
    const { proxy: factory } = at();
    const expected = place.medium === "tcp" ? /^127\.0\.0\.1:\d+$/ : new RegExp(`^${place.medium}$`);
    assert.match(await (await factory.make()).peer(), expected);
  });

  test("a worker that dies fails the calls of its objects, those that run and those to come", async () => {
    const { proxy: factory } = at();
    const [one, other] = await twoParts(factory);
    const waiting = saysOf(one.wait());
    await one.where();
    assert.equal(await saysOf(one.exit(3)), "UNAVAILABLE WORKER_LOST unknown");
    assert.equal(await waiting, "UNAVAILABLE WORKER_LOST unknown");
    for (let i = 0; i < 3; i++) assert.equal(await saysOf(one.where()), "UNAVAILABLE WORKER_LOST not-executed");
    assert.equal(await saysOf(one.again().where()), "UNAVAILABLE WORKER_LOST not-executed");
    // The other worker's live, and so does the connection.
    assert.equal(await other.where(), await other.again().where());
    assert.equal(await saysOf(other.ask(one)), "UNAVAILABLE THROWN executed");
    await Promise.all([close(one), close(other)]);
  });

  test("an upcall of an object that does not stop ends its worker", async () => {
    const { server, proxy: factory } = at();
    const part = await factory.make();
    const { workersEnded } = server.counters();
    assert.equal(await saysOf(part.spin()), "DEADLINE_EXCEEDED TIMEOUT unknown");
    // It is ended when its grace is over, whoever asks meanwhile.
    let said = "";
    for (let i = 0; i < 500 && !said.includes("WORKER_LOST"); i++)
      said = await saysOf(within(part, { timeout: 1_000 }).where());
    assert.match(said, /^UNAVAILABLE WORKER_LOST/);
    assert.equal(server.counters().workersEnded - workersEnded, 1);
  });
});
