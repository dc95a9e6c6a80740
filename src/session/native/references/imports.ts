// The session, references: objects of the other side that are held here. One that comes again is the same proxy as long
// as it can be called. What the garbage collector finds is given back and reported: it should have been closed.

import type { References } from "../../../contract/reference-contract.ts";
import { IdMap } from "../../../endpoint/id-map.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../../../errors.ts";
import type { Interface } from "../../../interface/define.ts";
import type { CallbackSpec, ReferenceSpec } from "../../../interface/spec.ts";
import { type Holding, type Imported, Reference, type ReferenceLine, type ReferenceOwner } from "./reference.ts";
import type { Releases } from "./releases.ts";

/** A reference and its proxy. While they are only lent, or passed on, their end is known, and they are held by that. */
class Entry {
  readonly imported: Imported;
  readonly spec: "reference" | "callback";
  #reference: Reference | WeakRef<Reference>;
  #proxy: object;
  #weak = false;

  constructor(reference: Reference, spec: "reference" | "callback", proxy: object) {
    this.imported = reference.imported;
    this.spec = spec;
    this.#reference = reference;
    this.#proxy = proxy;
  }

  get reference(): Reference | undefined {
    return this.#reference instanceof Reference ? this.#reference : this.#reference.deref();
  }

  get proxy(): object | undefined {
    return this.#weak ? (this.#proxy as WeakRef<object>).deref() : this.#proxy;
  }

  /** From now on they live as long as the program holds them. */
  weaken(reference: Reference): void {
    if (this.#weak) return;
    this.#weak = true;
    this.#reference = new WeakRef(reference);
    this.#proxy = new WeakRef(this.#proxy);
  }
}

export class Imports implements ReferenceOwner {
  readonly #endpoint: Endpoint;
  readonly #references: References;
  readonly #line: ReferenceLine;
  readonly #releases: Releases;
  readonly #entries: IdMap<Entry>;
  /** More than the entries: one that is being closed may have come again meanwhile. */
  readonly #held: Set<Imported> = new Set();
  /** Those whose results were called and that are not awaited, the longest unused first. */
  readonly #resting: Set<Imported> = new Set();
  readonly #registry: FinalizationRegistry<Imported>;

  constructor(endpoint: Endpoint, references: References, line: ReferenceLine, releases: Releases) {
    this.#endpoint = endpoint;
    this.#entries = new IdMap(endpoint.platform.ids);
    this.#references = references;
    this.#line = line;
    this.#releases = releases;
    this.#registry = new FinalizationRegistry((imported) => this.#collected(imported));
  }

  /** Objects of the other side that are held here. */
  get size(): number {
    return this.#held.size;
  }

  /** Whether it may come now. @throws UpcallError INVALID_ARGUMENT (BAD_REFERENCE), RESOURCE_EXHAUSTED (TOO_MANY) */
  check(spec: ReferenceSpec | CallbackSpec, subject: Interface, number: number, coming: number): void {
    const entry = this.#entries.get(number);
    if (entry === undefined) {
      const { references } = this.#endpoint.limits;
      if (this.#resting.size > 0 && this.size + coming >= references / 2) this.#relieve(references / 2 - coming);
      if (this.size + coming < references) return;
      this.#endpoint.counters.referencesRefused++;
      throw tooManyHeld(references);
    }
    if (entry.spec === spec.spec && entry.imported.subject.name === subject.name) return;
    this.#endpoint.counters.badReferences++;
    throw notTheSame(number, entry.imported.subject);
  }

  /**
   * A proxy or function for an object of the other side's, which has come once more.
   *
   * @param lent gathers what ends with the call
   */
  receive(
    spec: ReferenceSpec | CallbackSpec,
    subject: Interface,
    number: number,
    made: string,
    holding: Holding,
    lent: Reference[],
  ): object {
    const entry = this.#entries.get(number);
    const known = entry?.reference;
    const usable = known !== undefined && (holding === "passed" ? !known.over : known.open);
    const reference = usable ? known : this.#make({ number, subject, made, count: 0, owned: false });
    reference.imported.count++;
    // A program that has only a second proxy, one with a timeout of its own, keeps the reference and not the first
    // proxy.
    const proxy = (usable ? entry?.proxy : undefined) ?? this.#enter(spec, reference);
    if (holding === "lent" && spec.kept) reference.keepAsDeclared();
    else reference.take(holding);
    if (holding === "lent" && !spec.kept) lent.push(reference);
    return proxy;
  }

  /** It came, but the program will not get it: it is given back at once. */
  refuse(number: number): void {
    this.#releases.reference(number, 1);
  }

  /** The connection is gone, and with it all that came on it. */
  clear(): void {
    for (const imported of this.#held) this.#registry.unregister(imported);
    this.#endpoint.counters.referencesHeldNow -= this.#held.size;
    this.#held.clear();
    this.#entries.clear();
    this.#resting.clear();
  }

  watch(reference: Reference): void {
    const { imported } = reference;
    this.#registry.register(reference, imported, imported);
    const entry = this.#entries.get(imported.number);
    if (entry?.imported === imported) entry.weaken(reference);
  }

  less(imported: Imported): void {
    if (imported.count === 1 || !this.#held.has(imported)) return;
    imported.count--;
    this.#releases.reference(imported.number, 1);
  }

  rest(imported: Imported, rests: boolean): void {
    if (!rests) this.#resting.delete(imported);
    else if (this.#held.has(imported)) this.#resting.add(imported);
  }

  giveBack(imported: Imported): void {
    this.#registry.unregister(imported);
    this.#remove(imported);
  }

  #make(imported: Imported): Reference {
    this.#held.add(imported);
    this.#endpoint.counters.referencesHeldNow++;
    return new Reference(this.#line, imported, this);
  }

  #enter(spec: ReferenceSpec | CallbackSpec, reference: Reference): object {
    const { around } = this.#endpoint;
    const proxy = this.#references.proxy(spec, around === null ? reference : around(reference));
    const entry = new Entry(reference, spec.spec, proxy);
    if (reference.watched) entry.weaken(reference);
    this.#entries.set(reference.imported.number, entry);
    return proxy;
  }

  /** Gives back results that are not awaited, until no more than so many are held. */
  #relieve(most: number): void {
    for (const imported of this.#resting) {
      if (this.size <= most) return;
      this.#resting.delete(imported);
      const entry = this.#entries.get(imported.number);
      const reference = entry?.imported === imported ? entry.reference : undefined;
      if (reference === undefined) this.giveBack(imported);
      else reference.drop();
    }
  }

  #collected(imported: Imported): void {
    if (!this.#remove(imported)) return;
    if (!imported.owned) return;
    const { counters, onLeak, platform } = this.#endpoint;
    counters.referencesLeaked++;
    const { subject, made } = imported;
    if (onLeak !== null)
      platform.hooks.tell("onLeak", onLeak, { interface: subject.name, made, peer: this.#line.peer });
  }

  /** Another one may have come under the same number since. */
  #remove(imported: Imported): boolean {
    if (!this.#held.delete(imported)) return false;
    this.#endpoint.counters.referencesHeldNow--;
    this.#resting.delete(imported);
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
