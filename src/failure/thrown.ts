// Failures: what a caller is told when user code throws. An UpcallError or a declared error is sent. For every other
// error the caller gets an id, and this side logs the error under that id.

import type { Endpoint, Platform } from "../endpoint/platform.ts";
import {
  codes,
  isError,
  isUpcallError,
  type Outcome,
  statesNothingDone,
  textOf,
  UpcallError,
  type UpcallErrorOptions,
} from "../errors.ts";
import type { IncidentReport } from "../incident.ts";
import { shown as inspected } from "../inspect.ts";
import { type AnyDeclaredError, redeclared } from "../interface/declared.ts";
import type { Peer } from "../peer.ts";
import { oneOf } from "./read-error.ts";

/** Bytes of an incident's id. */
const incidentIdBytes = 8;

/** Which user code was entered. */
export interface Entered extends Omit<IncidentReport, "incident" | "error" | "peer"> {
  readonly peer: Peer | string;
}

export interface ThrownTerms extends Entered {
  /** What threw, as the beginning of a sentence: the method, or a part of it. */
  readonly what: string;
  readonly declared: readonly AnyDeclaredError[];
  /** Whether the method ran. */
  readonly outcome: Outcome;
  /** The method itself threw, and may state that it did nothing. */
  readonly itself?: boolean;
}

/** What the caller is told: an UpcallError's own code and message, or UNKNOWN with the id of an incident. */
export function thrownError(endpoint: Endpoint, thrown: unknown, terms: ThrownTerms): UpcallError {
  const { what, declared, outcome, itself = false } = terms;
  try {
    if (thrown instanceof UpcallError) {
      const { cause, incident, code, message } = thrown;
      const told: UpcallErrorOptions =
        itself && statesNothingDone(thrown)
          ? { reason: thrown.reason, outcome: "not-executed", cause, incident }
          : { reason: "THROWN", outcome, cause, incident };
      return redeclared(thrown, declared, told) ?? new UpcallError(oneOf(codes, code, "UNKNOWN"), message, told);
    }
  } catch {
    // Reading the class of a thrown value may throw.
  }
  const incident = reported(endpoint, thrown, terms);
  return new UpcallError("UNKNOWN", endpoint.expose === "nothing" ? hidden(what, incident) : shown(what, thrown), {
    reason: "THROWN",
    outcome,
    cause: thrown,
    incident,
  });
}

/** Why a value of user code is refused, as far as the caller may know. */
interface WhyNot {
  /** A whole sentence. */
  readonly why: string;
  readonly incident: string | null;
}

/**
 * A value that cannot be sent, or arguments that cannot be checked. A rule of upcall is told. An error that user code
 * threw, in a getter or a schema, is not.
 *
 * @param what  what is refused, as the beginning of a sentence
 * @param error why; it is what user code threw, or has that as its cause
 */
export function whyNot(endpoint: Endpoint, what: string, error: unknown, entered: Entered): WhyNot {
  const thrown = isUpcallError(error) ? error.cause : error;
  if (isUpcallError(error) && (thrown === undefined || isUpcallError(thrown)))
    return { why: `${what}: ${error.message}`, incident: null };
  const incident = reported(endpoint, thrown, entered);
  const withheld = endpoint.expose === "nothing";
  return {
    why: withheld
      ? `${what}; the log of the other side has the reason, under ${incident}`
      : `${what}: ${textOf(error)}`,
    incident,
  };
}

/** An id under which this side logs what the caller is not told. */
export function incidentId({ randomness }: Platform): string {
  let incident = "";
  for (const byte of randomness(new Uint8Array(incidentIdBytes))) incident += byte.toString(16).padStart(2, "0");
  return incident;
}

/** Logs on this side what the caller is not told. @returns the incident's id */
export function reported(endpoint: Endpoint, error: unknown, { method, peer, call }: Entered): string {
  const { onError, platform } = endpoint;
  const incident = incidentId(platform);
  const report: IncidentReport = { incident, error, method, peer: peer.toString(), call };
  if (onError === null) platform.log(report);
  else platform.hooks.tell("onError", onError, report, () => platform.log(report));
  return incident;
}

/** What a caller is told of an incident. */
function hidden(what: string, incident: string): string {
  return `${what} failed with an error that it does not declare; the log of the other side has it under ${incident}`;
}

function shown(what: string, thrown: unknown): string {
  try {
    if (isError(thrown)) return `${what} threw ${thrown.name}: ${textOf(thrown)}`;
    // Most objects have no `toString` of their own, so their properties are shown.
    const text = String(thrown);
    return `${what} threw ${typeof thrown}: ${text === "[object Object]" ? inspected(thrown) : text}`;
  } catch {
    return `${what} threw ${typeof thrown}: ${textOf(thrown)}`;
  }
}
