// The session, the caller's half: a result that was promised, and is an object of this side that came home. What is
// called of it goes through everything that a call to another side goes through.

import type { Caller, CallOptions, Pipelined } from "../../contract/caller.ts";
import type { Endpoint } from "../../endpoint/platform.ts";
import { notExecuted } from "../../errors.ts";
import type { Interface, MethodEntry } from "../../interface/define.ts";
import { Numbers } from "../numbers.ts";
import { LocalCall, thisSide } from "./local-call.ts";

export class LocalCaller implements Caller {
  readonly peer: string = thisSide;
  readonly #endpoint: Endpoint;
  readonly #object: object | Promise<object>;
  /** What it is called as; null where its callers announce that. */
  readonly #subject: Interface | null;
  readonly #timeout: number;
  readonly #numbers: Numbers = new Numbers(Number.POSITIVE_INFINITY);

  /** @param timeout milliseconds of a call when neither it nor its method says anything */
  constructor(endpoint: Endpoint, object: object | Promise<object>, subject: Interface | null, timeout: number) {
    this.#endpoint = endpoint;
    this.#object = object;
    this.#subject = subject;
    this.#timeout = timeout;
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
    const subject = this.#subject ?? this.#numbers.at(number).subject;
    const object = this.#object instanceof Promise ? await this.#object : this.#object;
    const { references } = this.#endpoint.platform;
    const caller = references.callerOf(object);
    // A chain of local calls may lead to an object of another side.
    if (caller !== null)
      return await caller.call(caller.announce(subject) + subject.table.indexOf(entry), entry, args, options, null);
    const { dispatcher } = this.#endpoint;
    if (dispatcher === null)
      throw notExecuted(
        "UNIMPLEMENTED",
        "NOT_SUPPORTED",
        `${entry.fullName} is of an object of this side, which has no session`,
      );
    const call = new LocalCall(this.#endpoint, dispatcher, entry, options);
    call.start(references.row(subject, object).find(entry.name), args, this.#timeout);
    return await call.promise;
  }

  pipeline(number: number, entry: MethodEntry, args: readonly unknown[], options: CallOptions | null): Pipelined {
    const result = this.call(number, entry, args, options);
    const target = new LocalCaller(this.#endpoint, result as Promise<object>, null, this.#timeout);
    result.catch(() => {});
    return { result, target, taken: () => {} };
  }

  async close(): Promise<void> {}
}
