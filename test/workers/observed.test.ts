// Observers and the registry of connections with every model of workers: events of workers come in batches, under the ids of the
// caller's connection; observe() reaches workers that run already; what is too much is dropped and counted (eventsDropped).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, connect, connectionOf, type DroppedEvent, type ObservedEvent, type Server, serve } from "upcall";
import { Counters } from "#internal/counters.js";
import { Endpoint } from "#internal/endpoint/platform.js";
import { defaultLimits } from "#internal/limits.js";
import { Reporting } from "#internal/workers/reporting.js";
import { everyModel, type Place } from "../harness/every-model.ts";
import { newEndpoint } from "../harness/sessions.ts";
import { VirtualClock } from "../harness/virtual-clock.ts";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const ways = ["receive", "unframe", "decode", "upcall", "return", "encode", "frame", "send"];

/** Fulfilled when something holds; events of workers come when they come. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

everyModel("observed", { media: ["tcp", "unix"] }, (place: Place) => {
  let server: Server;
  let subject: Awaited<ReturnType<typeof connect<typeof Subject>>>;
  before(async () => {
    server = await serve(Subject, module, place.url(), { workers: place.workers });
    subject = await connect(Subject, server.url, { timeout: 60_000 });
    await subject.request("before");
  });
  after(async () => {
    await close(subject);
    await server.close();
  });

  test("an observer that is added while it runs sees each stage of a call, and none once it was taken out", async () => {
    const events: ObservedEvent[] = [];
    const observing = server.observe((event) => void events.push(event));
    const seen = (): string[] =>
      events.flatMap((event) => (event.event === "stage" && event.method === "request" ? [event.stage] : []));
    // The word of it may reach a worker that is far away after the first calls.
    while (!ways.every((stage) => seen().includes(stage))) {
      await subject.request("watched");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const id = connectionOf(subject)?.links[0]?.id ?? "";
    const inline = place.workers === "inline";
    for (const event of events) {
      if (event.event !== "stage" || event.method !== "request") continue;
      assert.deepEqual(
        [event.side, event.interface, event.connection],
        ["callee", "Subject", id],
        JSON.stringify(event),
      );
      if (event.stage === "upcall") assert.equal(event.worker === null, inline);
      assert.ok(event.id > 0 && event.time > 0);
    }
    const now = performance.now();
    assert.ok(events.every(({ time }) => time > now - 60_000 && time < now + 60_000));
    observing[Symbol.dispose]();
    const before = events.length;
    await subject.request("unseen");
    assert.equal(events.length, before);
    assert.equal(server.counters().eventsDropped, 0);
  });

  test("the registry has the connection, with its id and its bytes, whoever has its session", async () => {
    const id = connectionOf(subject)?.links[0]?.id;
    await until(() => server.connections().some((row) => row.id === id && row.state === "connected"));
    const [row, ...others] = server.connections();
    assert.equal(others.length, 0);
    assert.ok((row?.bytesReceived ?? 0) > 0 && (row?.bytesSent ?? 0) > 0);
    assert.equal(row?.worker === null, !String(place.workers).endsWith("per-connection"));
    assert.deepEqual(structuredClone(row), row);
    const going = subject.later(300);
    await until(() => server.connections()[0]?.upcalls === 1 || String(place.workers).endsWith("per-connection"));
    assert.equal(await going, "later");
  });
});

test("a worker holds so many events until its owner takes them, and counts what it drops", async () => {
  const clock = new VirtualClock();
  const endpoint = new Endpoint(newEndpoint(clock).platform, defaultLimits, new Counters(), null);
  const batches: { readonly events: readonly ObservedEvent[]; readonly dropped: number }[] = [];
  const reporting = new Reporting(
    endpoint,
    (report) => {
      if ("events" in report) batches.push(report);
    },
    false,
  );
  const event: DroppedEvent = { event: "dropped", side: "callee", connection: "", count: 1, time: 1, worker: null };
  endpoint.observer?.(event);
  reporting.say("observe");
  for (let turn = 0; turn < 6; turn++) {
    for (let at = 0; at < 100; at++) endpoint.observer?.(event);
    clock.turn();
    await clock.settle();
  }
  // Four are under way; what came since waits.
  assert.deepEqual(
    batches.map(({ events }) => events.length),
    [100, 100, 100, 100],
  );
  for (let at = 0; at < 10_000; at++) endpoint.observer?.(event);
  reporting.say("taken");
  const [last] = batches.slice(-1);
  assert.deepEqual([last?.events.length, last?.dropped], [8_192, 200 + 10_000 - 8_192]);
  reporting.say("unobserve");
  assert.equal(endpoint.observer, null);
});
