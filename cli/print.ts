// The command: tables and colours for people. It knows a terminal from a pipe, and nothing of what is printed.

import { styleText } from "node:util";
import { escaped } from "#internal/escape.js";

export type Format = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours only on a terminal, and only where NO_COLOR (no-color.org) is empty or not set. */
export function paint(stream: NodeJS.WriteStream, format: Format, text: string): string {
  const plain =
    text === "" || !stream.isTTY || (process.env["NO_COLOR"] ?? "") !== "" || process.env["TERM"] === "dumb";
  return plain ? text : styleText(format, text);
}

/** Characters in a line of a terminal; 100 where it is none, or does not know. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns || 100;
}

/**
 * Writes a table on standard output, each column as wide as its widest cell; the head is bold. What is in it is
 * escaped.
 */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[], indent = ""): void {
  const cells = [head, ...rows].map((row) => row.map(escaped));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const [index, row] of cells.entries()) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    print(indent + (index === 0 ? paint(process.stdout, "bold", line.trimEnd()) : line.trimEnd()));
  }
}

/** One line on standard output. The caller has escaped what came from the other side. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * A value as one line of JSON that is safe for a terminal: JSON alone does not escape U+007F to U+009F, among which are
 * CSI and OSC, and bidirectional controls. It is escaped also where there is no terminal, because it may be shown on
 * one later.
 */
export function jsonOf(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** One line of JSON on standard output. */
export function printJson(value: unknown): void {
  print(jsonOf(value));
}
