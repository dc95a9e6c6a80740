// The formal interface as plain data: what reflection answers, and what a fingerprint is made of.

import { subjectOf } from "./callback.ts";
import { describeError, type ErrorDescription } from "./declared.ts";
import type { Interface } from "./define.ts";
import type { PlainKind } from "./method.ts";
import { isData } from "./schema.ts";
import { isCallback, isReference, isStream, type Spec } from "./spec.ts";

export interface MethodDescription {
  readonly name: string;
  readonly kind: "call" | "oneway";
  readonly plain: PlainKind;
  readonly idempotent: boolean;
  /** Milliseconds, or null for the default. */
  readonly timeout: number | null;
  /** One word for each declared argument, null where the types are known to the compiler only. */
  readonly args: readonly string[] | null;
  readonly returns: string | null;
  /** The errors that it declares; absent where it declares none, and in what older servers tell. */
  readonly errors?: readonly ErrorDescription[];
}

export interface InterfaceDescription {
  readonly name: string;
  /**
   * Equal for equal names, kinds, specs and declared errors. A key for caches and for people; nothing is trusted
   * because of it.
   */
  readonly fingerprint: string;
  readonly methods: readonly MethodDescription[];
}

export function describe(subject: Interface): InterfaceDescription {
  const methods = subject.table.map(
    ({ name, method }): MethodDescription => ({
      name,
      kind: method.kind,
      plain: method.plain,
      idempotent: method.idempotent,
      timeout: method.timeout,
      args: method.args?.map(argumentWord) ?? null,
      returns: method.returns === null ? null : word(method.returns),
      ...(method.errors.length > 0 && { errors: method.errors.map(describeError) }),
    }),
  );
  return { name: subject.name, fingerprint: fnv1a(JSON.stringify([subject.name, methods])), methods };
}

/** The method's implementation has to close what it keeps; of a result that is always so. */
function argumentWord(spec: Spec): string {
  return (isReference(spec) || isCallback(spec)) && spec.kept ? `kept ${word(spec)}` : word(spec);
}

function word(spec: Spec): string {
  if (isReference(spec)) return `reference to ${subjectOf(spec).name}`;
  if (isCallback(spec)) return "function";
  if (isStream(spec)) return `stream of ${spec.items === null ? "values" : word(spec.items)}`;
  return isData(spec) ? "data" : `schema (${spec["~standard"].vendor})`;
}

/** FNV-1a, 64 bits: short, well known and the same everywhere; it is no protection against forgery and need not be. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
