// A process that the judge starts, asks, and ends: a server that is attacked, or a client that behaves well meanwhile.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Means } from "./case.ts";
import type { Ask, Reading } from "./monitor.ts";

/** What a process says when it is ready. */
type Ready = Readonly<Record<string, unknown>>;

/** So much of what it writes to its errors is kept. */
const mostText = 4_000;

export class Watched implements AsyncDisposable {
  readonly ready: Ready;
  readonly #child: ChildProcess;
  readonly #answers: Map<number, (answer: unknown) => void> = new Map();
  #last = 0;
  #text = "";
  #death: string | null = null;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
    child.stderr?.on("data", (data: Buffer) => {
      this.#text = (this.#text + data.toString()).slice(-mostText);
    });
    child.on("message", (message: { readonly id: number }) => {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    });
    child.once("exit", (code, signal) => {
      this.#death = `it ended with ${signal ?? code}: ${this.#text.trim()}`;
      for (const answered of this.#answers.values()) answered(null);
      this.#answers.clear();
    });
  }

  /** Starts a program; fulfilled when it said that it is ready. */
  static async start(file: string, args: readonly string[] = [], means: Means = {}): Promise<Watched> {
    const child = begin([file, ...args], means);
    const ready = await new Promise<Ready>((resolve, reject) => {
      let text = "";
      child.stderr?.on("data", (data: Buffer) => {
        text += data.toString();
      });
      child.once("exit", (code) => reject(new Error(`${file} ended with ${code} before it was ready: ${text}`)));
      child.once("message", (message) => resolve(message as Ready));
    });
    child.removeAllListeners("exit");
    child.stderr?.removeAllListeners("data");
    return new Watched(child, ready);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** How it ended; null while it runs. */
  get death(): string | null {
    return this.#death;
  }

  /** Null when it is no longer there. */
  async reading(ask: "read" | "rest"): Promise<Reading | null> {
    return (await this.#ask(ask)) as Reading | null;
  }

  async counters(): Promise<Readonly<Record<string, number>>> {
    const answer = (await this.#ask("counters")) as Pick<Reading, "counters"> | null;
    return answer?.counters ?? {};
  }

  async #ask(ask: Ask["ask"]): Promise<unknown> {
    if (this.#death !== null) return null;
    const id = ++this.#last;
    return await new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#child.send({ ask, id } satisfies Ask, (error) => {
        if (error !== null) resolve(null);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#death !== null) return;
    const over = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await over;
  }
}

function begin(args: readonly string[], { heap, descriptors }: Means): ChildProcess {
  const options: SpawnOptions = { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] };
  const given = ["--expose-gc", ...(heap === undefined ? [] : [`--max-old-space-size=${heap}`]), ...args];
  if (descriptors === undefined) return spawn(process.execPath, given, options);
  // Only a process itself can lower what it may have.
  return spawn("sh", ["-c", `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, ...given], options);
}
