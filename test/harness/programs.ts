// For the suites of the examples: other programs, run and read line by line. It knows no example.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
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

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).error === undefined;
}

export const noPython: string | false = runs("python3", "--version") ? false : "there is no python3 on this machine";

const netcats = ["nc", "ncat"].filter((name) => runs(name, "-h"));
export const netcat: string = netcats[0] ?? "nc";
export const noNetcat: string | false = netcats.length > 0 ? false : "there is neither nc nor ncat on this machine";

export const hex = (text: string): string => Buffer.from(text).toString("hex");
export const unhex = (text: string): string => Buffer.from(text, "hex").toString();
