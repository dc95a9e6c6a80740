// The session, references: objects of the other side that are held here. One that comes again is the same proxy as long
// as somebody has it. What the garbage collector finds is given back and reported: it should have been closed.

import { notExecuted, type UpcallError } from "../../../errors.ts";
import type { Interface } from "../../../interface/define.ts";
import type { CallbackSpec, ReferenceSpec } from "../../../interface/spec.ts";
import type { References } from "../../contract.ts";
import type { Household } from "../../platform.ts";
import { IdMap } from "../id-map.ts";
import { type Imported, Reference, type ReferenceLine } from "./reference.ts";
import type { Releases } from "./releases.ts";

/** The reference and its proxy live as long as somebody has them; here they are only remembered. */
interface Entry {
  readonly imported: Imported;
  readonly spec: "reference" | "callback";
  readonly reference: WeakRef<Reference>;
  readonly proxy: WeakRef<object>;
}

export class Imports {
  readonly #home: Household;
  readonly #references: References;
  readonly #line: ReferenceLine;
  readonly #releases: Releases;
  readonly #entries: IdMap<Entry>;
  /** More than the entries: one that is being closed may have come again meanwhile. */
  readonly #held: Set<Imported> = new Set();
  readonly #registry: FinalizationRegistry<Imported>;

  constructor(home: Household, references: References, line: ReferenceLine, releases: Releases) {
    this.#home = home;
    this.#entries = new IdMap(home.platform.ids);
    this.#references = references;
    this.#line = line;
    this.#releases = releases;
    this.#registry = new FinalizationRegistry((imported) => this.#collected(imported));
  }

  /** Objects of the other side that are held here. */
  get size(): number {
    return this.#held.size;
  }

  /** Whether it may come now. Errors: INVALID_ARGUMENT (BAD_REFERENCE), RESOURCE_EXHAUSTED (TOO_MANY). */
  check(spec: ReferenceSpec | CallbackSpec, subject: Interface, number: number, coming: number): void {
    const entry = this.#entries.get(number);
    if (entry === undefined) {
      const { references } = this.#home.limits;
      if (this.size + coming < references) return;
      this.#home.counters.referencesRefused++;
      throw tooManyHeld(references);
    }
    if (entry.spec === spec.spec && entry.imported.subject.name === subject.name) return;
    this.#home.counters.badReferences++;
    throw notTheSame(number, entry.imported.subject);
  }

  /**
   * A proxy or function for an object of the other side's, which has come once more.
   *
   * @param passing whether it is passed on: then it is held until `letGo`, and nobody has to close it
   */
  receive(
    spec: ReferenceSpec | CallbackSpec,
    subject: Interface,
    number: number,
    made: string,
    passing: boolean,
  ): object {
    const entry = this.#entries.get(number);
    let reference = entry?.reference.deref();
    let proxy: object | undefined;
    if (entry === undefined || reference === undefined || reference.closed) {
      reference = this.#make({ number, subject, made, count: 1, taken: !passing });
      reference.passed = passing;
    } else {
      entry.imported.count++;
      if (!passing) {
        entry.imported.taken = true;
        reference.passed = false;
      }
      // Whoever has only a second proxy, one with a timeout of its own, keeps the reference and not the first proxy.
      proxy = entry.proxy.deref();
    }
    if (passing) reference.hold();
    return proxy ?? this.#enter(spec, reference);
  }

  /** It came, and nobody will get it: it is given back at once. */
  refuse(number: number): void {
    this.#releases.reference(number, 1);
  }

  /** The connection is gone, and with it all that came on it. */
  clear(): void {
    for (const imported of this.#held) this.#registry.unregister(imported);
    this.#home.counters.referencesHeldNow -= this.#held.size;
    this.#held.clear();
    this.#entries.clear();
  }

  #make(imported: Imported): Reference {
    const reference = new Reference(this.#line, imported, (closed) => this.#giveBack(closed));
    this.#registry.register(reference, imported, imported);
    this.#held.add(imported);
    this.#home.counters.referencesHeldNow++;
    return reference;
  }

  #enter(spec: ReferenceSpec | CallbackSpec, reference: Reference): object {
    const { imported } = reference;
    const { around } = this.#home;
    const proxy = this.#references.proxy(spec, around === null ? reference : around(reference));
    const entry: Entry = {
      imported,
      spec: spec.spec,
      reference: new WeakRef(reference),
      proxy: new WeakRef(proxy),
    };
    this.#entries.set(imported.number, entry);
    return proxy;
  }

  #giveBack({ imported }: Reference): void {
    this.#registry.unregister(imported);
    this.#remove(imported);
  }

  #collected(imported: Imported): void {
    if (!this.#remove(imported)) return;
    if (!imported.taken) return;
    const { counters, onLeak, platform } = this.#home;
    counters.referencesLeaked++;
    const { subject, made } = imported;
    if (onLeak !== null)
      platform.hooks.tell("onLeak", onLeak, { interface: subject.name, made, peer: this.#line.peer });
  }

  /** Another one may have come under the same number since. */
  #remove(imported: Imported): boolean {
    if (!this.#held.delete(imported)) return false;
    this.#home.counters.referencesHeldNow--;
    if (this.#entries.get(imported.number)?.imported === imported) this.#entries.delete(imported.number);
    this.#releases.reference(imported.number, imported.count);
    return true;
  }
}

function tooManyHeld(most: number): UpcallError {
  return notExecuted(
    "RESOURCE_EXHAUSTED",
    "TOO_MANY",
    `${most} references to objects of the other side are held already: close some that are not needed any more, or raise limits.references on both sides`,
  );
}

function notTheSame(number: number, { name }: Interface): UpcallError {
  return notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `reference ${number} came as something else before: it is a reference to ${name}`,
  );
}
