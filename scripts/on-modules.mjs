// Imported first by programs that use the tests' own parts: runs them again on the single modules of dist/, which those
// parts look into, and not on lib/ (scripts/bundle.mjs). An error of the one is no instance of the other's class.
import { spawnSync } from "node:child_process";

const wanted = "--conditions=upcall-modules";
const given = process.env["NODE_OPTIONS"] ?? "";
if (!given.includes(wanted)) {
  const { status, signal } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, NODE_OPTIONS: `${given} ${wanted}`.trim() },
  });
  if (signal !== null) process.stderr.write(`ended by ${signal}\n`);
  process.exit(status ?? 1);
}
