// `npm run -s example -- <name> [args...]`: runs one example of build/examples, with its own exit code and signals.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../build/examples/", import.meta.url);
const [name, ...args] = process.argv.slice(2);
const file = fileURLToPath(new URL(`./${name}/main.js`, folder));
if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(file)) {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((entry) => existsSync(new URL(`${entry}/main.js`, folder)))
    : [];
  process.stderr.write(
    `usage: npm run -s example -- <name> [args...]\nexamples: ${names.join(", ") || "none: run `npm run build` first"}\n`,
  );
  process.exit(2);
}
const child = spawn(process.execPath, [file, ...args], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
// The shell that npm puts between does not pass a signal on: that it is gone means the same.
const parent = process.ppid;
setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 200).unref();
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});
