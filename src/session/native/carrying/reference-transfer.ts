// The session, what is carried: at the places that an interface declares, objects, functions and streams become handles
// on the way out, and handles become proxies, functions and streams on the way in. It knows the tables behind the
// numbers, which the codec does not, and neither frames nor calls.

import type { CallStreams } from "../../../call/call-streams.ts";
import { PassingOptions } from "../../../call/passing.ts";
import type { Needed, TransferBatch } from "../../../call/pending/extras.ts";
import { Handle, handleKind } from "../../../codec/handle.ts";
import type { Dispatcher } from "../../../contract/callee.ts";
import type { CallOptions } from "../../../contract/caller.ts";
import type { Row } from "../../../contract/reference-contract.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../../../errors.ts";
import { nothingCarried } from "../../../failure/call-refusals.ts";
import { subjectOf } from "../../../interface/callback.ts";
import type { MethodEntry } from "../../../interface/define.ts";
import { type CarriedSpec, isStream, type ReferenceSpec } from "../../../interface/spec.ts";
import type { FrameOutput } from "../output/output.ts";
import type { Exports } from "../references/exports.ts";
import type { Imports } from "../references/imports.ts";
import type { Holding, Reference, ReferenceLine } from "../references/reference.ts";
import type { Releases } from "../references/releases.ts";
import type { CarriedReferences, TransferLine } from "./carried-references.ts";
import type { CarriedStreams } from "./carried-streams.ts";
import { CarriedParts } from "./carrying-parts.ts";
import { placeOf, type ValuePath } from "./value-path.ts";

type Places = readonly (CarriedSpec | null)[];

export class ReferenceTransfer {
  readonly line: ReferenceLine;
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  readonly #terms: TransferLine;
  readonly #dispatcher: Pick<Dispatcher, "dispose">;
  #streams: CarriedStreams | null = null;
  #references: CarriedReferences | null = null;

  /** @param dispatcher disposes of objects of ours that were given as results, and that the other side holds no more */
  constructor(endpoint: Endpoint, output: FrameOutput, terms: TransferLine, dispatcher: Pick<Dispatcher, "dispose">) {
    this.#endpoint = endpoint;
    this.#output = output;
    this.#terms = terms;
    this.#dispatcher = dispatcher;
    this.line = terms.line;
  }

  /** Made when it is first needed. @throws UpcallError INVALID_ARGUMENT (BAD_FRAME) where no interface declares a stream */
  get streams(): CarriedStreams {
    this.#streams ??= this.#makeStreams();
    return this.#streams;
  }

  /** The same for objects and functions. */
  get references(): CarriedReferences {
    this.#references ??= this.#makeReferences();
    return this.#references;
  }

  get exports(): Exports {
    return this.references.exports;
  }

  get imports(): Imports {
    return this.references.imports;
  }

  get releases(): Releases {
    return this.references.releases;
  }

  /** How many streams run, how many objects the other side holds, and how many of its objects are held here. */
  get counts(): { readonly streams: number; readonly references: number; readonly held: number } {
    const objects = this.#references;
    return {
      streams: this.#streams?.table.size ?? 0,
      references: objects?.exports.size ?? 0,
      held: objects?.imports.size ?? 0,
    };
  }

  /** The connection took some of what was unsent. */
  pump(): void {
    this.#streams?.pump();
  }

  /** Fulfilled when no stream runs; null where none does. */
  drained(): Promise<void> | null {
    return this.#streams === null || this.#streams.table.size === 0 ? null : this.#streams.drained();
  }

  /** Streams run when so many milliseconds for that are over. */
  notDrained(drain: number): void {
    this.#streams?.notDrained(drain);
  }

  /** No item of a stream comes or goes any more. */
  lost(error: UpcallError): void {
    this.#streams?.lost(error);
  }

  /** @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT), RESOURCE_EXHAUSTED (TOO_MANY), and nothing has left */
  sendArguments(
    entry: MethodEntry,
    args: readonly unknown[],
    options: CallOptions | null,
    streams: () => CallStreams,
  ): TransferBatch {
    const places = entry.method.carries?.args ?? [];
    return this.#send(places, args, (index) => ({ entry, index, options, holding: "lent", lent: [], streams }));
  }

  /** The same for a result. */
  sendResult(entry: MethodEntry, value: unknown, streams: () => CallStreams): TransferBatch {
    const path: ValuePath = { entry, index: -1, options: null, holding: "owned", lent: [], streams };
    return this.#send([entry.method.carries?.returns ?? null], [value], () => path);
  }

  /**
   * @param passing whether they are passed on: then they are held until `letGo`
   * @param lent    gathers the references that are lent until the call is over
   * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT, BAD_REFERENCE), RESOURCE_EXHAUSTED (TOO_MANY), and nothing was received
   */
  receiveArguments(
    entry: MethodEntry,
    args: readonly unknown[],
    passing: boolean,
    lent: Reference[],
    streams: () => CallStreams,
  ): unknown[] {
    const places = entry.method.carries?.args ?? [];
    const holding = passing ? "passed" : "lent";
    return this.#receive(places, args, (index) => ({ entry, index, options: null, holding, lent, streams }));
  }

