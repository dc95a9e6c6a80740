// For the suites of the command: the real command as a process of its own, or in a thread that runs it again and again. It
// knows no command's meaning.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server as NetServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { Program } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";
import type { Order, Outcome } from "./modules/again.ts";

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

async function endOf(program: Program): Promise<Ended> {
  const { end, lines, said } = await program.end();
  return { code: end, lines, said };
}

/**
 * Runs the command to its end: in a process of its own where all is played, and else in a thread, one run after the other,
 * which saves the tests most of their time. What only a process can show (that it ends, signals, terminals, workers) is
 * tried by `start`; processes.test.ts has one of each command.
 */
export async function run(...args: readonly string[]): Promise<Ended> {
  return await runIn({}, ...args);
}

/** The same with some of the environment. */
export async function runIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
  if (reaches("all")) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return await endOf(new Program("env", [...variables, process.execPath, main, ...args]));
  }
  const ended = last.then(() => inThread({ args, env }));
  last = ended.catch(() => {});
  return await ended;
}

let thread: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

async function inThread(order: Order): Promise<Ended> {
  thread ??= new Worker(new URL("./modules/again.js", import.meta.url));
  thread.ref();
  thread.postMessage(order);
  const [{ code, out, said }] = (await once(thread, "message")) as [Outcome];
  thread.unref();
  return {
    code,
    lines: out
      .replace(/\n$/, "")
      .split("\n")
      .slice(out === "" ? 1 : 0),
    said,
  };
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
  return await endOf(new Program("python3", terminalWith(variables, ...args)));
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

/** A way to a server on which what the server says comes late. */
export class LateWay implements AsyncDisposable {
  readonly url: string;
  readonly #server: NetServer;

  private constructor(server: NetServer) {
    this.#server = server;
    const address = server.address();
    this.url = `tcp://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  static async to(url: string, milliseconds: number): Promise<LateWay> {
    const port = Number(url.split(":").at(-1));
    const server = createServer((near) => {
      const far = connect(port, "localhost");
      near.on("error", () => far.destroy()).on("close", () => far.destroy());
      far.on("error", () => near.destroy()).on("close", () => near.destroy());
      near.pipe(far);
      far.on("data", (chunk) => setTimeout(() => near.write(chunk), milliseconds));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new LateWay(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}
