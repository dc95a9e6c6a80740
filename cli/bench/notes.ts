// The command `bench`: what the figures mean, and why they may be wrong. Pure.

import { counted, grouped, milliseconds } from "./draw.ts";
import type { Result } from "./result.ts";

export interface Note {
  /** What the note is about, or null for a warning: the figures may be wrong. */
  readonly name: string | null;
  readonly text: string;
}

/** The share of a processor above which this process had no time left. */
const busyShare = 0.9;

export function notesOf(result: Result): Note[] {
  return [...warningsOf(result).map((text) => ({ name: null, text })), ...meaningOf(result)];
}

function warningsOf(result: Result): string[] {
  const warnings: string[] = [];
  const { interrupted, unfinished, overdue, connectionsLost, loop, processor, calls } = result;
  if (calls === 0) warnings.push("It was ended before anything was measured.");
  else if (interrupted) warnings.push("It was ended by a signal: these are the figures so far.");
  if (unfinished > 0) warnings.push(`${counted(unfinished, "call")} had not ended by then; no time holds them.`);
  if (connectionsLost > 0)
    warnings.push(`${counted(connectionsLost, "connection")} went down, and none is made again.`);
  if (overdue !== null && overdue > 0)
    warnings.push(
      `${counted(overdue, "call")} that were due could not be made: the rate was not kept, and in a longer run the times would be longer.`,
    );
  if (loop === "closed" && processor > busyShare)
    warnings.push(
      `This process itself was busy for ${Math.round(processor * 100)} % of a processor's time: the server may do more.`,
    );
  return warnings;
}

function meaningOf({ loop, steady, inFlight, late, callsPerSecond, failed, times }: Result): Note[] {
  const notes: Note[] = [];
  if (loop === "closed" && steady !== null)
    notes.push(
      {
        name: "measured",
        text: "from making a call to its end. While the server stalls no call is made, so that a stall, however long, counts once for each call in flight (coordinated omission).",
      },
      {
        name: "at a steady pace",
        text: `with the calls that ${inFlight === 1 ? "one caller" : `${grouped(inFlight)} callers`} would have made meanwhile, each every ${milliseconds(steady.interval)} (the median): an estimate. To see what a load sees that does not wait for replies: --rate ${paceFor(callsPerSecond)}`,
      },
    );
  if (loop === "open" && late !== null)
    notes.push({
      name: "since due",
      text: `from when a call was due to its end, whether or not it could be made then. Calls were made ${milliseconds(late.p50)} late in the median, ${milliseconds(late.p99)} at p99, ${milliseconds(late.max)} at most.`,
    });
  if (failed > 0 && times !== null)
    notes.push({ name: "times", text: "are of the calls that returned, and of those that ended by their deadline." });
  return notes;
}

/** Somewhat less than the server does, with two digits: at full load every queue grows. */
function paceFor(callsPerSecond: number): number {
  return Number((callsPerSecond * 0.7).toPrecision(2));
}
