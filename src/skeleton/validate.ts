// The skeleton: arguments and results against the schemas of the interface, where it has some.

import { notExecuted, UpcallError } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import { isSchema, issuesText, type Schema, type SchemaResult } from "../interface/schema.ts";
import type { Spec } from "../interface/spec.ts";

/**
 * The arguments as the object gets them: each the output of its schema. A promise only where a schema gives one.
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT), with each place; the method has not run
 */
export function validateArguments(
  entry: MethodEntry,
  specs: readonly Spec[],
  args: unknown[],
): unknown[] | Promise<unknown[]> {
  if (args.length > specs.length) throw refused(entry, `it takes ${specs.length} arguments and got ${args.length}`);
  const results: unknown[] = [];
  let later = false;
  for (const [i, spec] of specs.entries()) {
    const result = isSchema(spec) ? spec["~standard"].validate(args[i]) : { value: args[i] };
    if (result instanceof Promise) {
      later = true;
      // The next schema may throw before this promise is awaited.
      result.catch(() => {});
    }
    results.push(result);
  }
  const values = (all: readonly unknown[]): unknown[] =>
    all.map((result, i) =>
      outcomeOf(result as SchemaResult<unknown>, (issues) => refused(entry, issuesText(`arguments[${i}]`, issues))),
    );
  return later ? Promise.all(results).then(values) : values(results);
}

/**
 * The result as its schema gives it.
 * @throws UpcallError INTERNAL (BAD_RESULT): the result does not fit; the method has run
 */
export function validateResult(entry: MethodEntry, schema: Schema, value: unknown): unknown {
  const broken = (issues: Parameters<typeof issuesText>[1]): UpcallError =>
    new UpcallError(
      "INTERNAL",
      `${entry.fullName} returned what its interface does not allow: ${issuesText("result", issues)}`,
      { reason: "BAD_RESULT", outcome: "executed" },
    );
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then((known) => outcomeOf(known, broken)) : outcomeOf(result, broken);
}

function outcomeOf(
  result: SchemaResult<unknown>,
  error: (issues: Parameters<typeof issuesText>[1]) => UpcallError,
): unknown {
  if (result.issues !== undefined) throw error(result.issues);
  return result.value;
}

function refused(entry: MethodEntry, what: string): UpcallError {
  return notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `${entry.fullName} was not called: ${what}`);
}
