// The session, the caller's half: a result that has to be here before it can be called, because what stands between, an
// interceptor or a connection that is away, cannot name it in advance. Its calls wait for it, within their deadlines.

import { notExecuted, UpcallError } from "../errors.ts";
import type { Interface, MethodEntry } from "../interface/define.ts";
import type { Caller, CallOptions, Pipelined } from "./contract.ts";
import { enclosingOf, timeWithin } from "./enclosing.ts";
import { LocalCaller } from "./native/calling/local.ts";
import { Numbers } from "./numbers.ts";
import type { Platform } from "./platform.ts";
import { settledWithin } from "./settling.ts";
import { renewed, timeoutOf } from "./terms.ts";

export class Awaited implements Caller {
  readonly peer: string;
  readonly #platform: Platform;
  readonly #timeout: number;
  readonly #result: Promise<unknown>;
  readonly #numbers: Numbers = new Numbers(Number.POSITIVE_INFINITY);

  /**
   * @param timeout milliseconds of a call when neither it nor its method says anything
   * @param result  what is called; whoever made the call that gives it sees its error, too
   */
  constructor(platform: Platform, peer: string, timeout: number, result: Promise<unknown>) {
    this.#platform = platform;
    this.peer = peer;
    this.#timeout = timeout;
    this.#result = result;
    result.catch(() => {});
  }

  announce(subject: Interface): number {
    return this.#numbers.first(subject);
  }

  async call(
    number: number,
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
  ): Promise<unknown> {
    return await this.#late(number, entry, options, (caller, real, terms) => caller.call(real, entry, args, terms));
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    let made: Pipelined | null = null;
    let taken = false;
    const result = this.#late(number, entry, options, (caller, real, terms) => {
      made = caller.pipeline(real, entry, args, terms);
      if (taken) made.taken();
      return made.result;
    });
    return {
      result,
      target: new Awaited(this.#platform, this.peer, this.#timeout, result),
      taken: () => {
        taken = true;
        made?.taken();
      },
    };
  }

  /** Closes what was returned. Errors: those of the call that returns it. */
  async close(): Promise<void> {
    await this.#callerOf(await this.#result).close();
  }

  async #late(
    number: number,
    entry: MethodEntry,
    options: CallOptions | null,
    call: (caller: Caller, number: number, options: CallOptions) => Promise<unknown>,
  ): Promise<unknown> {
    const { clock } = this.#platform;
    const most = timeoutOf(options, entry.method.timeout ?? this.#timeout);
    const enclosing = enclosingOf(options, this.#platform.ambient);
    const timeout = enclosing === null ? most : timeWithin(enclosing, most, entry);
    const deadline = clock.now() + timeout;
    const { subject, index } = this.#numbers.at(number);
    let here: unknown;
    try {
      here = await settledWithin(this.#platform, timeout, this.#result, () => neverHere(entry));
    } catch (error) {
      throw notCalled(entry, error);
    }
    const caller = this.#callerOf(here);
    return await call(
      caller,
      caller.announce(subject) + index,
      renewed(options, Math.max(1, deadline - clock.now()), options?.signal),
    );
  }

  #callerOf(value: unknown): Caller {
    return this.#platform.references.callerOf(value as object) ?? new LocalCaller(value as object);
  }
}

function neverHere({ fullName }: MethodEntry): UpcallError {
  return notExecuted(
    "DEADLINE_EXCEEDED",
    "EXPIRED",
    `${fullName} was never sent: what it is called of was not here by its deadline`,
  );
}

/** What a call is told whose object was never returned. */
function notCalled({ fullName }: MethodEntry, error: unknown): unknown {
  if (!(error instanceof UpcallError)) return error;
  return notExecuted(
    error.code,
    error.reason,
    `${fullName} was not called, because what it is called of was not returned: ${error.message}`,
    error,
  );
}
