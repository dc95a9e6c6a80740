// Interceptors that a module exports, in every model of workers: they stand where its objects are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, serve, within } from "upcall";
import { everyModel, shared } from "../harness/every-model.ts";
import RealSubject, { Subject } from "./modules/subject.ts";

const module = new URL("./modules/subject.js", import.meta.url);
const broken = new URL("./modules/broken.js", import.meta.url);

everyModel("interceptors", { size: 1, sparing: true }, (place) => {
  const { workers } = place;
  const at = shared(place, Subject, module);

  test("stand where the module's objects are, and see what these call", async () => {
    const { proxy: subject } = at();
    const where = /^the object in (\d+)\/(\d+)$/.exec(await subject.where());
    assert.ok(where !== null);
    assert.equal(Number(where[1]) === process.pid, !workers.startsWith("processes"));
    assert.equal(where[2] !== "0", workers.startsWith("threads"));
    const called = await subject.calls((text) => `${text}!`);
    assert.match(called, /^from the object, called by upcall\.Function! in \d+\/\d+ in \d+\/\d+$/);
  });

  test("change the metadata that the object finds", async () => {
    const said = await within(at().proxy, { metadata: { tenant: "blue" } }).tenant();
    assert.match(said, /^blue, changed in /);
  });

  test("are looked at when serving", async () => {
    await assert.rejects(serve(Subject, broken, place.url(), { workers }), {
      code: "INVALID_ARGUMENT",
      reason: "MODULE_NOT_LOADED",
      message: /interceptors.*must be an array of functions/,
    });
  });

  if (workers !== "inline")
    test("cannot be given from outside", async () => {
      await assert.rejects(serve(Subject, module, place.url(), { workers, interceptors: [(_call, next) => next()] }), {
        code: "UNIMPLEMENTED",
        reason: "NOT_SUPPORTED",
        message: /export const interceptors/,
      });
    });

  // The last one: workers of one connection tell what they counted when they end.
  test("can turn a call away, which has not run then", async () => {
    const { server, proxy: subject } = at();
    await assert.rejects(subject.never(), { code: "FAILED_PRECONDITION", reason: "THROWN", outcome: "not-executed" });
    await server.close();
    assert.equal(server.counters().upcallsThrown, 0);
  });
});

test("an object of a module that is served as an object has the options' interceptors alone", async () => {
  await using server = await serve(new RealSubject(), "tcp://127.0.0.1:0", { interceptors: [() => "another"] });
  await using subject = await connect(Subject, server.url);
  assert.equal(await subject.where(), "another");
});