  /**
   * The same for a result; one that cannot be received is given back.
   *
   * @param wanted whether a caller waits for the result itself
   */
  receiveResult(
    entry: MethodEntry,
    value: unknown,
    options: CallOptions | null,
    wanted: boolean,
    streams: () => CallStreams,
  ): unknown {
    const here: Holding = wanted ? "owned" : "promised";
    const holding = options instanceof PassingOptions ? "passed" : here;
    const path: ValuePath = { entry, index: -1, options, holding, lent: [], streams };
    try {
      return this.#receive([entry.method.carries?.returns ?? null], [value], () => path)[0];
    } catch (error) {
      this.refuse(value);
      throw error;
    }
  }

  /** The methods of what stands where a reference is declared. @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) */
  row(spec: ReferenceSpec, value: unknown): Row {
    return this.references.row(spec, value);
  }

  /** What was sent was not read, or never went out. */
  takeBack({ handles }: TransferBatch): void {
    for (const { kind, id } of handles) {
      if (kind === handleKind.mine) this.exports.takeBack(id);
      else if (kind === handleKind.stream) this.streams.takeBack(id);
    }
  }

  /** A result came that no caller waits for any more. */
  refuse(value: unknown): void {
    if (!(value instanceof Handle)) return;
    if (value.kind === handleKind.mine) this.imports.refuse(value.id);
    else if (value.kind === handleKind.stream) this.streams.refuse(value.id);
  }

  /** The connection is gone. */
  close(error: () => UpcallError): void {
    this.#streams?.lost(error());
    this.#references?.close();
  }

  #send(places: Places, values: readonly unknown[], pathOf: (index: number) => ValuePath): TransferBatch {
    const handles: Handle[] = [];
    const held: Needed[] = [];
    const batch: TransferBatch = { values: [...values], handles, held };
    try {
      for (const [index, spec] of places.entries()) {
        if (spec === null) continue;
        const handle = this.#leave(spec, values[index], pathOf(index), held);
        handles.push(handle);
        batch.values[index] = handle;
      }
    } catch (error) {
      this.takeBack(batch);
      for (const one of held) one.end();
      throw error;
    }
    return batch;
  }

  #leave(spec: CarriedSpec, value: unknown, path: ValuePath, held: Needed[]): Handle {
    if (isStream(spec)) return new Handle(handleKind.stream, this.streams.send(value, path));
    try {
      return this.references.leave(spec, value, path, held);
    } catch (error) {
      throw placed(path, error);
    }
  }

  #receive(places: Places, values: readonly unknown[], pathOf: (index: number) => ValuePath): unknown[] {
    let coming = 0;
    for (const [index, value] of values.entries()) {
      const spec = places[index] ?? null;
      if (spec === null && !(value instanceof Handle)) continue;
      this.#check(spec, value, coming, pathOf(index));
      coming++;
    }
    for (let index = values.length; index < places.length; index++) {
      const spec = places[index] ?? null;
      if (spec !== null) throw this.#bad(spec, pathOf(index));
    }
    return values.map((value, index) => {
      const spec = places[index] ?? null;
      return spec === null || !(value instanceof Handle) ? value : this.#arrive(spec, value, pathOf(index));
    });
  }

  #check(spec: CarriedSpec | null, value: unknown, coming: number, path: ValuePath): void {
    if (!(value instanceof Handle) || spec === null) throw this.#bad(spec, path);
    const { kind, id } = value;
    if (isStream(spec)) {
      if (kind !== handleKind.stream) throw this.#bad(spec, path);
      this.streams.check(id, coming, path);
    } else if (!this.references.fits(spec, value, coming))
      throw this.#bad(spec, path, kind === handleKind.yours ? id : undefined);
  }

  #arrive(spec: CarriedSpec, handle: Handle, path: ValuePath): unknown {
    if (isStream(spec)) return this.streams.receive(handle.id, path);
    return this.references.arrive(spec, handle, path);
  }

  #makeStreams(): CarriedStreams {
    const { streams } = this.#endpoint.platform.part(CarriedParts);
    if (streams === null) throw nothingCarried();
    return streams(this.#endpoint, this.#output, this.line.peer);
  }

  #makeReferences(): CarriedReferences {
    const { references } = this.#endpoint.platform.part(CarriedParts);
    if (references === null) throw nothingCarried();
    return references(this.#endpoint, this.#output, this.#terms, this.#dispatcher);
  }

  #bad(spec: CarriedSpec | null, path: ValuePath, id?: number): UpcallError {
    this.#endpoint.counters.badReferences++;
    const what =
      spec === null
        ? "is a reference or a stream where plain data is declared"
        : id === undefined || isStream(spec)
          ? `is no ${spec.spec}`
          : `is object ${id} of this side, which is no ${subjectOf(spec).name} that the other side holds`;
    return notExecuted("INVALID_ARGUMENT", "BAD_REFERENCE", `${placeOf(path)} ${what}`);
  }
}

/** The same error with the place that it is about. */
function placed(path: ValuePath, error: unknown): unknown {
  if (!(error instanceof UpcallError) || error.reason !== "BAD_ARGUMENT") return error;
  return notExecuted(error.code, error.reason, `${placeOf(path)} ${error.message}`, error);
}
