// For the suites of the examples: other programs, run and read line by line, and which of them are on this machine. It
// knows no example.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<true>;
  #said = "";
  #told: () => void = () => {};

  constructor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // Not its exit: what it wrote last may still be on its way then.
    this.#closed = new Promise((resolve) => child.once("close", () => resolve(true)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
      this.#told();
    });
  }

  /** The next line of its output; throws with what it said on standard error when there is none. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done) throw new Error(`the program ended; it said: ${this.#said}`);
    return next.value;
  }

  /** Fulfilled when it has said a text on standard error. */
  async saying(text: string): Promise<void> {
    while (!this.#said.includes(text)) {
      const told = new Promise<false>((resolve) => {
        this.#told = () => resolve(false);
      });
      if (await Promise.race([told, this.#closed])) throw new Error(`the program ended; it said: ${this.#said}`);
    }
  }

  /** The port that ends its next line. */
  async port(): Promise<number> {
    const line = await this.line();
    const port = /port: (\d+)$/.exec(line)?.[1];
    if (port === undefined) throw new Error(`no port at the end of: ${line}`);
    return Number(port);
  }

  /** As a terminal does it: to the program and to all that it started. */
  signalAll(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
  }

  /** Its exit code or signal, after the rest of its output. */
  async end(): Promise<{ readonly end: number | string | null; readonly lines: string[]; readonly said: string }> {
    const { child } = this;
    const lines: string[] = [];
    for (let next = await this.#lines.next(); !next.done; next = await this.#lines.next()) lines.push(next.value);
    await this.#closed;
    return { end: child.exitCode ?? child.signalCode, lines, said: this.#said };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // All of them: one that was left would keep the output open, and the end would never come.
      this.signalAll("SIGKILL");
    } catch {
      // None is left.
    }
    await this.end();
  }
}

export function example(name: string, ...args: readonly (string | number)[]): Program {
  const file = fileURLToPath(new URL(`../../examples/${name}/main.js`, import.meta.url));
  return new Program(process.execPath, [file, ...args.map(String)]);
}

/** A program on Python's plain `socket` module, in the sources' test/python. */
export function python(name: string, ...args: readonly (string | number)[]): Program {
  const file = fileURLToPath(new URL(`../../../test/python/${name}.py`, import.meta.url));
  return new Program("python3", [file, ...args.map(String)]);
}

const here = new Map<string, boolean>();
const told = new Set<string>();

function isHere(program: string): boolean {
  const known = here.get(program) ?? spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
  here.set(program, known);
  return known;
}

/**
 * What `skip` is for tests that want one of these programs: false where it is here, and else the reason. In the gate and
 * where all is played nothing may be skipped for that, so that a test fails beside them.
 */
export function needs(...oneOf: readonly string[]): string | false {
  if (oneOf.some(isHere)) return false;
  const reason = `there is no ${oneOf.join(" or ")} on this machine`;
  if (process.env["UPCALL_PROGRAMS"] === "needed" && !told.has(reason)) {
    told.add(reason);
    test(oneOf.join(" or "), () => assert.fail(`${reason}; only the quick tests do without`));
  }
  return reason;
}

const netcats = ["nc", "ncat"];
export const netcat: string = netcats.find(isHere) ?? "nc";
export const needsNetcat = (): string | false => needs(...netcats);

export const hex = (text: string): string => Buffer.from(text).toString("hex");
export const unhex = (text: string): string => Buffer.from(text, "hex").toString();
