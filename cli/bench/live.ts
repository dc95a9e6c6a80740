// The command `bench`: one line of progress. It is written only on a terminal, and on standard error, so that standard
// output has only the results.

import { paint, widthOf } from "../print.ts";
import { counted, grouped, meter, milliseconds, showsBlocks } from "./draw.ts";
import type { Progress } from "./measure.ts";

/** Milliseconds from one line to the next. */
const refreshMs = 200;
/** Lines over which the present rate is taken. */
const recent = 5;
const gap = "   ";
const [narrowestMeter, widestMeter] = [5, 16];
const clearLine = "\r\u001b[2K";

export class Live {
  readonly #stream: NodeJS.WriteStream;
  readonly #silent: boolean;
  #timer: NodeJS.Timeout | null = null;
  #seen: Seen[] = [];

  constructor(stream: NodeJS.WriteStream, silent: boolean) {
    this.#stream = stream;
    this.#silent = silent || !stream.isTTY || process.env["TERM"] === "dumb";
    // A second signal ends the process wherever it is.
    if (!this.#silent) process.once("exit", () => this.end());
  }

  /** Shows this load from now on. */
  show(progress: Progress): void {
    if (this.#silent) return;
    this.#seen = [];
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#write(progress), refreshMs);
    this.#write(progress);
  }

  /** Takes the line away. May be called twice. */
  end(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#stream.write(clearLine);
  }

  #write(progress: Progress): void {
    const { load } = progress;
    const stream = this.#stream;
    this.#seen = [...this.#seen.slice(1 - recent), { at: load.passed, ended: load.tally.endedWithin }];
    const parts = partsOf(progress, this.#seen);
    // A line that is too long would go on in the next one, and could not be taken away.
    const columns = widthOf(stream) - 1;
    while (parts.length > 1 && parts.join(gap).length > columns) parts.pop();
    const text = parts.join(gap).slice(0, columns);
    const width = Math.min(widestMeter, columns - text.length - gap.length);
    const drawn = load.closing || width < narrowestMeter ? "" : this.#meter(shareOf(progress), width);
    const { failed } = load.tally;
    stream.write(
      clearLine + drawn + (failed > 0 ? text.replace(errorsOf(failed), (part) => paint(stream, "red", part)) : text),
    );
  }

  #meter(share: number, width: number): string {
    return paint(this.#stream, "cyan", meter(share, width, showsBlocks(process.env))) + gap;
  }
}

interface Seen {
  readonly at: number;
  readonly ended: number;
}

/** How much of it is done, 0 to 1. */
function shareOf({ load, terms: { duration, calls } }: Progress): number {
  const ofTime = duration === null ? 0 : load.passed / duration;
  return Math.min(1, Math.max(ofTime, calls === null ? 0 : load.begun / calls));
}

/** The most important first: what does not fit is left out from the end. */
export function partsOf({ phase, load, terms }: Progress, seen: readonly Seen[]): string[] {
  const { tally } = load;
  if (load.closing)
    return [
      `waiting for ${counted(load.running, "call")} that still ${load.running === 1 ? "runs" : "run"}; Ctrl-C does not wait`,
    ];
  const left = leftOf(load.passed, load.begun, terms);
  if (phase === "warm-up") return [`warming up: ${left}`];
  if (tally.returned + tally.failed === 0) return [left, `${counted(load.running, "call")} in flight, none ended yet`];
  const [first, last] = [seen[0], seen.at(-1)];
  const span = (last?.at ?? 0) - (first?.at ?? 0);
  const rate = span <= 0 ? 0 : (((last?.ended ?? 0) - (first?.ended ?? 0)) * 1000) / span;
  return [
    left,
    `${grouped(Math.round(rate))} calls/s`,
    ...(tally.failed === 0 ? [] : [errorsOf(tally.failed)]),
    ...(tally.times.count === 0 ? [] : [500, 990]).map(
      (perMille) => `p${perMille / 10} ${milliseconds(tally.times.percentile(perMille))}`,
    ),
    ...(tally.failed === 0 ? ["no errors"] : []),
  ];
}

function errorsOf(failed: number): string {
  return counted(failed, "error");
}

function leftOf(passed: number, begun: number, { duration, calls }: Progress["terms"]): string {
  const time = duration === null ? [] : [`${Math.max(0, (duration - passed) / 1000).toFixed(1)} s left`];
  return [...(calls === null ? [] : [`${grouped(begun)} of ${counted(calls, "call")}`]), ...time].join(", ");
}
