// The command `bench`: the printed page. It knows the result, and nothing of how it was measured.

import { escaped } from "#internal/escape.js";
import { paint, print, widthOf } from "../print.ts";
import {
  bytesPerSecond,
  condensed,
  counted,
  grouped,
  milliseconds,
  percent,
  showsBlocks,
  spark,
  wrapped,
} from "./draw.ts";
import { histogramOf } from "./histogram-page.ts";
import { notesOf } from "./notes.ts";
import type { Percentiles, Result } from "./result.ts";

const { stdout } = process;

export function show(result: Result): void {
  const blocks = showsBlocks(process.env);
  print(
    paint(stdout, "bold", escaped(result.method ?? "plain message")) +
      paint(stdout, "dim", ` at ${escaped(result.url)}`),
  );
  for (const line of linesOf(loadOf(result), 0)) print(paint(stdout, "dim", line));
  print("");
  for (const [name, text] of factsOf(result, blocks)) print(`  ${paint(stdout, "dim", name.padEnd(10))} ${text}`);
  if (result.times !== null) {
    print("");
    showTimes(result, result.times);
    print("");
    for (const line of histogramOf(result, widthOf(stdout), blocks)) print(line);
  }
  if (result.errors.length > 0) showErrors(result);
  showNotes(result);
}

function loadOf({ url, loop, inFlight, connections, rate, seconds, warmUp }: Result): string {
  const alone = url.startsWith("udp:") ? "a datagram each" : "a connection each";
  const where = connections === null ? alone : `on ${counted(connections, "connection")}`;
  const flight =
    loop === "closed"
      ? `closed loop: ${counted(inFlight, "call")} in flight, ${where}`
      : `open loop: ${grouped(rate ?? 0)} calls/s, at most ${grouped(inFlight)} in flight, ${where}`;
  const warm = warmUp === 0 ? "" : `, after ${grouped(warmUp)} s of warming up`;
  return `${flight}, for ${grouped(seconds)} s${warm}`;
}

function factsOf(result: Result, blocks: boolean): [string, string][] {
  const { calls, failed, unfinished, callsPerSecond } = result;
  const share = percent(failed / calls);
  const bad = failed === 0 ? "none failed" : paint(stdout, "red", `${grouped(failed)} failed (${share})`);
  const left = unfinished === 0 ? "" : `, ${paint(stdout, "yellow", `${grouped(unfinished)} not ended`)}`;
  const facts: [string, string][] = [
    ["calls", `${grouped(calls)}, ${bad}${left}`],
    ["rate", `${paint(stdout, "bold", grouped(callsPerSecond))} calls/s`],
  ];
  if (callsPerSecond > 0 && result.timeline.calls.length > 1) facts.push(["over time", overTime(result, blocks)]);
  const [sent, received] = [result.bytesSentPerSecond, result.bytesReceivedPerSecond].map(bytesPerSecond);
  return [...facts, ["traffic", `${sent} sent, ${received} received`]];
}

function overTime({ timeline: { calls, sliceSeconds } }: Result, blocks: boolean): string {
  const rates = calls.map((count) => Math.round(count / sliceSeconds));
  const span = `${grouped(Math.min(...rates))} to ${grouped(Math.max(...rates))} calls/s`;
  const room = widthOf(stdout) - 15 - span.length;
  return `${paint(stdout, "cyan", spark(condensed(rates, room), blocks))}  ${span}`;
}

const names = ["p50", "p90", "p99", "p99.9", "max"] as const;

/** One column, and a second one where the loop is closed. */
function showTimes({ loop, steady }: Result, times: Percentiles): void {
  const columns: [string, Percentiles][] = [[loop === "closed" ? "measured" : "since due", times]];
  if (steady !== null) columns.push(["at a steady pace", steady]);
  const cells = columns.map(([head, from]) => {
    const texts = names.map((name) => milliseconds(from[name]));
    const width = Math.max(head.length, ...texts.map((text) => text.length));
    return [head.padStart(width), ...texts.map((text) => text.padStart(width))];
  });
  for (const [index, name] of ["", ...names].entries()) {
    const row = cells.map((column) => column[index] ?? "").join("   ");
    print(`  ${paint(stdout, "dim", name.padEnd(10))} ${index === 0 ? paint(stdout, "dim", row) : row}`);
  }
}

function showErrors({ errors }: Result): void {
  for (const { count, code, reason, outcome, message, longest } of errors) {
    print("");
    print(`  ${paint(stdout, "red", `${grouped(count)} failed`)}, after at most ${milliseconds(longest)}`);
    print(`    code ${code}, reason ${reason}, outcome ${outcome}`);
    for (const line of linesOf(message, 4)) print(`    ${paint(stdout, "dim", line)}`);
  }
}

/** Lines longer than this are hard to read, however wide the terminal is. */
const maxLineColumns = 100;

function linesOf(text: string, indent: number): string[] {
  return wrapped(escaped(text), Math.min(maxLineColumns, widthOf(stdout)) - indent);
}

/** Each beside the name of what it is about. */
function showNotes(result: Result): void {
  const notes = notesOf(result);
  if (notes.length > 0) print("");
  const indent = Math.max(...notes.map(({ name }) => (name === null ? 0 : name.length + 3)));
  for (const { name, text } of notes) {
    if (name === null) for (const line of linesOf(text, 2)) print(`  ${paint(stdout, "yellow", line)}`);
    else
      for (const [index, line] of linesOf(text, 2 + indent).entries())
        print(`  ${paint(stdout, "dim", (index === 0 ? name : "").padEnd(indent) + line)}`);
  }
}
