// Ground, known to every stage of the walk: lines on standard error, a bounded number in a second. Their content may
// come from a peer: it can neither begin another line nor control a terminal.

import type { Clock } from "./clock.ts";
import { escaped } from "./escape.ts";

/** Characters of a line. */
const maxLineCharacters = 16 * 1024;

/** A string as one line. */
export function oneLine(text: string): string {
  return escaped(text).slice(0, maxLineCharacters);
}

/**
 * Lines in a second. Ten are enough for a reader, and a peer that causes lines as fast as it can must not fill a disk;
 * a line may have 16 KiB.
 */
export const mostLines = 10;
const periodMs = 1_000;

/**
 * Lines that were left out are counted. Their number is written with the first line of a later second, or when `rest`
 * is called; no timer is used.
 */
export class BoundedLog {
  readonly #clock: Clock;
  readonly #leftOutLine: (count: number) => string;
  readonly #write: (line: string) => void;
  /** When the second began. */
  #since: number = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #leftOut = 0;

  /**
   * @param leftOutLine makes the line that says how many were left out
   * @param write       writes to the platform's standard error; tests give another function
   */
  constructor(clock: Clock, leftOutLine: (count: number) => string, write: (line: string) => void = toStandardError) {
    this.#clock = clock;
    this.#leftOutLine = leftOutLine;
    this.#write = write;
  }

  /** @param line called only when the line is written */
  put(line: () => string): void {
    const now = this.#clock.now();
    if (now - this.#since >= periodMs) {
      this.rest();
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines >= mostLines) this.#leftOut++;
    else {
      this.#lines++;
      this.#say(line());
    }
  }

  /** Writes how many lines were left out, if any were. */
  rest(): void {
    const count = this.#leftOut;
    this.#leftOut = 0;
    if (count > 0) this.#say(this.#leftOutLine(count));
  }

  #say(line: string): void {
    try {
      this.#write(oneLine(line));
    } catch {
      // The program replaced the console, and its console throws: the line is lost.
    }
  }
}

interface Platform {
  readonly console: { error(line: string): void };
}

/** Looked up each time: the program may replace the console later. */
function toStandardError(line: string): void {
  (globalThis as unknown as Platform).console.error(line);
}
