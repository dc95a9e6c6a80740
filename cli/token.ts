// The command: the secret by which a server knows a caller. It comes from a file or from the environment, because all
// users of a machine can read the arguments of its processes. It is never printed. The name of its file is not printed
// either, because a user may have written the secret itself in its place.

import { readFileSync } from "node:fs";
import { WrongUsage } from "./arguments.ts";
import type { CommandName } from "./usage.ts";

/** The option, among those of each command that knows it. */
export const tokenOptions = { "token-file": { type: "string" } } as const;

const variable = "UPCALL_TOKEN";

/**
 * The caller's token: the first line of the file, or undefined where no token is given.
 *
 * @param plain the plain wire carries no token, so the token of the environment is not used
 * @throws WrongUsage
 */
export function tokenOf(command: CommandName, file: string | undefined, plain = false): string | undefined {
  if (!plain) return secretsOf(command, file)?.[0];
  if (file === undefined) return undefined;
  throw new WrongUsage(command, "--token-file is said of the native wire only: the plain one cannot show who calls.");
}

/**
 * The tokens that a server takes: all lines of the file, so that a new secret can stand beside an old one; undefined
 * where no token is given.
 *
 * @throws WrongUsage, also for an empty file or variable: the server would let everyone in against the user's will
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
