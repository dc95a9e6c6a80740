// The command `bench`: its terms, read from the command line.

import { amountOf, argumentsOf, countOf, optionalTimeoutOf, WrongUsage, wordOf } from "../arguments.ts";
import { type Asked, askedOf, endWithoutPlain, plainMessageOf } from "../asked.ts";
import { urlOf } from "../server-at.ts";
import { tokenOf, tokenOptions } from "../token.ts";
import type { LoadTerms } from "./load.ts";

const options = {
  "in-flight": { type: "string" },
  connections: { type: "string" },
  duration: { type: "string" },
  "warm-up": { type: "string" },
  calls: { type: "string" },
  rate: { type: "string" },
  timeout: { type: "string" },
  text: { type: "boolean" },
  wire: { type: "string" },
  end: { type: "string" },
  json: { type: "boolean" },
  ...tokenOptions,
} as const;

/** What is called. */
export type Aim =
  | ({ readonly wire: "native"; readonly connections: number } & Asked)
  | { readonly wire: "plain"; readonly end: PlainEnd | undefined; readonly message: Uint8Array };

type PlainEnd = "chunk" | "newline" | "half-close";

export interface BenchTerms {
  readonly url: string;
  readonly token: string | undefined;
  readonly aim: Aim;
  /** Milliseconds of a call and of connecting, or undefined for the method's own timeout. */
  readonly timeout: number | undefined;
  readonly load: LoadTerms;
  /** Milliseconds. */
  readonly warmUp: number;
  readonly json: boolean;
}

/**
 * As many as the comparisons of docs/performance.md have, and fewer than a server runs at once for one connection.
 * One call at a time, as `ping` makes them, would show the way there and back and no load.
 */
const inFlightClosed = 64;
/**
 * As many as a server runs at once for one connection: the plan should wait for a lane only when that would wait too.
 */
const inFlightOpen = 1_024;
/** A connection holds 16,384 calls beyond those that the server runs, and refuses more. */
const maxInFlight = 16_384;
const maxRate = 1_000_000;
/** Seconds. */
const [durationUsual, warmUpUsual, maxDurationSeconds] = [10, 1, 86_400];

const command = "bench";

/** @throws WrongUsage */
export function termsOf(args: readonly string[]): BenchTerms {
  const { values, positionals } = argumentsOf(command, options, args);
  const [givenUrl, ...rest] = positionals;
  const url = urlOf(command, givenUrl);
  const plain = wordOf(command, "--wire", values.wire, ["native", "plain"]) === "plain";
  const end = wordOf(command, "--end", values.end, ["chunk", "newline", "half-close"]);
  if (!plain && end !== undefined) throw endWithoutPlain(command);
  if (plain && values.connections !== undefined)
    throw new WrongUsage(
      command,
      "--connections is for the native wire only: on the plain wire each call has a connection of its own.",
    );
  const connections = countOf(command, "--connections", values.connections, 1);
  const calls = values.calls === undefined ? null : countOf(command, "--calls", values.calls, 1);
  const within = (number: number): boolean => number > 0 && number <= maxDurationSeconds;
  const range = `seconds, more than 0 and at most ${maxDurationSeconds} (24 h)`;
  const duration = amountOf(command, "--duration", values.duration, within, range);
  const warmUp = amountOf(
    command,
    "--warm-up",
    values["warm-up"],
    (number) => number === 0 || within(number),
    `seconds, 0 or more and at most ${maxDurationSeconds} (24 h)`,
  );
  const rate = amountOf(
    command,
    "--rate",
    values.rate,
    (number) => number > 0 && number <= maxRate,
    `calls a second, more than 0 and at most ${maxRate}`,
  );
  const seconds = duration ?? (calls === null ? durationUsual : null);
  return {
    url,
    token: tokenOf(command, values["token-file"], plain),
    aim: plain
      ? { wire: "plain", end, message: plainMessageOf(command, rest) }
      : { wire: "native", connections, ...askedOf(command, rest, values.text === true) },
    timeout: optionalTimeoutOf(command, values.timeout),
    load: {
      inFlight: inFlightOf(values["in-flight"], connections, rate === null ? inFlightClosed : inFlightOpen),
      duration: seconds === null ? null : seconds * 1000,
      calls,
      rate,
    },
    warmUp: (warmUp ?? warmUpUsual) * 1000,
    json: values.json === true,
  };
}

function inFlightOf(text: string | undefined, connections: number, usual: number): number {
  const inFlight = countOf(command, "--in-flight", text, Math.max(usual, connections));
  if (inFlight > maxInFlight)
    throw new WrongUsage(command, `${inFlight} calls in flight are too many: the most is ${maxInFlight}.`);
  if (inFlight >= connections) return inFlight;
  throw new WrongUsage(
    command,
    `--in-flight is ${inFlight}, in all: ${connections} connections want at least ${connections}.`,
  );
}
