// @ts-check
// `npm run bench -- [--quick] [--only W2,W3] [--contenders "limit,upcall tcp"] [--rounds n] [--growth] [--beside] [--json]`
//
// Measures every contender in every work, round after round, A B C A B C, so that a machine that slows down for a while
// slows all of them down. Prints a table, writes results.json; `node bench/report.mjs` makes the page from it.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const usage = `usage: npm run bench -- [options]
  --quick               the main contenders, short: under two minutes. Without it: under thirty minutes
  --only W2,W3          these works
  --contenders a,b      these contenders ("limit,upcall tcp,birpc")
  --rounds n            so many rounds
  --growth              how cost grows with calls in flight, connections, payload and workers, instead of the works
  --beside              small calls beside a message of 64 MiB, instead of the works
  --json                the results on standard output instead of the table
A whole run is kept in bench/results.json, and so are whole works (--only alone), in the place of what was there of them;
any other run in bench/results-part.json.
`;

function argumentsGiven() {
  try {
    return parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string" },
        contenders: { type: "string" },
        rounds: { type: "string" },
        growth: { type: "boolean", default: false },
        beside: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

/** The contenders' packages are this folder's own; the product is built where its sources are newer. */
function prepare() {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const root = fileURLToPath(new URL("..", import.meta.url));
  const installed = new URL("node_modules/.package-lock.json", import.meta.url);
  const wanted = new URL("package-lock.json", import.meta.url);
  const step = (/** @type {string} */ command, /** @type {string[]} */ args, /** @type {string} */ cwd) => {
    const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
    if (status !== 0) process.exit(status ?? 1);
  };
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
    process.stderr.write("installing the contenders' packages ...\n");
    step("npm", ["ci", "--no-audit", "--no-fund"], here);
  }
  step(process.execPath, ["scripts/setup.mjs"], root);
}

const given = argumentsGiven();
if (given.help) {
  process.stdout.write(usage);
  process.exit(0);
}
prepare();
// Only now are the packages there that these import.
const { planOf, measureAll } = await import("./measure.mjs");
const { measureGrowth } = await import("./growth.mjs");
const { measureBeside } = await import("./beside/measure.mjs");
const { tableOf } = await import("./table.mjs");
const { describe, keep } = await import("./results.mjs");

try {
  const plan = planOf(given);
  const description = describe();
  const whole = !given.quick && given.contenders === undefined && given.rounds === undefined;
  const results = given.growth
    ? { growth: { ...description, quick: given.quick, points: await measureGrowth(given.quick) } }
    : given.beside
      ? { beside: { ...description, quick: given.quick, samples: await measureBeside(given.quick) } }
      : { ...description, quick: given.quick, terms: plan.terms, ...(await measureAll(plan)) };
  const file = keep(results, whole, whole && given.only !== undefined);
  process.stdout.write(given.json ? `${JSON.stringify(results, null, 1)}\n` : tableOf(results));
  process.stderr.write(
    `kept in bench/${file}; node bench/report.mjs${whole ? "" : ` bench/${file}`} makes docs/performance.md of it\n`,
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
