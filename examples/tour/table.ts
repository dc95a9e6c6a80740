// The tour's table: printed row by row, so that there is something to read meanwhile.
import { styleText } from "node:util";
import type { Combination } from "./combinations.ts";

export interface Row extends Combination {
  readonly call: string;
  readonly reply: string;
  /** Milliseconds for one call, from this process and from another one; null where none can reach it. */
  readonly here: number;
  readonly there: number | null;
  readonly right: boolean;
}

type Style = Parameters<typeof styleText>[0];

const terminal = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const paint = (style: Style, text: string): string => (terminal ? styleText(style, text) : text);
const widths = [7, 7, 25, 18, 8, 10, 14];
const row = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i < 5 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
const ms = (time: number): string => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} ms`;

export function heading(): void {
  console.log("One object, one interface, one caller's code; only the URL and two options differ.\n");
  console.log(paint("bold", row(["medium", "wire", "workers", "call", "reply", "from here", "other process"])));
}

export function line({ medium, wire, workers, call, reply, here, there, right }: Row): void {
  forget();
  const cells = row([medium, wire, workers, call, reply, ms(here), there === null ? "-" : ms(there)]);
  console.log(right ? cells : `${cells}  ${paint("red", "WRONG")}`);
}

/** On a terminal only: what is being tried now. */
export function progress(done: number, all: number, { medium, wire, workers }: Combination): void {
  if (process.stdout.isTTY) process.stdout.write(paint("dim", `${done} of ${all}: ${medium} ${wire} ${workers} ...`));
}

export function forget(): void {
  if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
}

export function summary(all: number, wrong: number, time: number): void {
  const verdict = wrong === 0 ? paint("green", "every reply is right") : paint("red", `${wrong} wrong`);
  console.log(
    `\n${all} combinations in ${(time / 1000).toFixed(1)} s: ${verdict}. Times are for one call, the middle one of 15 at most.`,
  );
}
