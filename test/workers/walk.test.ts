// Workers: one skeleton, every model, every medium that takes it. What a caller sees is the same but for where it ran.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { connect, refusal, type Server, serve, UpcallError, type Workers, within } from "upcall";
import { Subject } from "./subject.ts";

const module = new URL("./real-subject.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-workers-"));
after(() => rmSync(folder, { recursive: true }));

const models: readonly (readonly [Workers, Parameters<typeof refusal>[2]])[] = [
  ["inline", "inline"],
  ["threads:2", "threads"],
  ["processes:2", "processes"],
  ["threads:per-connection", "threads per connection"],
  ["processes:per-connection", "processes per connection"],
];
let places = 0;

for (const [workers, kind] of models) {
  for (const medium of ["tcp", "unix", "memory"] as const) {
    if (refusal(medium, "native", kind) !== null) {
      test(`${medium} with ${workers} is refused when serving`, async () => {
        await assert.rejects(open(medium, workers), { code: "UNIMPLEMENTED", reason: "NOT_SUPPORTED" });
      });
      continue;
    }
    suite(`${workers} over ${medium}`, () => {
      test("values, errors, many calls and large ones walk", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        assert.equal(await subject.request("hello"), "olleh");
        const texts = Array.from({ length: 2_000 }, (_, i) => `call ${i}`);
        const replies = await Promise.all(texts.map((text) => subject.request(text)));
        assert.deepEqual(
          replies,
          texts.map((text) => Array.from(text).reverse().join("")),
        );
        const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i);
        assert.deepEqual(await subject.bytes(bytes), bytes.toReversed());
        await assert.rejects(subject.throws(), {
          name: "UpcallError",
          code: "NOT_FOUND",
          outcome: "executed",
          message: /there is nothing here/,
        });
      });

      test("the upcall is made where the model says", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        const { pid, thread } = await subject.where();
        assert.equal(pid === process.pid, !workers.startsWith("processes"));
        assert.equal(thread > 0, workers.startsWith("threads"));
      });

      test("an argument of the limit passes, one byte more is refused before it runs", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        // The argument list has 1 byte of its own, a long byte array 5.
        const most = 4 * 1024 * 1024 - 6;
        assert.equal((await subject.bytes(new Uint8Array(most))).length, most);
        await assert.rejects(subject.bytes(new Uint8Array(most + 1)), { reason: "TOO_LARGE", outcome: "not-executed" });
      });

      test("an abort and a deadline reach the upcall's signal", async () => {
        await using server = await open(medium, workers);
        await using subject = await connect(Subject, server.url);
        const abort = new AbortController();
        const call = within(subject, { signal: abort.signal }).untilAborted();
        await subject.request("the call before is on its way");
        abort.abort();
        await assert.rejects(call, { code: "CANCELLED", reason: "ABORTED" });
        // Both sides keep the deadline: the method's answer to its signal may still arrive before the caller's own clock.
        const ended = await within(subject, { timeout: 30 })
          .untilAborted()
          .catch((error: UpcallError) => error.code);
        assert.ok(ended === "aborted" || ended === "DEADLINE_EXCEEDED", ended);
        assert.equal(await subject.request("still here"), "ereh llits");
      });

      test("close() lets a running call finish, and can be called twice", async () => {
        const server = await open(medium, workers);
        const subject = await connect(Subject, server.url);
        const call = subject.later(100);
        await subject.request("the call before is running");
        await Promise.all([server.close(), server.close()]);
        assert.equal(await call, "later");
        await assert.rejects(
          subject.request("x"),
          (error) => error instanceof UpcallError && error.code === "UNAVAILABLE",
        );
      });
    });
  }
}

function open(medium: "tcp" | "unix" | "memory", workers: Workers): Promise<Server> {
  places++;
  const urls = {
    tcp: "tcp://127.0.0.1:0",
    unix: `unix:${join(folder, `${places}.sock`)}`,
    memory: `memory:w${places}`,
  };
  return serve(Subject, module, urls[medium], { workers });
}
