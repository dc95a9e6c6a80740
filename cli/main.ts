#!/usr/bin/env node
// The command's entry point: which command, and its exit code. It knows nothing of what the commands do.

import { readFileSync } from "node:fs";
import { escaped } from "#internal/escape.js";
import { didYouMean } from "#internal/nearest.js";
import { WrongUsage } from "./arguments.ts";
import { paint } from "./print.ts";
import { type CommandName, commandNames, shortUsageOf, usageOf } from "./usage.ts";

/** Each command is loaded when it is used: help and version need nothing of upcall, and no command needs the others. */
const commands: Readonly<Record<CommandName, () => Promise<(args: readonly string[]) => Promise<number>>>> = {
  serve: async () => (await import("./serve.ts")).serve,
  call: async () => (await import("./call.ts")).call,
  list: async () => (await import("./list.ts")).list,
  describe: async () => (await import("./describe.ts")).describe,
  ping: async () => (await import("./ping.ts")).ping,
  bench: async () => (await import("./bench.ts")).bench,
};

/** The reader of the output may stop reading (`| head`). That ends the command and is no failure. */
function endQuietlyWhenUnread(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
}

async function main([word, ...args]: readonly string[]): Promise<number> {
  if (word === undefined || word === "--help" || word === "-h") return showUsage(null);
  if (word === "help") return showUsage(args[0] === undefined ? null : commandOf(args[0]));
  if (word === "--version") {
    const about: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    process.stdout.write(`${about.version}\n`);
    return 0;
  }
  const command = commandOf(word);
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  if (before.includes("--help") || before.includes("-h")) return showUsage(command);
  const run = await commands[command]();
  return await run(args);
}

function commandOf(word: string): CommandName {
  const command = commandNames.find((name) => name === word);
  if (command !== undefined) return command;
  const known = word.startsWith("-") ? ["--help", "--version"] : [...commandNames, "help"];
  throw new WrongUsage(
    null,
    `there is no ${word.startsWith("-") ? "option" : "command"} ${word}.${didYouMean(word, known)}`,
  );
}

function showUsage(command: CommandName | null): number {
  process.stdout.write(usageOf(command));
  return 0;
}

endQuietlyWhenUnread();
try {
  process.exitCode = await main(process.argv.slice(2));
  // A module that was served may have timers and sockets of its own, which must not keep the process.
  if (process.argv[2] === "serve") process.exit();
} catch (error) {
  if (!(error instanceof WrongUsage)) throw error;
  const name = error.command === null ? "upcall:" : `upcall ${error.command}:`;
  process.stderr.write(
    `${paint(process.stderr, "red", name)} ${escaped(error.message)}\n${shortUsageOf(error.command)}`,
  );
  process.exitCode = 2;
}
