// The session, what is carried: objects and functions at the places that an interface declares. On the way out they become numbers
// in the table of exports, on the way in numbers become proxies; an object that comes home is itself again.

import type { Needed } from "../../../call/pending/extras.ts";
import { cameHome, hold } from "../../../call/pending/reference-caller.ts";
import { Handle, handleKind } from "../../../codec/handle.ts";
import type { Dispatcher } from "../../../contract/callee.ts";
import type { Row } from "../../../contract/reference-contract.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { subjectOf } from "../../../interface/callback.ts";
import type { CallbackSpec, ReferenceSpec } from "../../../interface/spec.ts";
import type { FrameOutput } from "../output/output.ts";
import { Exports } from "../references/exports.ts";
import { Imports } from "../references/imports.ts";
import { Reference, type ReferenceLine } from "../references/reference.ts";
import { Releases } from "../references/releases.ts";
import { learn } from "./learn.ts";
import { placeOf, type ValuePath } from "./value-path.ts";

/** What the reference transfer asks of the session it belongs to. */
export interface TransferLine {
  readonly line: ReferenceLine;
  /** Told when the other side holds an object of ours, and when it holds none any more. */
  readonly holds: (any: boolean) => void;
}

type Spec = ReferenceSpec | CallbackSpec;

export class CarriedReferences {
  readonly exports: Exports;
  readonly imports: Imports;
  readonly releases: Releases;
  readonly #line: ReferenceLine;
  readonly #endpoint: Endpoint;

  /** @param dispatcher disposes of objects of ours that were given as results, and that the other side holds no more */
  constructor(endpoint: Endpoint, output: FrameOutput, terms: TransferLine, dispatcher: Pick<Dispatcher, "dispose">) {
    const { references } = endpoint.platform;
    this.#endpoint = endpoint;
    this.#line = terms.line;
    this.releases = new Releases(endpoint, output);
    this.exports = new Exports(endpoint, references, terms.holds, (object, { name }) =>
      dispatcher.dispose(object, name, terms.line.peer),
    );
    this.imports = new Imports(endpoint, references, terms.line, this.releases);
  }

  /** The methods of what stands where a reference is declared. @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) */
  row(spec: ReferenceSpec, value: unknown): Row {
    const { references } = this.#endpoint.platform;
    const object = references.objectOf(spec, value);
    return this.exports.rowOf(subjectOf(spec), object) ?? references.row(subjectOf(spec), object);
  }

  /** What stands for a value that leaves. @param held gathers what goes home, and is needed until it is there */
  leave(spec: Spec, value: unknown, path: ValuePath, held: Needed[]): Handle {
    const { references } = this.#endpoint.platform;
    const object = references.objectOf(spec, value);
    const caller = references.callerOf(object);
    if (caller instanceof Reference && caller.line === this.#line) {
      caller.begin();
      held.push(caller);
      return new Handle(handleKind.yours, caller.imported.number);
    }
    if (caller instanceof Reference) caller.check();
    const subject = subjectOf(spec);
    // Its methods may carry what no interface did that was announced here.
    learn(this.#endpoint.platform, subject);
    return new Handle(handleKind.mine, this.exports.send(subject, object, path.index < 0).number);
  }

  /** Whether a handle that came can be what is declared. @param coming how many came before it. @throws UpcallError RESOURCE_EXHAUSTED */
  fits(spec: Spec, { kind, id }: Handle, coming: number): boolean {
    if (kind === handleKind.mine) {
      this.imports.check(spec, subjectOf(spec), id, coming);
      // Refused here, while nothing was received: a proxy announces its interface.
      this.#line.announce(subjectOf(spec));
      return true;
    }
    return kind === handleKind.yours && this.exports.find(id)?.subject.name === subjectOf(spec).name;
  }

  /** What a handle stands for. */
  arrive(spec: Spec, { kind, id }: Handle, path: ValuePath): unknown {
    if (kind === handleKind.yours) {
      const object = this.exports.find(id)?.object;
      if (path.holding === "passed") hold(this.#endpoint.platform.references, object);
      else if (object !== undefined) cameHome(object);
      return object;
    }
    return this.imports.receive(spec, subjectOf(spec), id, placeOf(path), path.holding, path.lent);
  }

  /** The connection is gone. */
  close(): void {
    this.releases.close();
    this.exports.clear();
    this.imports.clear();
  }
}
