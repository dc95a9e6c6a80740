// The skeleton: which method? The table is made from the interface and has no prototype. A name from the wire is looked
// up only here, so no message reaches a name that the interface does not have.

import type { Holder } from "../contract/callee.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import { excerpt } from "../escape.ts";
import type { Interface } from "../interface/define.ts";
import { type Disposals, exempt } from "./disposals.ts";
import { KeptObject } from "./kept.ts";
import type { Maker } from "./maker.ts";
import { singleRow } from "./single.ts";
import { interfaceOf, makerOf, objectOf, type SkeletonOf } from "./skeleton.ts";
import { type Row, rowOf, SkeletonMethod } from "./skeleton-method.ts";

export { SkeletonMethod };

/** All objects of a server, by interface and method. */
export class SkeletonTable {
  readonly #rows: Record<string, Row> = Object.create(null) as Record<string, Row>;
  /** Interfaces whose object a function makes for each connection or call. */
  readonly #makers: Record<string, Maker> = Object.create(null) as Record<string, Maker>;
  readonly #kept: WeakMap<Holder, Record<string, KeptObject>> = new WeakMap();
  readonly #names: string[] = [];

  /** @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE) when two skeletons answer for one interface name */
  constructor(skeletons: readonly SkeletonOf[]) {
    for (const skeleton of skeletons) {
      const subject = skeleton[interfaceOf];
      if (this.#names.includes(subject.name))
        throw notExecuted(
          "INVALID_ARGUMENT",
          "BAD_INTERFACE",
          `two objects are served for interface ${subject.name}: give one of them an interface of another name`,
        );
      this.#names.push(subject.name);
      const maker = makerOf(skeleton);
      if (maker === null) this.#rows[subject.name] = this.#own(subject, objectOf(skeleton));
      else this.#makers[subject.name] = maker;
    }
  }

  /**
   * The method, or what its callers are told.
   *
   * @param holder whose calls they will be; null where they come from no connection
   * @param disposals for objects that are made for it
   */
  find(
    interfaceName: string,
    methodName: string,
    holder: Holder | null,
    disposals: Disposals,
  ): SkeletonMethod | UpcallError {
    const maker = this.#makers[interfaceName];
    if (maker?.per === "connection" && holder === null) return noConnection(interfaceName);
    const row = maker === undefined ? this.#rows[interfaceName] : this.#made(maker, holder, disposals);
    return row?.[methodName] ?? unknownMethod(interfaceName, methodName, this.#names, row);
  }

  #own(subject: Interface, object: object): Row {
    exempt(object);
    return rowOf(subject, object);
  }

  #made(maker: Maker, holder: Holder | null, disposals: Disposals): Row {
    if (maker.per === "call" || holder === null) return singleRow(maker, disposals);
    const all = this.#kept.get(holder) ?? (Object.create(null) as Record<string, KeptObject>);
    this.#kept.set(holder, all);
    const kept = all[maker.subject.name] ?? new KeptObject(maker, holder, disposals);
    all[maker.subject.name] = kept;
    return kept.row;
  }
}

function noConnection(interfaceName: string): UpcallError {
  return notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `this cannot be combined: ${interfaceName} is implemented by an object for each connection, and datagrams have none: use { per: "call" } or one object, or another medium`,
  );
}

/** The same sentence wherever a name is not found. */
export function unknownMethod(
  interfaceName: string,
  methodName: string,
  interfaces: readonly string[],
  methods: object | undefined,
): UpcallError {
  return methods === undefined
    ? notExecuted(
        "UNIMPLEMENTED",
        "NO_INTERFACE",
        `the server has no interface ${excerpt(interfaceName)}; it serves ${interfaces.filter((name) => !name.startsWith("upcall.")).join(", ") || "none"}`,
      )
    : notExecuted(
        "UNIMPLEMENTED",
        "NO_METHOD",
        `${interfaceName} on the server has no method ${excerpt(methodName)}; it has ${Object.keys(methods).join(", ")}: is the server older than the client?`,
      );
}
