// The command: the call that the command line of `call` and `bench` asks for. It knows no connection.

import { defineInterface, method } from "upcall";
import { WrongUsage } from "./arguments.ts";
import { fromNotation, type Json } from "./notation.ts";
import type { CommandName } from "./usage.ts";

/** A method, and what it is called with. */
export interface Asked {
  /** `Interface.method`. */
  readonly asked: string;
  readonly args: readonly unknown[];
  /** Arguments that look like JSON and are none, so that they are sent as strings. */
  readonly notJson: readonly string[];
}

/**
 * Reads `Interface.method argument...`.
 *
 * @param text whether every argument is a string, even if it is JSON
 * @throws WrongUsage
 */
export function askedOf(command: CommandName, rest: readonly string[], text: boolean): Asked {
  const [asked, ...words] = rest;
  if (asked === undefined) throw new WrongUsage(command, "it lacks the method, as in Subject.request.");
  if (!/^[^.].*\.[^.]+$/.test(asked))
    throw new WrongUsage(command, `"${asked}" names no method: write Interface.method, as in Subject.request.`);
  if (text) return { asked, args: words, notJson: [] };
  return { asked, args: words.map((word) => argumentOf(command, word)), notJson: words.filter(almostJson) };
}

/** The plain wire carries no names, so that any interface with one method of bytes will do. */
export const Plain = defineInterface("Plain", {
  send: method<(bytes: Uint8Array) => Uint8Array>({ plain: "bytes" }),
});

/** The one text that a plain message is made of. @throws WrongUsage */
export function plainMessageOf(command: CommandName, rest: readonly string[]): Uint8Array {
  const [text, ...more] = rest;
  if (text === undefined || more.length > 0)
    throw new WrongUsage(command, "--wire plain carries one text, and no method's name.");
  return new TextEncoder().encode(text);
}

export function endWithoutPlain(command: CommandName): WrongUsage {
  return new WrongUsage(command, "--end is said of the plain wire only: add --wire plain.");
}

/** The value of JSON, or the string itself where it is none. */
function argumentOf(command: CommandName, word: string): unknown {
  const json = parsed(word);
  if (json === undefined) return word;
  if (/^-?\d+$/.test(word) && !Number.isSafeInteger(json))
    throw new WrongUsage(
      command,
      `${word} is more than a number holds exactly: write '{"$bigint":"${word}"}', or say --text.`,
    );
  try {
    return fromNotation(json);
  } catch (error) {
    if (error instanceof TypeError)
      throw new WrongUsage(command, `the argument ${word} cannot be read: ${error.message}.`);
    throw error;
  }
}

function almostJson(word: string): boolean {
  return /^[[{"]/.test(word) && parsed(word) === undefined;
}

function parsed(word: string): Json | undefined {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}
