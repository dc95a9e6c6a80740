// Ground: what is told of an error that user code threw and no interface declares. Its caller hears of an id only; the
// side that threw it is told all of it here. It knows no stage of the walk.

import type { Clock } from "./clock.ts";

/** How much of an undeclared error its caller is shown: `nothing` of it but an id, its `message`, or `everything`. */
export const exposures = ["nothing", "message", "everything"] as const;

export type Expose = (typeof exposures)[number];

/** Something was thrown that no interface declares. */
export interface IncidentReport {
  /** 16 hexadecimal digits, as the caller's `error.incident` and the end of its message have them. */
  readonly incident: string;
  /** What was thrown, as it is: in JavaScript that may be anything. */
  readonly error: unknown;
  /** `Interface.method`; for a bare function `upcall.Function.call`. */
  readonly method: string;
  /** The address of whoever made the call. */
  readonly peer: string;
  /** The call's id on its connection (with a pool of workers, on the link to the worker); 0 where there is none. */
  readonly call: number;
}

/** Told of what user code threw and no interface declares. What it throws itself is lost. */
export type OnError = (report: IncidentReport) => void;

/** Characters of a line, errors that it names, and how deep they may hang together. */
const longest = 16 * 1024;
const mostErrors = 16;
const deepest = 8;

/**
 * All of it as one line: whoever looks for the id finds the stack with it, and no text of the error can look like a line
 * of its own.
 */
export function lineOf({ incident, error, method, peer, call }: IncidentReport): string {
  const texts: string[] = [];
  collect(error, "", 0, texts);
  const where = `upcall: incident ${incident}: ${method} (call ${call} of ${peer}) threw `;
  return (where + texts.join(" | ")).replace(/[\p{Cc}\u2028\u2029]/gu, escaped).slice(0, longest);
}

function collect(thrown: unknown, relation: string, depth: number, texts: string[]): void {
  if (texts.length >= mostErrors || depth > deepest) return;
  try {
    texts.push(relation + stackOf(thrown));
    if (!(thrown instanceof Error)) return;
    if (thrown.cause !== undefined) collect(thrown.cause, "caused by ", depth + 1, texts);
    const { errors } = thrown as { errors?: unknown };
    if (Array.isArray(errors)) for (const one of errors as unknown[]) collect(one, "one of them ", depth + 1, texts);
  } catch {
    texts.push(`${relation}something that cannot be read`);
  }
}

function stackOf(thrown: unknown): string {
  const { stack } = Object(thrown) as { stack?: unknown };
  const text = thrown instanceof Error && typeof stack === "string" ? stack : String(thrown);
  return text
    .slice(0, longest)
    .trimEnd()
    .replace(/\s*\n\s*/g, " | ");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

interface Platform {
  readonly console: { error(line: string): void };
}

/**
 * Lines in a second. People who look for an incident have what they need in ten; callers who make a method throw as fast as
 * they can must not fill a disk, with up to 16 KiB each time.
 */
const mostLines = 10;
const second = 1_000;

/**
 * Lines on standard error, a bounded number in a second: what happens where nobody said anything else. What was left out is
 * counted, and told with the first line after its second, or when a server closes: no timer waits for it.
 */
export class IncidentLog {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  /** When the second began. */
  #since: number = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  /** @param write of the platform's standard error, unless a test has another */
  constructor(clock: Clock, write: (line: string) => void = toStandardError) {
    this.#clock = clock;
    this.#write = write;
  }

  tell(report: IncidentReport): void {
    const now = this.#clock.now();
    if (now - this.#since >= second) {
      this.rest();
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines >= mostLines) this.#leftOut++;
    else {
      this.#lines++;
      this.#write(lineOf(report));
    }
  }

  /** Says how many were left out, where any were. */
  rest(): void {
    const count = this.#leftOut;
    this.#leftOut = 0;
    if (count === 0) return;
    const [what, were] = count === 1 ? ["incident", "was"] : ["incidents", "were"];
    this.#write(
      `upcall: ${count} more ${what} ${were} left out: there are at most ${mostLines} lines in a second; onError is told of each`,
    );
  }
}

interface Platform {
  readonly console: { error(line: string): void };
}

/** Looked up each time: whoever replaces it is heard. */
function toStandardError(line: string): void {
  (globalThis as unknown as Platform).console.error(line);
}
