// For the suites of workers: programs that are servers with workers, and the processes they start.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly over: Promise<unknown>;
  readonly #lines: AsyncIterator<string>;

  /** In a process group of its own, as a terminal would start it. */
  constructor(name: string, args: readonly string[], execArgv: readonly string[] = []) {
    const file = fileURLToPath(new URL(`./modules/${name}.js`, import.meta.url));
    this.child = spawn(process.execPath, [...execArgv, file, ...args], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    this.over = once(this.child, "exit");
    if (this.child.stdout === null) throw new Error("it has no output");
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("it said nothing more");
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
    await this.over;
  }
}

/** Whether a process is there and has not ended. */
export function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits for what no event tells of. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
