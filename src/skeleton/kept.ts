// The skeleton: an object that is kept for one connection. It is made when one of its methods is first called; from then
// on its methods are entered as any other's.

import type { Holder } from "../session/holder.ts";
import { context } from "./context.ts";
import type { Disposals } from "./disposals.ts";
import { enterLate } from "./late.ts";
import type { Maker, ObjectContext } from "./maker.ts";
import { type Row, rowOf, rowWith, SkeletonMethod } from "./method.ts";
import { upcall } from "./upcall.ts";

/** A method whose object may not be there yet. */
class KeptMethod extends SkeletonMethod {
  declare object: object | undefined;
  declare body: (...args: unknown[]) => unknown;
}

/** What the function that makes the object is told, and nothing else of the session. */
class HolderContext implements ObjectContext {
  readonly peer: string;
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
  #object: object | Promise<object> | null = null;
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
      if (this.#object !== null && !(this.#object instanceof Promise)) disposals.dispose(this.#object);
    });
  }

  /** The body of every method until the object is there. */
  #first(method: KeptMethod, args: unknown[]): unknown {
    const call = context();
    this.#object ??= this.#make();
    if (this.#object instanceof Promise) return this.#object.then(() => enterLate(method, args, call));
    return upcall(method, args, call);
  }

  #make(): object | Promise<object> {
    const made = this.#maker.make(new HolderContext(this.#holder), this.#disposals.counters);
    if (!(made instanceof Promise)) return this.#take(made);
    return made.then(
      (object) => {
        this.#object = this.#take(object);
        if (this.#over) this.#disposals.dispose(object);
        return object;
      },
      (error: unknown) => {
        // The next call tries again.
        this.#object = null;
        throw error;
      },
    );
  }

  /** From now on each method is the object's own. */
  #take(object: object): object {
    const row = rowOf(this.#maker.subject, object);
    for (const method of this.#methods) {
      const own = row[method.entry.name];
      if (own === undefined) continue;
      method.object = object;
      method.body = own.body;
    }
    return object;
  }
}
