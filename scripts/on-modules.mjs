// Imported first by programs that use the tests' own parts: runs them again on the single modules of dist/, which those
// parts look into, and not on lib/ (scripts/bundle.mjs). An error of the one is no instance of the other's class.
import { spawnSync } from "node:child_process";
import { environment, onModules } from "./modules.mjs";

if (!onModules) {
  const { status, signal } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: environment,
  });
  if (signal !== null) process.stderr.write(`ended by ${signal}\n`);
  process.exit(status ?? 1);
}
