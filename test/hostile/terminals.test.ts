// What a hostile server answers is escaped before the command prints it, on a terminal and in a pipe.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite, test } from "node:test";
import { main, terminalWith } from "../cli/command.ts";
import { needs } from "../harness/programs.ts";
import { reaches } from "../harness/tier.ts";
import { planted, terminals } from "./terminals.ts";

/** What the command itself says to a terminal: colours, and the line that tells how a load goes. */
const own = /\p{Cc}\[\d*m|\r\p{Cc}\[2K/gu;
const obeyed = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

interface Shown {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: Buffer;
}

/** Not by lines: whoever reads lines takes other things for their ends than a terminal does. */
async function shown(command: string, args: readonly string[]): Promise<Shown> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => err.push(bytes));
  await once(child, "close");
  return { code: child.exitCode, out: Buffer.concat(out), err: Buffer.concat(err) };
}

/** Each is a process, and mostly two: quick takes some of the table. */
const chosen = terminals.filter((_, index) => reaches("gate") || index % 4 === 0);

for (const { name, server, command, code, matches, shown: shownAs } of chosen) {
  const plain = command("").includes("plain");

  suite(`a server that answers ${name}`, () => {
    test("on a terminal", { skip: needs("python3") }, async () => {
      const answering = await server();
      const { code: end, out } = await shown(
        "python3",
        terminalWith("-u NO_COLOR TERM=xterm", ...command(answering.url)),
      );
      await answering.close();
      const text = out.toString().replaceAll(own, "").replaceAll("\r\n", "\n");
      const lines = text.split("\n");
      assert.deepEqual([end, lines.filter((line) => obeyed.test(line))], [code, []]);
      assert.match(text, matches);
      // Of a plain reply lines are lines; nowhere else can a server begin one.
      assert.equal(plain, lines.includes("upcall: all is well\\u2028c"));
    });

    if (!plain && !/JSON/.test(shownAs)) return;

    test("in a pipe", async () => {
      const answering = await server();
      const { code: end, out, err } = await shown(process.execPath, [main, ...command(answering.url)]);
      await answering.close();
      assert.equal(end, code);
      if (plain) return assert.equal(out.toString(), planted);
      const lines = [out, err].flatMap((bytes) => bytes.toString().split("\n"));
      assert.deepEqual(
        lines.filter((line) => obeyed.test(line)),
        [],
      );
      if (command("").includes("--json")) for (const line of lines) if (line !== "") JSON.parse(line);
      assert.match(lines.join("\n"), matches);
    });
  });
}
