// What an upcall knows of its call (metadata, deadline, signal, ambient context) where it is made by a worker: the same as
// inline.
import assert from "node:assert/strict";
import { test } from "node:test";
import { close, connect, type Metadata, serve, UpcallError, within } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import { until } from "../workers/programs.ts";
import { Chained, Told } from "./modules/told.ts";

const module = new URL("./modules/told.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

everyModel("context", { size: 1, sparing: true }, (place) => {
  const { workers } = place;
  const at = shared(place, Told, module, { serving: { limits: { metadata: 150 } }, whole: true });

  test("the peer is an object, and the same one as inline", async () => {
    const [facts, text] = await at().proxy.whose();
    const { port, ...others } = { port: undefined, ...facts };
    const address = place.medium === "tcp" ? "127.0.0.1" : "";
    assert.deepEqual(others, { address, local: true, encrypted: false });
    assert.equal(text, address === "" ? place.medium : `${address}:${port}`);
  });

  test("metadata goes there and comes back, with a result and with an error", async () => {
    const { proxy: told } = at();
    const heard: Metadata[] = [];
    const asking = within(told, {
      timeout: 60_000,
      metadata: { tenant: "x", traceparent },
      onMetadata: heard.push.bind(heard),
    });
    const { metadata, remaining } = await asking.tell();
    assert.deepEqual(metadata, { tenant: "x", traceparent });
    assert.ok(remaining > 0 && remaining < 60_010, `${remaining}`);
    await assert.rejects(asking.refuse(), { code: "NOT_FOUND" });
    assert.deepEqual(
      heard.map((answer) => ({ ...answer })),
      [{ cost: "12" }, { hint: "look elsewhere" }],
    );
    assert.deepEqual((await told.tell()).metadata, {});
  });

  test("so it does with a call that carries a stream or a reference", async () => {
    const { proxy: told } = at();
    const heard: Metadata[] = [];
    const asking = within(told, { metadata: { tenant: "x" }, onMetadata: heard.push.bind(heard) });
    assert.equal(await asking.sum([1, 2, 3]), "6 for x");
    assert.equal(await asking.visit(() => "seen"), "seen for x");
    assert.deepEqual(
      heard.map((answer) => ({ ...answer })),
      [{ cost: "6" }, { cost: "1" }],
    );
  });

  test("metadata that is refused costs its call alone", async () => {
    const { proxy: told } = at();
    await assert.rejects(within(told, { metadata: { tenant: "x".repeat(200) } }).tell(), {
      code: "RESOURCE_EXHAUSTED",
      reason: "TOO_LARGE",
      outcome: "not-executed",
    });
    assert.deepEqual((await within(told, { metadata: { tenant: "x" } }).tell()).metadata, { tenant: "x" });
  });

  test("a bound call of an upcall there ends with it, when its caller cancels or goes away", async () => {
    const { server } = at();
    await using back = await serve(module, url, { workers: "inline" });
    const client = await connect(Chained, server.url, { limits: { drain: 0 } });
    await using watching = await connect(Chained, back.url);
    const controller = new AbortController();
    const cancelled = within(client, { signal: controller.signal }).pass(back.url);
    const lost = assert.rejects(client.pass(back.url), UpcallError);
    await until(async () => (await watching.waiting()) === 2);
    controller.abort();
    await assert.rejects(cancelled, { code: "CANCELLED" });
    await until(async () => (await watching.waiting()) === 1);
    await close(client);
    await lost;
    await until(async () => (await watching.waiting()) === 0);
  });

  test("ambient: the call is known after an await, and its calls inherit", async () => {
    await using back = await serve(module, url, { workers: "inline" });
    await using server = await serve(module, place.url(), { workers, ambient: true });
    await using client = await connect(Chained, server.url);
    const said = await within(client, { timeout: 60_000, metadata: { traceparent, tenant: "x" } }).follow(back.url);
    assert.deepEqual(said.metadata, { traceparent });
    assert.ok(said.remaining > 0 && said.remaining < 60_010, `${said.remaining}`);
  });
});
