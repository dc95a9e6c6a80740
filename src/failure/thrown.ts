// The session: what a caller is told of whatever user code threw. What was thrown to be told is told; of everything else
// the caller gets an id, and this side all of it under that id.

import type { Household, Platform } from "../endpoint/platform.ts";
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
const idLength = 8;

/** What user code was entered for. */
export interface Entered extends Omit<IncidentReport, "incident" | "error" | "peer"> {
  readonly peer: Peer | string;
}

export interface ThrownTerms extends Entered {
  /** What threw, as the beginning of a sentence: the method, or something that belongs to it. */
  readonly what: string;
  readonly declared: readonly AnyDeclaredError[];
  /** Whether the method ran. */
  readonly outcome: Outcome;
  /** It is the method itself that threw, and may state that it did nothing. */
  readonly itself?: boolean;
}

/** What the caller is told: an UpcallError's own code and message, or UNKNOWN with the id of an incident. */
export function thrownError(home: Household, thrown: unknown, terms: ThrownTerms): UpcallError {
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
    // Even asking a thrown thing for its class may throw.
  }
  const incident = reported(home, thrown, terms);
  return new UpcallError("UNKNOWN", home.expose === "nothing" ? hidden(what, incident) : shown(what, thrown), {
    reason: "THROWN",
    outcome,
    cause: thrown,
    incident,
  });
}

/** Why something of user code's is refused, as far as it may be told. */
interface WhyNot {
  /** A whole sentence. */
  readonly why: string;
  readonly incident: string | null;
}

/**
 * A value that cannot be sent, or arguments that cannot be checked: by a rule of ours, which is told, or because user code
 * threw, a getter or a schema.
 *
 * @param what  what is so, as the beginning of a sentence
 * @param error why; with what user code threw as its cause, where it is not that itself
 */
export function whyNot(home: Household, what: string, error: unknown, entered: Entered): WhyNot {
  const thrown = isUpcallError(error) ? error.cause : error;
  if (isUpcallError(error) && (thrown === undefined || isUpcallError(thrown)))
    return { why: `${what}: ${error.message}`, incident: null };
  const incident = reported(home, thrown, entered);
  const withheld = home.expose === "nothing";
  return {
    why: withheld ? `${what}; the log of the other side has why, under ${incident}` : `${what}: ${textOf(error)}`,
    incident,
  };
}

/** An id under which something is written down here that others are not told. */
export function incidentId({ randomness }: Platform): string {
  let incident = "";
  for (const byte of randomness(new Uint8Array(idLength))) incident += byte.toString(16).padStart(2, "0");
  return incident;
}

/** Tells this side of something that its caller is not shown; gives the id under which it was told. */
export function reported(home: Household, error: unknown, { method, peer, call }: Entered): string {
  const { onError, platform } = home;
  const incident = incidentId(platform);
  const report: IncidentReport = { incident, error, method, peer: peer.toString(), call };
  if (onError === null) platform.log(report);
  else platform.hooks.tell("onError", onError, report, () => platform.log(report));
  return incident;
}

/** What is said of an incident to whoever is not shown more. */
function hidden(what: string, incident: string): string {
  return `${what} failed with an error that it does not declare; the log of the other side has it under ${incident}`;
}

function shown(what: string, thrown: unknown): string {
  try {
    if (isError(thrown)) return `${what} threw ${thrown.name}: ${textOf(thrown)}`;
    // Most objects have no text of their own: what is in one stands for that.
    const text = String(thrown);
    return `${what} threw ${typeof thrown}: ${text === "[object Object]" ? inspected(thrown) : text}`;
  } catch {
    return `${what} threw ${typeof thrown}: ${textOf(thrown)}`;
  }
}
