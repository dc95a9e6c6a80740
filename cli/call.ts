// The command: `upcall call`. What is asked for, and what is printed; how a method without an interface file is
// called is in described-call.ts.

import { defineInterface, method } from "upcall";
import { argumentsOf, optionalTimeoutOf, WrongUsage, wordOf } from "./arguments.ts";
import { callDescribed } from "./described-call.ts";
import { reporting } from "./failure.ts";
import { fromNotation, type Json, toNotation } from "./notation.ts";
import { printJson } from "./print.ts";
import { isStream, printStream } from "./print-stream.ts";
import { urlOf, using } from "./server-at.ts";

const options = {
  text: { type: "boolean" },
  timeout: { type: "string" },
  wire: { type: "string" },
  end: { type: "string" },
  json: { type: "boolean" },
} as const;

/** @returns the exit code */
export async function call(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf("call", options, args);
  const [givenUrl, ...rest] = positionals;
  const terms = {
    url: urlOf("call", givenUrl),
    timeout: optionalTimeoutOf("call", values.timeout),
    json: values.json === true,
  };
  const wire = wordOf("call", "--wire", values.wire, ["native", "plain"]);
  const end = wordOf("call", "--end", values.end, ["first-chunk", "newline", "half-close"]);
  if (wire === "plain") return await callPlain(terms, end, rest);
  if (end !== undefined) throw new WrongUsage("call", "--end is said of the plain wire only: add --wire plain.");
  return await callNative(terms, values.text === true, rest);
}

interface Terms {
  readonly url: string;
  /** Milliseconds, or undefined for what the method says. */
  readonly timeout: number | undefined;
  readonly json: boolean;
}

async function callNative({ url, timeout, json }: Terms, text: boolean, rest: readonly string[]): Promise<number> {
  const [asked, ...words] = rest;
  if (asked === undefined) throw new WrongUsage("call", "it lacks the method, as in Subject.request.");
  if (!/^[^.].*\.[^.]+$/.test(asked))
    throw new WrongUsage("call", `"${asked}" names no method: write Interface.method, as in Subject.request.`);
  const args = text ? words : words.map(argumentOf);
  const situation = { url, asked, notJson: text ? [] : words.filter(almostJson) };
  return await reporting(json, situation, async () => {
    await using("call", url, { connectTimeout: timeout }, async (connection) => {
      const reply = await callDescribed(connection, asked, args, timeout);
      if (reply === null) return;
      if (isStream(reply.value)) await printStream(reply.value);
      else printJson(toNotation(reply.value));
    });
  });
}

/** The plain wire carries no names, so that any interface with one method of bytes will do. */
async function callPlain(
  { url, timeout, json }: Terms,
  end: "first-chunk" | "newline" | "half-close" | undefined,
  rest: readonly string[],
): Promise<number> {
  const [text, ...more] = rest;
  if (text === undefined || more.length > 0)
    throw new WrongUsage("call", "--wire plain carries one text, and no method's name.");
  const Plain = defineInterface("Plain", { send: method<(bytes: Uint8Array) => Uint8Array>({ plain: "bytes" }) });
  return await reporting(json, { url, plain: true }, async () => {
    await using("call", url, { wire: "plain", end, timeout, connectTimeout: timeout }, async (connection) => {
      process.stdout.write(await connection.proxy(Plain).send(new TextEncoder().encode(text)));
    });
  });
}

/** JSON, or the text itself where it is none. */
function argumentOf(word: string): unknown {
  const json = parsed(word);
  if (json === undefined) return word;
  if (/^-?\d+$/.test(word) && !Number.isSafeInteger(json))
    throw new WrongUsage(
      "call",
      `${word} is more than a number holds exactly: write '{"$bigint":"${word}"}', or say --text.`,
    );
  try {
    return fromNotation(json);
  } catch (error) {
    if (error instanceof TypeError)
      throw new WrongUsage("call", `the argument ${word} cannot be read: ${error.message}.`);
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
