// Interceptors, the caller's side: they stand between a proxy and the caller that carries its calls. A call passes them
// and is then made like any other. It settles by its deadline, even if an interceptor never calls `next`.

import { awaited } from "../call/call-parts.ts";
import { boundOptions, enclosingOf, timeWithin } from "../call/enclosing.ts";
import { metadataOf, noMetadata } from "../call/metadata.ts";
import { PassingOptions } from "../call/passing.ts";
import { settledWithin } from "../call/settling.ts";
import { renewed, timeoutOf } from "../call/terms.ts";
import { traceIn } from "../call/trace.ts";
import type { Clock } from "../clock.ts";
import type { EnclosingCall } from "../contract/callee.ts";
import type { Caller, CallOptions, Delayed, Metadata, Pipelined } from "../contract/caller.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, type Outcome, UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import { type CallOrigin, Intercepted, walk } from "./intercepted-call.ts";
import type { Interceptor } from "./interceptor.ts";

/** Milliseconds after its deadline in which a call's own result may still come through the interceptors. */
const graceMs = 16;

/** Makes a call with the arguments and on the terms that the interceptors left. */
type Carry = (args: readonly unknown[], options: CallOptions) => Promise<unknown>;

export class InterceptedCaller implements Caller {
  /** What carries the calls. */
  readonly below: Caller & Partial<Delayed>;
  readonly #endpoint: Endpoint;
  readonly #interceptors: readonly Interceptor[];
  readonly #timeout: number;

  /** @param timeout milliseconds of a call when neither its options nor its method set one */
  constructor(
    endpoint: Endpoint,
    interceptors: readonly Interceptor[],
    below: Caller & Partial<Delayed>,
    timeout: number,
  ) {
    this.#endpoint = endpoint;
    this.#interceptors = interceptors;
    this.below = below;
    this.#timeout = timeout;
  }

  get peer(): string {
    return this.below.peer;
  }

  announce(subject: Interface): number {
    return this.below.announce(subject);
  }

  call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Promise<unknown> {
    return this.#walk(entry, args, options, (given, terms) => this.below.call(number, entry, given, terms, order));
  }

  /** Calls of the result wait for it: interceptors may give another result, or none. */
  pipeline(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    order: object | null,
  ): Pipelined {
    let last: Pipelined | null = null;
    let taken = false;
    const result = this.#walk(entry, args, options, (given, terms) => {
      last = this.below.pipeline(number, entry, given, terms, order);
      if (taken) last.taken();
      return last.result;
    });
    const target = awaited(this.#endpoint, this.peer, this.#timeout, result);
    return {
      result,
      target: new InterceptedCaller(this.#endpoint, this.#interceptors, target, this.#timeout),
      taken: () => {
        taken = true;
        last?.taken();
      },
    };
  }

  close(): Promise<void> {
    return this.below.close();
  }

  async #walk(
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    carry: Carry,
  ): Promise<unknown> {
    // A method may return while interceptors still hold a call that it made. The references that were lent to it end
    // then.
    this.below.underWay?.();
    try {
      return await this.#walked(entry, args, options, carry);
    } finally {
      this.below.made?.();
    }
  }

  async #walked(
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    carry: Carry,
  ): Promise<unknown> {
    const { platform, limits } = this.#endpoint;
    const { clock } = platform;
    const enclosing = enclosingOf(options, platform.ambient);
    const most = timeoutOf(options, entry.method.timeout ?? this.#timeout, limits.timeoutMost);
    const timeout = enclosing === null ? most : timeWithin(enclosing, most, entry);
    const said = saidOf(this.#endpoint, options, enclosing);
    const origin = new Origin(entry, this.peer, clock);
    const call = new Intercepted(origin, args, said, options?.signal ?? null, clock.now() + timeout);
    const ran = new Ran();
    const walked = walk(this.#interceptors, call, async ({ args: given, metadata, signal, remaining }) => {
      if (remaining <= 0) throw expired(entry, ran.outcome);
      const terms = renewed(options, remaining, signal ?? undefined, metadata === noMetadata ? undefined : metadata);
      const said = enclosing === null ? terms : boundOptions(terms, enclosing);
      return await ran.watch(carry(given, this.#heard(said, origin)));
    });
    return await settledWithin(platform, timeout + graceMs, walked, () => expired(entry, ran.outcome));
  }

  /** So that interceptors see the answered metadata, and then the program's own `onMetadata`. */
  #heard(options: CallOptions, origin: Origin): CallOptions {
    const { onMetadata } = options;
    const { hooks } = this.#endpoint.platform;
    origin.answered = noMetadata;
    const heard = (metadata: Metadata): void => {
      origin.answered = metadata;
      if (onMetadata !== undefined) hooks.tell("onMetadata", onMetadata, metadata);
    };
    return options instanceof PassingOptions ? options.heardBy(heard) : { ...options, onMetadata: heard };
  }
}

/** The parts of a call made here that stay the same, and the metadata that was answered last. */
class Origin implements CallOrigin {
  readonly side = "caller";
  readonly id = 0;
  readonly identity = null;
  readonly answer = null;
  readonly entry: MethodEntry;
  readonly peer: string;
  readonly clock: Clock;
  answered: Metadata = noMetadata;

  constructor(entry: MethodEntry, peer: string, clock: Clock) {
    this.entry = entry;
    this.peer = peer;
    this.clock = clock;
  }
}

/** Puts interceptors in front of every caller of this endpoint. `timeout` is how long a call may take at most. */
export function standInFront(endpoint: Endpoint, interceptors: readonly Interceptor[], timeout: number): void {
  if (interceptors.length === 0) return;
  endpoint.around = (caller) => new InterceptedCaller(endpoint, interceptors, caller, timeout);
}

/** The metadata of a call, as interceptors see it. @throws UpcallError as {@link metadataOf} does */
function saidOf(endpoint: Endpoint, options: CallOptions | null, enclosing: EnclosingCall | null): Metadata {
  const said = options?.metadata ?? noMetadata;
  const trace = enclosing === null ? null : traceIn(enclosing.metadata);
  return said === noMetadata && trace === null ? noMetadata : metadataOf(endpoint, trace, said);
}

/** Whether the method ran in any of the attempts that interceptors made. */
class Ran {
  #outcome: Outcome = "not-executed";

  get outcome(): Outcome {
    return this.#outcome;
  }

  async watch(made: Promise<unknown>): Promise<unknown> {
    const before = this.#outcome;
    this.#outcome = "unknown";
    try {
      const value = await made;
      this.#outcome = "executed";
      return value;
    } catch (error) {
      if (error instanceof UpcallError) this.#outcome = error.outcome === "not-executed" ? before : error.outcome;
      throw error;
    }
  }
}

function expired({ fullName }: MethodEntry, outcome: Outcome): UpcallError {
  if (outcome === "not-executed")
    return notExecuted(
      "DEADLINE_EXCEEDED",
      "EXPIRED",
      `${fullName} was never sent: its interceptors had not handed it on by its deadline`,
    );
  return new UpcallError(
    "DEADLINE_EXCEEDED",
    `${fullName} was not settled by its deadline: its interceptors gave no result by then`,
    { reason: "TIMEOUT", outcome },
  );
}
