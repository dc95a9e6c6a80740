// The object of a call that gives a stream, over every medium and by every model of workers: it lives as long as the
// stream.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { close, connect, refusal, serve, type Workers } from "upcall";
import { media } from "../harness/media.ts";
import { Clock } from "./clock.ts";

const module = new URL("./modules/clock-per-call.js", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "upcall-clock-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const models: readonly (readonly [Workers, Parameters<typeof refusal>[2]])[] = [
  ["inline", "inline"],
  ["threads:2", "threads"],
  ["processes:2", "processes"],
  ["threads:per-connection", "threads per connection"],
  ["processes:per-connection", "processes per connection"],
];

for (const [workers, kind] of models) {
  for (const medium of media) {
    if (refusal(medium.name as "tcp", "native", kind) !== null) continue;
    suite(`${workers} over ${medium.name}`, () => {
      test("a stream read to its end, one that is left early, and one that fails", async () => {
        const server = await serve(Clock, module, medium.url(), { workers, expose: "message" });
        const clock = await connect(Clock, server.url);
        const [whole, left, failed] = [1, 2, 3].map(() => join(folder, `${++files}`)) as [string, string, string];
        // More than may be sent ahead: at the first item the object cannot have come to the last.
        const many = 150_000;
        let got = 0;
        for await (const tick of await clock.ticks(whole, many)) {
          if (got === 0) assert.ok(!existsSync(whole));
          assert.equal(tick, got++);
        }
        assert.equal(got, many);
        for await (const _tick of await clock.ticks(left, 1_000_000)) break;
        await assert.rejects(
          async () => {
            for await (const tick of await clock.ticks(failed, -1)) assert.equal(tick, 0);
          },
          { code: "UNKNOWN", message: /out of time/ },
        );
        await close(clock);
        await server.close();
        assert.deepEqual(
          [whole, left, failed].map((file) => readFileSync(file, "utf8")),
          ["disposed", "disposed", "disposed"],
        );
      });
    });
  }
}
