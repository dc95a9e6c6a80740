// The command and references: they would be gone with it, so it says so before it calls.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, type Served, servedModule } from "./command.ts";

let server: Served;

before(async () => {
  server = await servedModule(fileURLToPath(new URL("../references/modules/bank.js", import.meta.url)), [
    "tcp://localhost:0",
  ]);
});
after(async () => {
  await server.endBy("SIGTERM");
});

for (const [method, ...args] of [["open", "x"], ["watch", "1"], ["pay", "1", "2"], ["counter"]]) {
  test(`call Bank.${method} is refused`, async () => {
    const { code, lines, said } = await run("call", server.url, `Bank.${method}`, ...args);
    assert.deepEqual({ code, lines }, { code: 1, lines: [] });
    assert.match(said, /stays where it is.*call it from a program[\s\S]*UNIMPLEMENTED.*NOT_SUPPORTED.*not-executed/);
  });
}

test("its methods of plain data are called as any", async () => {
  assert.deepEqual((await run("call", server.url, "Bank.plain", '{"a":1}')).lines, ['{"a":1}']);
});
