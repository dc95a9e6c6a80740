// The command: prints a failure on standard error. The error's own message says what happened. The command adds what to
// do where it knows more than the library.

import { UpcallError } from "upcall";
import { excerpt } from "#internal/escape.js";
import { adviceFor, type Situation } from "./advice.ts";
import { WrongUsage } from "./arguments.ts";
import { type Json, toNotation } from "./notation.ts";
import { jsonOf, paint } from "./print.ts";

/** Characters of a line: an error message of the other side may be very long. */
const maxLineCharacters = 4 * 1024;

/**
 * Does a command's work and prints its failure.
 *
 * @param json as one line of JSON: `{"error":{"code","reason","outcome","message","advice"}}`, with `name` and `data`
 *   of a declared error, and `incident` where the other side's log has more
 * @returns the exit code: 0, or 1 after a failure
 * @throws WrongUsage, which main.ts prints
 */
export async function reporting(json: boolean, situation: Situation, work: () => Promise<void>): Promise<0 | 1> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (error instanceof WrongUsage) throw error;
    tell(error, situation, json);
    return 1;
  }
}

function tell(error: unknown, situation: Situation, json: boolean): void {
  const known = error instanceof UpcallError ? error : null;
  const message = error instanceof Error ? error.message : String(error);
  const advice = known === null ? null : adviceFor(known, situation);
  const { stderr } = process;
  if (json) {
    const { code, reason, outcome } = known ?? { code: "INTERNAL", reason: "SYSTEM", outcome: "unknown" };
    const more = known === null ? {} : moreOf(known);
    stderr.write(`${jsonOf({ error: { code, reason, outcome, message, advice, ...more } })}\n`);
    return;
  }
  stderr.write(`${paint(stderr, "red", "upcall:")} ${excerpt(message, maxLineCharacters)}\n`);
  if (known !== null) {
    const { code, reason, outcome } = known;
    const { name, data, incident } = moreOf(known);
    const lines = [`code ${code}, reason ${reason}, outcome ${outcome}`];
    if (name !== undefined) lines.unshift(`error ${name}${data === undefined ? "" : `, data ${JSON.stringify(data)}`}`);
    if (incident !== undefined && !message.includes(incident)) lines.push(`incident ${incident} in the server's log`);
    for (const line of lines) stderr.write(`  ${paint(stderr, "dim", excerpt(line, maxLineCharacters))}\n`);
  }
  for (const line of advice?.split("\n") ?? []) stderr.write(`  ${excerpt(line, maxLineCharacters)}\n`);
}

/** What only some errors have. */
interface More {
  readonly name?: string;
  readonly data?: Json;
  readonly incident?: string;
}

function moreOf(error: UpcallError): More {
  return {
    ...("data" in error && {
      name: error.name,
      ...(error.data !== undefined && { data: toNotation(error.data) }),
    }),
    ...(error.incident !== null && { incident: error.incident }),
  };
}
