// The session, the callee's half: results that are references and may be called before they are here. Calls of one that
// is not there yet wait under the call that will return it, and begin in their order when it does; each is looked up
// again then, so where that call failed, they fail with its error.

import type { ReferenceCaller } from "../../../call/pending/reference-caller.ts";
import type { Row } from "../../../contract/reference-contract.ts";
import { IdMap } from "../../../endpoint/id-map.ts";
import { type Account, memoryCrowded } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../../../errors.ts";
import type { ReferenceSpec } from "../../../interface/spec.ts";
import type { HeldCall } from "./held.ts";

export interface PromisedResult {
  readonly spec: ReferenceSpec;
  /** How many calls it depends on that are not settled either. */
  readonly depth: number;
  /** The methods of what was returned; null before, and where the call failed. */
  row: Row | null;
  error: UpcallError | null;
  /** Where it is an object of another connection: it is held as long as it may be named here. */
  held: ReferenceCaller | null;
  readonly calls: HeldCall[];
  /** The caller will not name it any more. */
  released: boolean;
}

export class PromisedResults {
  readonly #endpoint: Endpoint;
  readonly #account: Account;
  readonly #resume: (call: HeldCall) => void;
  readonly #open: IdMap<PromisedResult>;
  readonly #settled: IdMap<PromisedResult>;
  readonly #waiting: IdMap<PromisedResult>;
  #count = 0;
  #bytes = 0;

  /** @param resume begins a call that waited, or refuses it */
  constructor(endpoint: Endpoint, account: Account, resume: (call: HeldCall) => void) {
    this.#endpoint = endpoint;
    this.#account = account;
    this.#resume = resume;
    const { ids } = endpoint.platform;
    this.#open = new IdMap(ids);
    this.#settled = new IdMap(ids);
    this.#waiting = new IdMap(ids);
  }

  /** Results that may be named, and calls that wait for one. */
  get size(): number {
    return this.#open.size + this.#settled.size + this.#count;
  }

  /** A call that returns a reference is about to begin, or waits itself at some depth. */
  open(id: number, spec: ReferenceSpec, depth = 0): void {
    if (this.#open.has(id)) return;
    this.#open.set(id, { spec, depth, row: null, error: null, held: null, calls: [], released: false });
  }

  find(id: number): PromisedResult | null {
    return this.#open.get(id) ?? this.#settled.get(id) ?? null;
  }

  /** Whether a call of this id waits here. */
  has(id: number): boolean {
    return this.#waiting.has(id);
  }

  /** Lets a call wait; or says why it cannot. @throws UpcallError RESOURCE_EXHAUSTED (BUSY, TOO_MANY) */
  wait(result: PromisedResult, call: HeldCall, oneway: boolean, returns: ReferenceSpec | null): UpcallError | null {
    const { limits, counters } = this.#endpoint;
    const length = call.body.length;
    // Where it is refused, calls of its own result hear why.
    if (returns !== null) this.open(call.call, returns, result.depth + 1);
    if (result.depth >= limits.pipelineDepth) {
      counters.refusedPipelined++;
      return tooDeep(limits.pipelineDepth);
    }
    if (this.#count >= limits.pipelined || this.#bytes + length > limits.partialBytes) {
      counters.refusedPipelined++;
      return tooMany(this.#count);
    }
    if (!this.#account.admits(length)) return memoryCrowded();
    this.#count++;
    this.#change(length);
    result.calls.push(call);
    if (!oneway) this.#waiting.set(call.call, result);
    return null;
  }

  /**
   * The call has returned, or failed.
   *
   * @param reference what carries the calls of what it returned, where that is an object of another connection
   */
  settle(id: number, row: Row | null, error: UpcallError | null, reference: ReferenceCaller | null): void {
    const result = this.#open.get(id);
    if (result === undefined) return;
    this.#open.delete(id);
    result.held = reference;
    reference?.hold();
    result.row = row;
    result.error = error;
    this.#settled.set(id, result);
    for (let call = result.calls.shift(); call !== undefined; call = result.calls.shift()) {
      this.#taken(call);
      this.#resume(call);
    }
    if (result.released) this.#forget(id);
    // A caller that never says which it still needs keeps the last ones.
    if (this.#settled.size > this.#endpoint.limits.references) this.#forgetOldest();
  }

  /** The caller will not name this result any more. One that is not known is passed over: its call was refused. */
  release(id: number): void {
    const result = this.#open.get(id);
    if (result !== undefined) result.released = true;
    else this.#forget(id);
  }

  /** Takes out a call that waits; true when it did. */
  cancel(id: number): boolean {
    const result = this.#waiting.get(id);
    const index = result?.calls.findIndex(({ call }) => call === id) ?? -1;
    const [call] = index < 0 ? [] : (result?.calls.splice(index, 1) ?? []);
    if (call !== undefined) this.#taken(call);
    return call !== undefined;
  }

  clear(): void {
    for (const { held } of this.#settled.values()) held?.unhold();
    for (const one of [this.#open, this.#settled, this.#waiting]) one.clear();
    this.#count = 0;
    this.#change(-this.#bytes);
  }

  #forget(id: number): void {
    this.#settled.get(id)?.held?.unhold();
    this.#settled.delete(id);
  }

  #forgetOldest(): void {
    const [oldest] = this.#settled.values();
    oldest?.held?.unhold();
    this.#settled.deleteOldest();
  }

  #taken({ call, body }: HeldCall): void {
    this.#count--;
    this.#change(-body.length);
    this.#waiting.delete(call);
  }

  #change(bytes: number): void {
    this.#bytes += bytes;
    this.#account.hold(bytes);
  }
}

function tooDeep(most: number): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_MANY",
    `the call depends on ${most} others that are not settled either: await one of them first, or raise limits.pipelineDepth`,
  );
}

function tooMany(waiting: number): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    `${waiting} calls wait for results that are not there yet: await some of these first, or raise limits.pipelined`,
  );
}
