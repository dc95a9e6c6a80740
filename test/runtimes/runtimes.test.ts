// Other runtimes (Bun and Deno), with the packed package: one model of workers in the gate, and each of them over each medium
// where all is played. `npm ci --prefix test/runtimes` installs them; .ci/run does, `npm test` does without.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root, Stranger } from "../harness/packed.ts";
import { needs } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";

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

/** Those of this folder's lock file, which `npm ci --prefix test/runtimes` puts here, or else the machine's own. */
const installed = join(root, "test", "runtimes", "node_modules", ".bin");
process.env["PATH"] = `${installed}${delimiter}${process.env["PATH"]}`;

const places = ["tcp", "unix", "memory"]
  .flatMap((medium) => models.map((model) => [medium, model] as const))
  .filter(([medium, model]) => medium !== "memory" || model !== "processes:per-connection");

for (const [name, args] of [
  ["bun", []],
  ["deno", ["run", "--allow-all"]],
] as const) {
  suite(name, { skip: needs(name) }, () => {
    let stranger: Stranger;
    before(() => {
      stranger = new Stranger();
      writeFileSync(stranger.path("adder.mjs"), subject);
      writeFileSync(stranger.path("program.mjs"), program);
    });
    after(() => stranger[Symbol.dispose]());

    // One place shows that the product loads there, has its sockets and starts its workers.
    for (const [medium, model] of reaches("all") ? places : [["tcp", "threads:2"] as const]) {
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
