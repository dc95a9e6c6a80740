// The session, the callee's half: the upcalls that run, found by the id that their caller gave them. Ids mostly go up,
// so a call lies in the slot of its id's last bits. It trusts no id: a call whose slot is taken goes beside the slots.

import type { RunningCall } from "../../../call/running/running.ts";
import { IdMap, Scramble } from "../../../endpoint/id-map.ts";

const minSlots = 16;
/** With no more slots than this they are kept while nothing runs; 8 KiB of every connection at rest. */
const mostKept = 1024;

export class RunningTable {
  // No Map for all of them: one that often changes leaves its former tables behind, in old memory, and those keep every
  // call alive that was in them until a full collection.
  #slots: (RunningCall | null)[] = [];
  #mask = -1;
  #beside: IdMap<RunningCall> | null = null;
  /** They are not looked up by their ids, which therefore need not differ. */
  #onewaysBeside: Set<RunningCall> | null = null;
  #size = 0;

  /** How many slots it has now. */
  get slots(): number {
    return this.#slots.length;
  }

  /** The call of this id whose caller waits, or null. */
  find(id: number): RunningCall | null {
    if (this.#size === 0) return null;
    const call = this.#slots[id & this.#mask] ?? null;
    if (call !== null && call.id === id && !call.oneway) return call;
    return this.#beside?.get(id) ?? null;
  }

  /** `find` gave null for its id, or it is a oneway. */
  add(call: RunningCall): void {
    // By how many they are, never by their ids: slots cost a caller a call that runs.
    if (this.#size * 2 > this.#mask) this.#resize(Math.max(minSlots, this.#slots.length * 2));
    this.#size++;
    this.#put(call);
  }

  /** Harmless when it is not here. */
  remove(call: RunningCall): void {
    if (this.#size === 0) return;
    const slot = call.id & this.#mask;
    if (this.#slots[slot] === call) this.#slots[slot] = null;
    else if (call.oneway) {
      if (!this.#onewaysBeside?.delete(call)) return;
    } else if (this.#beside?.get(call.id) !== call) return;
    else this.#beside.delete(call.id);
    if (--this.#size === 0 && this.#slots.length > mostKept) this.#resize(minSlots);
  }

  /** Every call; the table may be changed meanwhile. */
  all(): RunningCall[] {
    if (this.#size === 0) return [];
    const beside = [...(this.#beside?.values() ?? []), ...(this.#onewaysBeside ?? [])];
    return [...this.#slots.filter((call) => call !== null), ...beside];
  }

  #put(call: RunningCall): void {
    const slot = call.id & this.#mask;
    if (this.#slots[slot] === null) this.#slots[slot] = call;
    else if (call.oneway) {
      this.#onewaysBeside ??= new Set();
      this.#onewaysBeside.add(call);
    } else {
      this.#beside ??= new IdMap(new Scramble());
      this.#beside.set(call.id, call);
    }
  }

  #resize(length: number): void {
    const calls = this.all();
    this.#slots = Array.from<RunningCall | null>({ length }).fill(null);
    this.#mask = length - 1;
    this.#beside?.clear();
    this.#onewaysBeside?.clear();
    for (const call of calls) this.#put(call);
  }
}
