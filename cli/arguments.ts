// The command: its arguments, parsed by Node's own parser, with error messages of upcall.

import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean } from "#internal/nearest.js";
import type { CommandName } from "./usage.ts";

type OptionTable = NonNullable<ParseArgsConfig["options"]>;

/** The command was used wrongly. It is printed with the usage, and the exit code is 2. It never leaves the command. */
export class WrongUsage extends Error {
  readonly command: CommandName | null;

  constructor(command: CommandName | null, message: string) {
    super(message);
    this.command = command;
  }
}

type Parsed<O extends OptionTable> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

/**
 * Parses a command's arguments. A negative number is an argument and no option.
 *
 * @param most how many arguments it may have beside its options
 * @throws WrongUsage for an option that is not known, lacks its value or has one too many; for too many arguments
 */
export function argumentsOf<const O extends OptionTable>(
  command: CommandName,
  options: O,
  args: readonly string[],
  most = Number.POSITIVE_INFINITY,
): { values: Parsed<O>["values"]; positionals: string[] } {
  const marked = args.map((arg) => (/^-(\.?\d|Infinity)/.test(arg) ? mark + arg : arg));
  const { tokens } = parseArgs({ args: marked, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      if (token.name === "token" && Object.hasOwn(options, "token-file"))
        throw new WrongUsage(
          command,
          "a token on the command line is seen by all who use this machine: say --token-file <file>, or set UPCALL_TOKEN.",
        );
      const known = Object.keys(options).map((name) => `--${name}`);
      throw new WrongUsage(command, `${token.rawName} is no option of it.${didYouMean(token.rawName, known)}`);
    }
    const { value } = token;
    if (option.type === "boolean" && value !== undefined)
      throw new WrongUsage(command, `${token.rawName} takes no value, and got "${unmarked(value)}".`);
    if (option.type === "string" && (value === undefined || (value.startsWith("-") && token.inlineValue !== true)))
      throw new WrongUsage(command, `${token.rawName} lacks its value.`);
  }
  const { values, positionals } = parseArgs({
    args: marked,
    options,
    allowPositionals: true,
    strict: true,
  });
  const surplus = positionals[most];
  if (surplus !== undefined) throw new WrongUsage(command, `it got one argument too many: "${unmarked(surplus)}".`);
  return { values: values as Parsed<O>["values"], positionals: positionals.map(unmarked) };
}

/** The parser would take -5 for an option. This mark prevents it; no argument of a process can hold a zero byte. */
const mark = "\0";

function unmarked(arg: string): string {
  return arg.startsWith(mark) ? arg.slice(1) : arg;
}

/**
 * One URL, or several with commas in between. A comma in the path of a socket separates only where a medium follows it.
 */
export function urlsIn(url: string): readonly string[] {
  return url.split(/,\s*(?=[a-z]+:)/);
}

/** A whole number of at least 1, or the default. */
export function countOf(command: CommandName, option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(unmarked(text));
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new WrongUsage(command, `${option} is "${unmarked(text)}"; it must be a whole number, 1 or more.`);
}

/** A number that need not be whole, or null where there is none. `range` says in words what it must be. */
export function amountOf(
  command: CommandName,
  option: string,
  text: string | undefined,
  fits: (number: number) => boolean,
  range: string,
): number | null {
  if (text === undefined) return null;
  const given = unmarked(text);
  const number = given.trim() === "" ? Number.NaN : Number(given);
  if (fits(number)) return number;
  throw new WrongUsage(command, `${option} is "${given}"; it must be ${range}.`);
}

/** Milliseconds as every call takes them: at most a day. */
export function timeoutOf(command: CommandName, text: string | undefined, otherwise: number): number {
  const milliseconds = countOf(command, "--timeout", text, otherwise);
  if (milliseconds <= 86_400_000) return milliseconds;
  throw new WrongUsage(command, `--timeout is ${milliseconds} ms; the most is 86400000 (24 h).`);
}

/** The same; the default is found later. */
export function optionalTimeoutOf(command: CommandName, text: string | undefined): number | undefined {
  return text === undefined ? undefined : timeoutOf(command, text, 1);
}

/**
 * Milliseconds for connecting and for asking what the server has, before a call with a `--timeout`. They are 5 s at
 * least, so that a short timeout tests the call and not the way to it.
 */
export function timeBefore(timeout: number | undefined): number | undefined {
  return timeout === undefined ? undefined : Math.max(timeout, 5_000);
}

/** One of an option's words. */
export function wordOf<T extends string>(
  command: CommandName,
  option: string,
  text: string | undefined,
  words: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new WrongUsage(command, `${option} is "${text}"; it must be ${words.join(" or ")}.${didYouMean(text, words)}`);
}
