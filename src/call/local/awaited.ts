// The session, the caller's half: a result that has to be here before it can be called, because what stands between, an
// interceptor or a connection that is away, cannot name it in advance. Its calls wait for it, within their deadlines.

import type { Caller, CallOptions, Pipelined } from "../../contract/caller.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../../errors.ts";
import type { Interface, MethodEntry } from "../../interface/define.ts";
import { boundOptions, enclosingOf, timeWithin } from "../enclosing.ts";
import { Numbers } from "../numbers.ts";
import { renewed, timeoutOf } from "../terms.ts";
import { LocalCaller } from "./local.ts";

/** A call that waits for the result. */
type Late = (caller: Caller, number: number, options: CallOptions) => Promise<unknown>;

export class Awaited implements Caller {
  readonly peer: string;
  readonly #endpoint: Endpoint;
  readonly #timeout: number;
  readonly #result: Promise<unknown>;
  readonly #numbers: Numbers = new Numbers(Number.POSITIVE_INFINITY);
  /** Calls that wait: they are made before anyone else has the result, whose calls come after them. */
  #waiting: Set<(caller: Caller | null, error: unknown) => void> | null = new Set();
  /** Who carries calls, since the result is here; or why there is none. */
  #here: Caller | null = null;
  #error: unknown = null;

  /**
   * @param timeout milliseconds of a call when neither it nor its method says anything
   * @param result  what is called; the caller of the call that gives it sees its error, too
   */
  constructor(endpoint: Endpoint, peer: string, timeout: number, result: Promise<unknown>) {
    this.#endpoint = endpoint;
    this.peer = peer;
    this.#timeout = timeout;
    this.#result = result;
    result.then(
      (value) => this.#settled(this.#callerOf(value), null),
      (error: unknown) => this.#settled(null, error),
    );
  }

  announce(subject: Interface): number {
    return this.#numbers.first(subject);
  }

  call(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Promise<unknown> {
    return this.#late(number, entry, options, (caller, real, terms) => caller.call(real, entry, args, terms, null));
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    let made: Pipelined | null = null;
    let taken = false;
    const result = this.#late(number, entry, options, (caller, real, terms) => {
      made = caller.pipeline(real, entry, args, terms, null);
      if (taken) made.taken();
      return made.result;
    });
    return {
      result,
      target: new Awaited(this.#endpoint, this.peer, this.#timeout, result),
      taken: () => {
        taken = true;
        made?.taken();
      },
    };
  }

  /** Closes what was returned. @throws the errors of the call that returns it */
  async close(): Promise<void> {
    await this.#callerOf(await this.#result).close();
  }

  #settled(here: Caller | null, error: unknown): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    this.#here = here;
    this.#error = error;
    for (const go of waiting) go(here, error);
  }

  #late(number: number, entry: MethodEntry, options: CallOptions | null, call: Late): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { clock, ambient, deadlines } = this.#endpoint.platform;
      const most = timeoutOf(options, entry.method.timeout ?? this.#timeout);
      const enclosing = enclosingOf(options, ambient);
      const timeout = enclosing === null ? most : timeWithin(enclosing, most, entry);
      const deadline = clock.now() + timeout;
      const terms = enclosing === null ? options : boundOptions(options, enclosing);
      const { subject, index } = this.#numbers.at(number);
      const make = (caller: Caller | null, error: unknown): void => {
        if (caller === null) return reject(notCalled(entry, error) as UpcallError);
        try {
          const left = Math.max(1, deadline - clock.now());
          const known = renewed(terms, left, options?.signal);
          const made = (): Promise<unknown> => call(caller, caller.announce(subject) + index, known);
          // Whose code waited is known by the options; whose made the result is not meant.
          resolve(ambient === null ? made() : ambient.run(null, made));
        } catch (problem) {
          reject(problem as UpcallError);
        }
      };
      const waiting = this.#waiting;
      if (waiting === null) return make(this.#here, this.#error);
      const alarm = deadlines.after(timeout, () => {
        waiting.delete(go);
        reject(neverHere(entry));
      });
      const go = (caller: Caller | null, error: unknown): void => {
        alarm.cancel();
        make(caller, error);
      };
      waiting.add(go);
    });
  }

  #callerOf(value: unknown): Caller {
    return (
      this.#endpoint.platform.references.callerOf(value as object) ??
      new LocalCaller(this.#endpoint, value as object, null, this.#timeout)
    );
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
