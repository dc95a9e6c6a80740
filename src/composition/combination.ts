// Composition: what goes with what. One table; what it refuses is refused when serving or connecting, with a sentence
// that says what to use, and never later.

import { notExecuted } from "../errors.ts";
import { carriedWords } from "../interface/carried.ts";
import type { Interface } from "../interface/define.ts";
import type { MediumName } from "../transport/url.ts";
import type { WireName } from "./options.ts";

export type WorkersKind = "inline" | "threads" | "processes" | "threads per connection" | "processes per connection";

/** The sentence by which a combination is refused, or null where it works. */
export function refusal(medium: MediumName, wire: WireName, workers: WorkersKind): string | null {
  if (medium === "udp" && wire === "native") return 'udp: has no native wire yet: use wire: "plain", or tcp:';
  if (medium === "udp" && workers.endsWith("per connection"))
    return 'udp: has no connections to give a worker each: use a pool, as in workers: "threads:2"; each datagram may then go to another worker';
  if (medium === "memory" && workers === "processes per connection")
    return 'memory: connections cannot go to another process: use "threads:per-connection", or a pool of processes';
  return null;
}

/** Errors: UNIMPLEMENTED (NOT_SUPPORTED). */
export function checkCombination(medium: MediumName, wire: WireName, workers: WorkersKind): void {
  const sentence = refusal(medium, wire, workers);
  if (sentence !== null) throw notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", `this cannot be combined: ${sentence}`);
}

/** The plain wire carries one method of text or bytes. Errors: INVALID_ARGUMENT (BAD_INTERFACE). */
export function checkPlain(interfaces: readonly Interface[]): void {
  const [subject, ...others] = interfaces;
  const entry = subject?.table[0];
  if (subject === undefined || entry === undefined || others.length > 0 || subject.table.length !== 1) {
    const names = interfaces.map(({ name, table }) => `${name} (${table.length} methods)`).join(", ");
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `the plain wire has no place for a method's name: it needs one interface with one method, and got ${names}; use wire: "native"`,
    );
  }
  if (entry.method.plain === "value")
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `${entry.fullName} takes values, and the plain wire carries only text or bytes; use wire: "native"`,
    );
  if (entry.method.kind === "oneway")
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `${entry.fullName} is oneway, and on the plain wire the reply is what shows that a message arrived; declare it by method(), or use wire: "native"`,
    );
  if (entry.method.args !== null && entry.method.args.length !== 1)
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_INTERFACE",
      `${entry.fullName} declares ${entry.method.args.length} arguments, and the plain wire carries exactly one; use wire: "native"`,
    );
  if (entry.method.carries !== null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      `${entry.fullName} declares ${carriedWords(entry.method.carries)}, which the plain wire cannot carry; use wire: "native"`,
    );
}
