// The command: the secret by which a caller shows who it is, and which a server asks for. It comes from a file or from the
// environment, because whoever uses a machine can read the arguments of every process on it. It is never printed, nor is the
// name of its file, in whose place somebody may have written the secret itself.

import { readFileSync } from "node:fs";
import { WrongUsage } from "./arguments.ts";
import type { CommandName } from "./usage.ts";

/** The option, among those of each command that knows it. */
export const tokenOptions = { "token-file": { type: "string" } } as const;

const variable = "UPCALL_TOKEN";

/**
 * What a caller shows: the first line, or undefined where none is said.
 *
 * @param plain on the plain wire nobody can be shown anything: what the environment has stays here
 * Errors: {@link WrongUsage}.
 */
export function tokenOf(command: CommandName, file: string | undefined, plain = false): string | undefined {
  if (!plain) return secretsOf(command, file)?.[0];
  if (file === undefined) return undefined;
  throw new WrongUsage(command, "--token-file is said of the native wire only: the plain one cannot show who calls.");
}

/**
 * What a server takes: any of the lines, so that a new secret may stand beside an old one; or undefined where none is said.
 *
 * Errors: {@link WrongUsage}, also where there is nothing in what was named: a door that was meant must not be left open.
 */
export function secretsOf(command: CommandName, file: string | undefined): readonly string[] | undefined {
  const text = file === undefined ? process.env[variable] : contentOf(command, file);
  if (text === undefined) return undefined;
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  if (lines.length > 0) return lines;
  throw new WrongUsage(command, `${file === undefined ? variable : "the file of --token-file"} has no token in it.`);
}

function contentOf(command: CommandName, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = String(Reflect.get(Object(error), "code"));
    throw new WrongUsage(command, `the file of --token-file cannot be read (${why}): it names a file, not the token.`);
  }
}
