// The session, the callee's half: calls that are not of an interface's own object. Their bodies begin with a number: of
// an object of ours that the caller holds, or of a call of its own whose result it calls.

import type { Target } from "../../../contract/callee.ts";
import type { Row } from "../../../contract/reference-contract.ts";
import type { Account } from "../../../endpoint/memory-budget.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../../../errors.ts";
import { excerpt } from "../../../escape.ts";
import { notAnnounced } from "../../../failure/call-refusals.ts";
import { subjectOf } from "../../../interface/callback.ts";
import type { Interface } from "../../../interface/define.ts";
import { isReference, type ReferenceSpec } from "../../../interface/spec.ts";
import { flag } from "../../../wire/native/frame.ts";
import type { ReferenceTransfer } from "../carrying/reference-transfer.ts";
import type { AnnouncedThere } from "../handshake/announced.ts";
import { type CallHeader, type HeldCall, heldOf } from "./held.ts";
import { type PromisedResult, PromisedResults } from "./promises.ts";

/** What is found for a call: its method, what its caller is told, or that the call waits for the result that it calls. */
export type Found = Target | UpcallError | "waits";

export class ObjectCalls {
  readonly #endpoint: Endpoint;
  readonly #announced: AnnouncedThere;
  readonly #transfer: () => ReferenceTransfer;
  readonly results: PromisedResults;

  /** @param resume begins a call that waited, or refuses it */
  constructor(
    endpoint: Endpoint,
    account: Account,
    announced: AnnouncedThere,
    transfer: () => ReferenceTransfer,
    resume: (call: HeldCall) => void,
  ) {
    this.#endpoint = endpoint;
    this.#announced = announced;
    this.#transfer = transfer;
    this.results = new PromisedResults(endpoint, account, resume);
  }

  /**
   * @param first where the number stands, behind the metadata
   */
  find(header: CallHeader, bytes: Uint8Array, start: number, first: number, end: number): Found {
    const names = this.#announced.namesOf(header.method);
    if (names === undefined) return notAnnounced(header.method);
    const number = new DataView(bytes.buffer, bytes.byteOffset + first).getUint32(0);
    if ((header.flags & flag.promised) === 0) {
      const exported = this.#transfer().exports.find(number);
      return exported === null ? this.#bad(notHeld(number)) : this.#method(exported.row, exported.subject, names);
    }
    const result = this.results.find(number);
    if (result === null) return this.#bad(notPromised(number));
    if (result.row !== null) return this.#method(result.row, subjectOf(result.spec), names);
    const returns = (header.flags & flag.oneway) === 0 ? returnedBy(result, names) : null;
    if (result.error === null) return this.#wait(result, returns, names, header, bytes.slice(start, end));
    // It fails with the call before it, and so will those of its own result.
    if (returns !== null) this.results.open(header.call, returns);
    return notReturned(result.error);
  }

  #wait(
    result: PromisedResult,
    returns: ReferenceSpec | null,
    [interfaceName, methodName]: readonly [string, string],
    header: CallHeader,
    body: Uint8Array,
  ): Found {
    const { counters, platform } = this.#endpoint;
    const subject = subjectOf(result.spec);
    if (interfaceName !== subject.name || !subject.table.some(({ name }) => name === methodName))
      return this.#bad(otherInterface(subject, interfaceName));
    const held = heldOf(header, body, platform.clock.now());
    counters.pipelined++;
    return this.results.wait(result, held, (header.flags & flag.oneway) !== 0, returns) ?? "waits";
  }

  #method(row: Row, subject: Interface, [interfaceName, methodName]: readonly [string, string]): Target | UpcallError {
    return interfaceName === subject.name ? row.find(methodName) : this.#bad(otherInterface(subject, interfaceName));
  }

  #bad(error: UpcallError): UpcallError {
    this.#endpoint.counters.badReferences++;
    return error;
  }
}

/** Where a method returns a reference that can be called before it is here. */
export function promisedBy({ entry }: Target): ReferenceSpec | null {
  const returns = entry.method.carries?.returns ?? null;
  return isReference(returns) ? returns : null;
}

/** What a method of a result that is not here returns, where that is a reference. */
function returnedBy({ spec }: PromisedResult, [, methodName]: readonly [string, string]): ReferenceSpec | null {
  const entry = subjectOf(spec).table.find(({ name }) => name === methodName);
  const returns = entry?.method.carries?.returns ?? null;
  return isReference(returns) ? returns : null;
}

function notReturned(error: UpcallError): UpcallError {
  const text = `not called, because the call failed whose result it is for: ${error.message}`;
  return notExecuted(error.code, error.reason, text, error);
}

const notHeld = (number: number): UpcallError =>
  notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `there is no object ${number} that the caller holds: it was closed, or never sent`,
  );

const notPromised = (id: number): UpcallError =>
  notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `call ${id} returns no reference that could be called, or was never made`,
  );

const otherInterface = ({ name }: Interface, wanted: string): UpcallError =>
  notExecuted(
    "INVALID_ARGUMENT",
    "BAD_REFERENCE",
    `the object is called as ${excerpt(wanted)}, and was sent as ${name}`,
  );
