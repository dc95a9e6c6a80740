// Other runtimes (Bun and Deno): each model of workers over each medium, with the packed package.
// A runtime that is not here is skipped.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { Stranger } from "../harness/packed.ts";

const models = ["inline", "threads:2", "threads:per-connection", "processes:2", "processes:per-connection"] as const;
const subject = `
import { defineInterface, implement, method } from "upcall";
export const Adder = defineInterface("Adder", { add: method({ plain: "value" }) });
export default implement(Adder, { add: (a, b) => a + b });`;
const program = `
import { close, connect, serve } from "upcall";
import { Adder } from "./adder.mjs";
const [url, workers] = process.argv.slice(2);
const server = await serve(Adder, new URL("./adder.mjs", import.meta.url), url, { workers });
const sums = await Promise.all([1, 2, 3].map(async (n) => {
  const adder = await connect(Adder, server.url, { reconnect: false });
  const sum = await adder.add(n, n);
  await close(adder);
  return sum;
}));
await server.close();
console.log(sums.join());
process.exit();`;

for (const [name, args] of [
  ["bun", []],
  ["deno", ["run", "--allow-all"]],
] as const) {
  const missing = spawnSync(name, ["--version"]).error === undefined ? false : `there is no ${name} on this machine`;

  suite(name, { skip: missing }, () => {
    let stranger: Stranger;
    before(() => {
      stranger = new Stranger();
      writeFileSync(stranger.path("adder.mjs"), subject);
      writeFileSync(stranger.path("program.mjs"), program);
    });
    after(() => stranger[Symbol.dispose]());

    for (const medium of ["tcp", "unix", "memory"])
      for (const model of models) {
        if (medium === "memory" && model === "processes:per-connection") continue;
        test(`${medium}, ${model}`, () => {
          const url = { tcp: "tcp://127.0.0.1:0", unix: `unix:${stranger.path("s")}`, memory: "memory:adder" }[medium];
          const { stdout, stderr } = spawnSync(name, [...args, "program.mjs", url ?? "", model], {
            cwd: stranger.folder,
            encoding: "utf8",
            timeout: 60_000,
          });
          assert.equal(stdout, "2,4,6\n", stderr);
        });
      }
  });
}
