// The contract of objects that travel by reference: what a session asks of the part that knows both proxies and
// skeletons.

import type { UpcallError } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { CallbackSpec, ReferenceSpec } from "../interface/spec.ts";
import type { EnclosingCall, Target } from "./callee.ts";
import type { Caller } from "./caller.ts";

/** What a session asks, for objects that travel by reference, of the part that knows both proxies and skeletons. */
export interface References {
  /** A proxy, or an async function, that calls through `caller`. */
  proxy(spec: ReferenceSpec | CallbackSpec, caller: Caller): object;
  /** Who carries the calls of such a proxy or function; null for any other value. */
  callerOf(value: object): Caller | null;
  /**
   * A second proxy, or function, whose calls are made in `call`.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT)
   */
  bound<P extends object>(proxy: P, call: EnclosingCall): P;
  /**
   * The object that does the work of what stands where a reference is declared.
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for what cannot stand there
   */
  objectOf(spec: ReferenceSpec | CallbackSpec, value: unknown): object;
  /** Its methods. @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) with the names that it lacks */
  row(subject: Interface, object: object): Row;
}

/** The methods of one object. */
export interface Row {
  /** The method, or what its callers are told. */
  find(methodName: string): Target | UpcallError;
}
