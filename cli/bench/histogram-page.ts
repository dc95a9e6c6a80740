// The command `bench`: the histogram as bars, with the percentiles beside the rows that they are in.

import { type Format, paint } from "../print.ts";
import { bar, grouped } from "./draw.ts";
import type { Result } from "./result.ts";

const { stdout } = process;
const minBarCharacters = 10;
const marked = ["p50", "p90", "p99", "p99.9", "max"] as const;

/** @param columns of the terminal */
export function histogramOf({ histogram, times }: Result, columns: number, blocks: boolean): string[] {
  if (times === null) return [];
  const rows = histogram.map(({ from, to, count }) => ({
    from: String(from),
    to: String(to),
    count,
    counted: grouped(count),
    marks: marked.filter((name) => times[name] >= from && times[name] < to).join(" "),
    colour: colourOf(from, times),
  }));
  const most = Math.max(...rows.map(({ count }) => count));
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
  const [fromWidth, toWidth] = [widest(rows.map(({ from }) => from)), widest(rows.map(({ to }) => to))];
  const countWidth = widest(rows.map((row) => row.counted));
  const taken = 2 + fromWidth + 3 + toWidth + 3 + 2 + 2 + countWidth + 2 + widest(rows.map(({ marks }) => marks));
  const width = Math.max(minBarCharacters, Math.min(60, columns - 1 - taken));
  return rows.map(({ from, to, count, counted, marks, colour }) => {
    const label = `${from.padStart(fromWidth)} - ${to.padStart(toWidth)} ms`;
    const drawn = bar(count / most, width, blocks);
    const line = `  ${paint(stdout, "dim", label)}  ${paint(stdout, colour, drawn)}${" ".repeat(width - drawn.length)}`;
    return `${line}  ${counted.padStart(countWidth)}${marks === "" ? "" : `  ${paint(stdout, "dim", marks)}`}`;
  });
}

function colourOf(from: number, times: { readonly p90: number; readonly p99: number }): Format {
  if (from > times.p99) return "red";
  return from > times.p90 ? "yellow" : "green";
}
