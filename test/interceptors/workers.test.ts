// A module's own interceptors (middleware) with every model of workers.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, serve, type Workers, within } from "upcall";
import RealSubject, { Subject } from "./modules/subject.ts";

const module = new URL("./modules/subject.js", import.meta.url);
const broken = new URL("./modules/broken.js", import.meta.url);
const url = "tcp://127.0.0.1:0";
const models: readonly Workers[] = [
  "inline",
  "threads:1",
  "processes:1",
  "threads:per-connection",
  "processes:per-connection",
];

for (const workers of models)
  suite(`a module's interceptors with workers: ${workers}`, () => {
    test("stand where its objects are, and see what these call", async () => {
      await using server = await serve(Subject, module, url, { workers });
      await using subject = await connect(Subject, server.url);
      const where = /^the object in (\d+)\/(\d+)$/.exec(await subject.where());
      assert.ok(where !== null);
      assert.equal(Number(where[1]) === process.pid, !workers.startsWith("processes"));
      assert.equal(where[2] !== "0", workers.startsWith("threads"));
      const called = await subject.calls((text) => `${text}!`);
      assert.match(called, /^from the object, called by upcall\.Function! in \d+\/\d+ in \d+\/\d+$/);
    });

    test("change the metadata that the object finds", async () => {
      await using server = await serve(Subject, module, url, { workers });
      await using subject = await connect(Subject, server.url);
      const said = await within(subject, { metadata: { tenant: "blue" } }).tenant();
      assert.match(said, /^blue, changed in /);
    });

    test("can turn a call away, which has not run then", async () => {
      await using server = await serve(Subject, module, url, { workers });
      await using subject = await connect(Subject, server.url);
      await assert.rejects(subject.never(), {
        code: "FAILED_PRECONDITION",
        reason: "THROWN",
        outcome: "not-executed",
      });
      assert.equal(server.counters().upcallsThrown, 0);
    });

    test("are looked at when serving", async () => {
      await assert.rejects(serve(Subject, broken, url, { workers }), {
        code: "INVALID_ARGUMENT",
        reason: "MODULE_NOT_LOADED",
        message: /interceptors.*must be an array of functions/,
      });
    });

    if (workers !== "inline")
      test("cannot be given from outside", async () => {
        await assert.rejects(serve(Subject, module, url, { workers, interceptors: [(_call, next) => next()] }), {
          code: "UNIMPLEMENTED",
          reason: "NOT_SUPPORTED",
          message: /export const interceptors/,
        });
      });
  });

test("an object of a module that is served as an object has the options' interceptors alone", async () => {
  await using server = await serve(new RealSubject(), url, { interceptors: [() => "another"] });
  await using subject = await connect(Subject, server.url);
  assert.equal(await subject.where(), "another");
});
