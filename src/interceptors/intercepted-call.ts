// Interceptors: the walk of one call through the interceptors of its side, the first given outermost. It knows neither
// the caller nor where the call goes: the last step is handed in.

import type { Clock } from "../clock.ts";
import type { Metadata } from "../contract/caller.ts";
import { notExecuted } from "../errors.ts";
import type { MethodEntry } from "../interface/define.ts";
import type { CallChange, InterceptedCall, Interceptor } from "./interceptor.ts";

/** What stays the same on a call's whole walk. */
export interface CallOrigin {
  readonly side: "caller" | "callee";
  readonly entry: MethodEntry;
  readonly peer: string;
  readonly id: number;
  readonly clock: Clock;
  readonly identity: unknown;
  /** What was answered, so far. */
  readonly answered: Metadata;
  /** Answers metadata; null at the caller. */
  readonly answer: ((metadata: Metadata) => void) | null;
}

/** Its fields are own properties, so that `{ ...call }` has them. */
export class Intercepted implements InterceptedCall {
  readonly side: "caller" | "callee";
  readonly interface: string;
  readonly method: string;
  readonly entry: MethodEntry;
  readonly args: readonly unknown[];
  readonly metadata: Metadata;
  readonly signal: AbortSignal | null;
  readonly peer: string;
  readonly id: number;
  readonly identity: unknown;
  /** Bound, so that it works in a copy as well. */
  readonly answer: (metadata: Metadata) => void;
  readonly #origin: CallOrigin;
  readonly #deadline: number;

  /** @param deadline in milliseconds on the origin's clock */
  constructor(
    origin: CallOrigin,
    args: readonly unknown[],
    metadata: Metadata,
    signal: AbortSignal | null,
    deadline: number,
  ) {
    const { entry } = origin;
    this.side = origin.side;
    this.interface = entry.fullName.slice(0, -entry.name.length - 1);
    this.method = entry.name;
    this.entry = entry;
    this.args = args;
    this.metadata = metadata;
    this.signal = signal;
    this.peer = origin.peer;
    this.id = origin.id;
    this.identity = origin.identity;
    this.answer = origin.answer ?? notHere;
    this.#origin = origin;
    this.#deadline = deadline;
  }

  get remaining(): number {
    return Math.max(0, this.#deadline - this.#origin.clock.now());
  }

  get answered(): Metadata {
    return this.#origin.answered;
  }

  /** The call after a change. */
  changed(change: CallChange | undefined): Intercepted {
    if (change === undefined || change === this) return this;
    const { args = this.args, metadata = this.metadata, signal = this.signal, remaining } = change;
    const deadline =
      remaining === undefined ? this.#deadline : Math.min(this.#deadline, this.#origin.clock.now() + remaining);
    return new Intercepted(this.#origin, args, metadata, signal, deadline);
  }
}

function notHere(): never {
  throw notExecuted(
    "FAILED_PRECONDITION",
    "BAD_STATE",
    "an interceptor at the caller cannot answer metadata, it only reads call.answered: answer where call.side is callee",
  );
}

/**
 * Calls the interceptors, from the one at `index` on.
 *
 * @param last carries it out; called as often as the innermost of them asks for it
 */
export async function walk(
  interceptors: readonly Interceptor[],
  call: Intercepted,
  last: (call: Intercepted) => unknown,
  index = 0,
): Promise<unknown> {
  const interceptor = interceptors[index];
  if (interceptor === undefined) return await last(call);
  return await interceptor(call, (change) => {
    const next = walk(interceptors, call.changed(change), last, index + 1);
    // The promise of a call without a reply may be left alone, by the caller and by interceptors.
    if (call.entry.method.kind === "oneway") next.catch(() => {});
    return next;
  });
}
