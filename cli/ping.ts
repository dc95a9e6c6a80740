// The command: `upcall ping`. How long the way there and back takes, without a call.

import { type OpenConnection, UpcallError } from "upcall";
import { argumentsOf, countOf, timeoutOf } from "./arguments.ts";
import { reporting } from "./failure.ts";
import { print, printJson } from "./print.ts";
import { urlOf, using } from "./server-at.ts";
import { tokenOf, tokenOptions } from "./token.ts";

const options = {
  count: { type: "string" },
  timeout: { type: "string" },
  json: { type: "boolean" },
  ...tokenOptions,
} as const;

/** @returns the exit code */
export async function ping(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf("ping", options, args, 1);
  const url = urlOf("ping", positionals[0]);
  const count = countOf("ping", "--count", values.count, 10);
  const timeout = timeoutOf("ping", values.timeout, 10_000);
  const token = tokenOf("ping", values["token-file"]);
  const json = values.json === true;
  return await reporting(json, { url, shown: token !== undefined }, async () => {
    await using("ping", url, { token, connectTimeout: timeout }, async (connection) => {
      // The first one also waits for the greeting's answer; it is made and not counted.
      await pingWithin(connection, timeout);
      const times: number[] = [];
      while (times.length < count) times.push(await pingWithin(connection, timeout));
      const { min, median, max } = summaryOf(times);
      if (json) printJson({ url, count, min, median, max });
      else print(`${count} pings: min ${shown(min)}, median ${shown(median)}, max ${shown(max)}`);
    });
  });
}

/** Milliseconds until the answer. @throws UpcallError DEADLINE_EXCEEDED (TIMEOUT), and those of `ping()` */
async function pingWithin(connection: OpenConnection, timeout: number): Promise<number> {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `${connection.urls.join(", ")} took the connection and did not answer within ${timeout} ms`;
      reject(new UpcallError("DEADLINE_EXCEEDED", message, { reason: "TIMEOUT", outcome: "not-executed" }));
    }, timeout);
  });
  try {
    await Promise.race([connection.ping(), late]);
  } finally {
    clearTimeout(timer);
  }
  return Math.round((performance.now() - began) * 1000) / 1000;
}

/** The median of an even number of times is the mean of the two in the middle. */
function summaryOf(times: readonly number[]): { min: number; median: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  const middle = (sorted.length - 1) / 2;
  return { min: at(0), median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, max: at(sorted.length - 1) };
}

function shown(milliseconds: number): string {
  return `${milliseconds.toFixed(3)} ms`;
}
