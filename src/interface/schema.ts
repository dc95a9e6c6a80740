// The formal interface: schemas. What upcall asks of a validation library is the Standard Schema interface (version 1,
// standardschema.dev), written down here structurally, so that zod, valibot, arktype and others fit and none is needed.

import { excerpt } from "../escape.ts";

/** A schema by which a value is checked, and perhaps changed: `Input` is what is given, `Output` what comes out. */
export interface Schema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Takes everything as it is. */
const anything: Schema<never> = {
  "~standard": { version: 1, vendor: "upcall", validate: (value) => ({ value: value as never }) },
};

/**
 * Declares plain data whose type only the compiler knows, in an array of `args`, or as `returns`, that has references,
 * callbacks or streams beside it: `method({ args: [data<string>(), stream<Uint8Array>()], returns: data<number>() })`.
 * Nothing of it is checked at run time; a schema of a validation library checks.
 */
export function data<T>(): Schema<T> {
  return anything;
}

export function isData(spec: unknown): boolean {
  return spec === anything;
}

export type InputOf<S> = S extends Schema<infer Input, unknown> ? Input : never;
export type OutputOf<S> =
  S extends Schema<never, infer Output> ? Output : S extends Schema<infer _, infer Output> ? Output : never;

export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as { "~standard"?: { version?: unknown; validate?: unknown } })["~standard"];
  return (
    typeof standard === "object" &&
    standard !== null &&
    standard.version === 1 &&
    typeof standard.validate === "function"
  );
}

/** Characters of one issue, which may quote what the other side sent. */
const longestIssue = 500;

/** The issues as one line that names each place: `arguments[0].email: Invalid email; arguments[1]: ...`. */
export function issuesText(root: string, issues: readonly SchemaIssue[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => {
      const path = (issue.path ?? []).map((step) => {
        const key = typeof step === "object" ? step.key : step;
        return typeof key === "number" ? `[${key}]` : `.${excerpt(String(key))}`;
      });
      return `${root}${path.join("")}: ${excerpt(issue.message, longestIssue)}`;
    })
    .join("; ");
}
