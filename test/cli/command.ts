// For the suites of the command: the real command as a process of its own. It knows no command's meaning.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Program } from "../harness/programs.ts";

export const main: string = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** A module of test/cli/modules, as a path. */
export const moduleAt = (name: string): string => fileURLToPath(new URL(`./modules/${name}.js`, import.meta.url));

export const subjects: string = moduleAt("subjects");

/** Starts the command. */
export function start(...args: readonly string[]): Program {
  return new Program(process.execPath, [main, ...args]);
}

/** What a program has written and how it ended, once it has. */
export interface Ended {
  readonly code: number | string | null;
  readonly lines: readonly string[];
  readonly said: string;
}

/** Runs the command to its end. */
export async function run(...args: readonly string[]): Promise<Ended> {
  const { end, lines, said } = await start(...args).end();
  return { code: end, lines, said };
}

/** Runs it to its end, which must be a good one, for the bytes on its standard output. */
export async function bytesOf(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args]);
  return stdout;
}

/** The arguments of python3 by which the command has a terminal as its output. */
export function terminalWith(variables: string, ...args: readonly string[]): string[] {
  const script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  return ["-c", script, "env", ...variables.split(" "), process.execPath, main, ...args];
}

/** Runs it with a terminal as its output, by Python's pty; what it writes is all in `lines`. */
export async function runOnTerminal(variables: string, ...args: readonly string[]): Promise<Ended> {
  const program = new Program("python3", terminalWith(variables, ...args));
  const { end, lines, said } = await program.end();
  return { code: end, lines, said };
}

/** A server by `upcall serve` with the URLs it printed. */
export class Served implements AsyncDisposable {
  readonly program: Program;
  readonly urls: readonly string[];

  constructor(program: Program, urls: readonly string[]) {
    this.program = program;
    this.urls = urls;
  }

  get url(): string {
    return this.urls[0] ?? "";
  }

  /** Sends a signal and waits for the end. */
  async endBy(signal: NodeJS.Signals): Promise<Ended> {
    this.program.child.kill(signal);
    const { end, lines, said } = await this.program.end();
    return { code: end, lines, said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

/** Serves the fixture; fulfilled when each URL is listened on. */
export async function served(urls: readonly string[], ...options: readonly string[]): Promise<Served> {
  return await servedModule(subjects, urls, ...options);
}

/** The same for another module. */
export async function servedModule(
  module: string,
  urls: readonly string[],
  ...options: readonly string[]
): Promise<Served> {
  const program = start("serve", module, ...urls.flatMap((url) => ["--on", url]), ...options);
  const printed: string[] = [];
  for (const _ of urls) {
    const line = await program.line();
    const url = /^listening on (.*)$/.exec(line)?.[1];
    if (url === undefined) throw new Error(`this is no URL: ${line}`);
    printed.push(url);
  }
  return new Served(program, printed);
}
