// The command: how a failure is told, on standard error. What happened is the error's own sentence; what to do is
// added where the command knows more than the library can.

import { UpcallError } from "upcall";
import { adviceFor, type Situation } from "./advice.ts";
import { WrongUsage } from "./arguments.ts";
import { paint, printable } from "./print.ts";

/**
 * Does a command's work and tells of its failure.
 *
 * @param json as one line of JSON: `{"error":{"code","reason","outcome","message","advice"}}`
 * @returns the exit code: 0, or 1 after a failure
 * Errors: {@link WrongUsage}, which is told elsewhere.
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
    stderr.write(`${JSON.stringify({ error: { code, reason, outcome, message, advice } })}\n`);
    return;
  }
  stderr.write(`${paint(stderr, "red", "upcall:")} ${printable(message)}\n`);
  if (known !== null)
    stderr.write(`  ${paint(stderr, "dim", `code ${known.code}, reason ${known.reason}, outcome ${known.outcome}`)}\n`);
  if (advice !== null) stderr.write(`  ${printable(advice).replaceAll("\n", "\n  ")}\n`);
}
