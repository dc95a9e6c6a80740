// Ground, known to every stage of the walk: lines on standard error, a bounded number in a second. What is written in them
// may come from anybody; it can neither begin a line of its own nor move a terminal.

import type { Clock } from "./clock.ts";
import { escaped } from "./escape.ts";

/** Characters of a line. */
const longest = 16 * 1024;

/** A text as one line. */
export function oneLine(text: string): string {
  return escaped(text).slice(0, longest);
}

/**
 * Lines in a second. People who look for one have what they need in ten; a peer who causes them as fast as it can must not
 * fill a disk, with up to 16 KiB each time.
 */
export const mostLines = 10;
const second = 1_000;

/**
 * What was left out is counted, and told with the first line after its second, or when `rest` is called: no timer waits for
 * it.
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
   * @param leftOutLine says that so many lines were left out
   * @param write       to the platform's standard error, unless a test has another
   */
  constructor(clock: Clock, leftOutLine: (count: number) => string, write: (line: string) => void = toStandardError) {
    this.#clock = clock;
    this.#leftOutLine = leftOutLine;
    this.#write = write;
  }

  /** @param line made only where it is written */
  put(line: () => string): void {
    const now = this.#clock.now();
    if (now - this.#since >= second) {
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

  /** Says how many were left out, where any were. */
  rest(): void {
    const count = this.#leftOut;
    this.#leftOut = 0;
    if (count > 0) this.#say(this.#leftOutLine(count));
  }

  #say(line: string): void {
    try {
      this.#write(oneLine(line));
    } catch {
      // A console that the program replaced, and that fails: there is nowhere left to say it.
    }
  }
}

interface Platform {
  readonly console: { error(line: string): void };
}

/** Looked up each time: a console that takes its place later is heard. */
function toStandardError(line: string): void {
  (globalThis as unknown as Platform).console.error(line);
}
