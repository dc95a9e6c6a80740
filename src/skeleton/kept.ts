// The skeleton: an object that is kept for one connection. It is made when one of its methods is first called. After
// that its methods are entered like those of every other object.

import type { Holder } from "../contract/callee.ts";
import type { Peer } from "../peer.ts";
import { currentCall } from "./context.ts";
import type { Disposals } from "./disposals.ts";
import { enterLate, madeFor } from "./late.ts";
import type { Made, Maker, ObjectContext } from "./maker.ts";
import { type Row, rowWith, SkeletonMethod } from "./skeleton-method.ts";
import { upcall } from "./upcall.ts";

/** A method whose object may not be there yet. */
class KeptMethod extends SkeletonMethod {
  declare object: object | undefined;
  declare body: (...args: unknown[]) => unknown;
}

/** What the function that makes the object is told, and nothing else of the session. */
class HolderContext implements ObjectContext {
  readonly peer: Peer;
  readonly #holder: Holder;

  constructor(holder: Holder) {
    this.peer = holder.peer;
    this.#holder = holder;
  }

  get signal(): AbortSignal {
    return this.#holder.signal;
  }
}

export class KeptObject {
  readonly row: Row;
  readonly #maker: Maker;
  readonly #holder: Holder;
  readonly #disposals: Disposals;
  readonly #methods: KeptMethod[] = [];
  #made: Made | Promise<Made> | null = null;
  #over = false;

  constructor(maker: Maker, holder: Holder, disposals: Disposals) {
    this.#maker = maker;
    this.#holder = holder;
    this.#disposals = disposals;
    this.row = rowWith(maker.subject, (entry) => {
      const method: KeptMethod = new KeptMethod(entry, this, (...args) => this.#first(method, args));
      this.#methods.push(method);
      return method;
    });
    holder.whenOver(() => {
      this.#over = true;
      if (this.#made !== null && !(this.#made instanceof Promise)) disposals.dispose(this.#made.object);
    });
  }

  /** The body of every method until the object is there. */
  #first(method: KeptMethod, args: unknown[]): unknown {
    const call = currentCall();
    this.#made ??= this.#make();
    if (this.#made instanceof Promise)
      return madeFor(this.#made, method.entry, call).then(() => enterLate(method, args, call));
    return upcall(method, args, call);
  }

  #make(): Made | Promise<Made> {
    const made = this.#maker.make(new HolderContext(this.#holder), this.#disposals.counters);
    if (!(made instanceof Promise)) return this.#take(made);
    return made.then(
      (late) => {
        this.#made = this.#take(late);
        if (this.#over) this.#disposals.dispose(late.object);
        return late;
      },
      (error: unknown) => {
        // The next call tries again.
        this.#made = null;
        throw error;
      },
    );
  }

  /** From now on each method is the object's own. */
  #take(made: Made): Made {
    for (const method of this.#methods) {
      const own = made.row[method.entry.name];
      if (own === undefined) continue;
      method.object = made.object;
      method.body = own.body;
    }
    return made;
  }
}
