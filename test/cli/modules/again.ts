// A thread that runs the command again and again. To load it costs a process a fifth of a second of its processor, and a
// call a thousandth of that. Each run has its own main.js, which is the part that runs; what that imports stays loaded.
import { parentPort } from "node:worker_threads";

/** What is run, with what the environment says of it. */
export interface Order {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

const main = new URL("../../../../dist/cli/main.js", import.meta.url);
let runs = 0;
let out = "";
let said = "";

process.stdout.write = (text: string | Uint8Array): boolean => {
  out += typeof text === "string" ? text : Buffer.from(text).toString();
  return true;
};
process.stderr.write = (text: string | Uint8Array): boolean => {
  said += typeof text === "string" ? text : Buffer.from(text).toString();
  return true;
};
// The last thing that `serve` does; here it would end the thread.
process.exit = (() => {}) as typeof process.exit;

async function run({ args, env }: Order): Promise<Outcome> {
  [out, said] = ["", ""];
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  process.exitCode = undefined;
  Object.assign(process.env, env);
  try {
    runs += 1;
    await import(`${main.href}?run=${runs}`);
    return { code: Number(process.exitCode ?? 0), out, said };
  } finally {
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    // What it listened to ends with a process.
    for (const each of [process.stdout, process.stderr]) each.removeAllListeners("error");
    for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal);
  }
}

parentPort?.on("message", (order: Order) => {
  void run(order).then((outcome) => parentPort?.postMessage(outcome));
});
