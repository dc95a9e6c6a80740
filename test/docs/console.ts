// For the suites of the documents: runs the commands that a page shows, in a shell, and compares what they print.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { ShownCommand } from "./markdown.ts";

/** A port that is free now, to stand for the one that a page shows. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A shell that runs one command after the other in one folder; `&` leaves a command running. */
export class Console implements AsyncDisposable {
  readonly #folder: string;
  readonly #running: Running[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Errors: output other than what is shown; an exit code other than 0. */
  async run({ command, prints }: ShownCommand): Promise<void> {
    const background = command.endsWith(" &");
    const running = new Running(background ? command.slice(0, -2) : command, this.#folder);
    if (background) {
      this.#running.push(running);
      await running.printed(prints.length);
    } else assert.equal(await running.ended, 0, `${command} failed:\n${running.said}${running.complained}`);
    const said = running.said.trimEnd();
    assert.match(said === "" ? "" : `${said}\n`, pattern(prints), `${command}\n${running.complained}`);
  }

  /** Ctrl-C: everything that is left running ends, and all that it started. Errors: something does not. */
  async interrupt(): Promise<void> {
    for (const running of this.#running.splice(0)) {
      running.signal("SIGINT");
      await running.ended;
      assert.ok(!running.signal(0), `${running.command} left a process behind`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.splice(0)) {
      running.signal("SIGKILL");
      await running.ended;
    }
  }
}

class Running {
  readonly command: string;
  said = "";
  complained = "";
  /** Fulfilled with the exit code, when all was read. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #heard: () => void = () => {};

  constructor(command: string, folder: string) {
    this.command = command;
    // `exec`: the shell becomes the program, so that its signal is the program's. A group of its own, as in a terminal.
    const child = spawn("bash", ["-c", command.includes("|") ? command : `exec ${command}`], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    this.#child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.said += text;
      this.#heard();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.complained += text;
    });
    this.ended = once(child, "close").then(() => {
      this.#heard();
      return child.exitCode;
    });
  }

  /** Fulfilled when so many lines are there. Errors: it ended before. */
  async printed(lines: number): Promise<void> {
    while (this.said.split("\n").length <= lines) {
      const { exitCode, signalCode } = this.#child;
      assert.ok(
        exitCode === null && signalCode === null,
        `${this.command} ended too early:\n${this.said}${this.complained}`,
      );
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  /** To it and all that it started. False when none of them is there any more. */
  signal(name: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-(this.#child.pid ?? 0), name);
    } catch {
      return false;
    }
  }
}

/** `...` alone is any number of lines, and within a line any text. */
function pattern(lines: readonly string[]): RegExp {
  const text = lines.map((line) =>
    line === "..."
      ? "(?:.*\\n)*?"
      : `${line
          .split("...")
          .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
          .join(".*")}\\n`,
  );
  return new RegExp(`^${text.join("")}$`);
}

/** The program that a command wants and that is not on every machine; null where it wants none. */
export function foreignIn(command: string): string | null {
  const programs = { nc: /(^|\| )nc /, python3: /^python3 / };
  return Object.entries(programs).find(([, word]) => word.test(command))?.[0] ?? null;
}
