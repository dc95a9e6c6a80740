// The command: `upcall call`. This file prints. described-call.ts calls a method without an interface file, and
// asked.ts reads the command line.

import { escaped } from "#internal/escape.js";
import { argumentsOf, optionalTimeoutOf, timeBefore, wordOf } from "./arguments.ts";
import { askedOf, endWithoutPlain, Plain, plainMessageOf } from "./asked.ts";
import { describedMethod } from "./described-call.ts";
import { reporting } from "./failure.ts";
import { toNotation } from "./notation.ts";
import { printJson } from "./print.ts";
import { isStream, printStream } from "./print-stream.ts";
import { urlOf, using } from "./server-at.ts";
import { tokenOf, tokenOptions } from "./token.ts";

const options = {
  text: { type: "boolean" },
  timeout: { type: "string" },
  wire: { type: "string" },
  end: { type: "string" },
  json: { type: "boolean" },
  ...tokenOptions,
} as const;

/** @returns the exit code */
export async function call(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf("call", options, args);
  const [givenUrl, ...rest] = positionals;
  const wire = wordOf("call", "--wire", values.wire, ["native", "plain"]);
  const terms = {
    url: urlOf("call", givenUrl),
    token: tokenOf("call", values["token-file"], wire === "plain"),
    timeout: optionalTimeoutOf("call", values.timeout),
    json: values.json === true,
  };
  const end = wordOf("call", "--end", values.end, ["chunk", "newline", "half-close"]);
  if (wire === "plain") return await callPlain(terms, end, rest);
  if (end !== undefined) throw endWithoutPlain("call");
  return await callNative(terms, values.text === true, rest);
}

interface Terms {
  readonly url: string;
  readonly token: string | undefined;
  /** Milliseconds, or undefined for what the method says. */
  readonly timeout: number | undefined;
  readonly json: boolean;
}

async function callNative(
  { url, token, timeout, json }: Terms,
  text: boolean,
  rest: readonly string[],
): Promise<number> {
  const { asked, args, notJson } = askedOf("call", rest, text);
  return await reporting(json, { url, shown: token !== undefined, asked, notJson }, async () => {
    await using("call", url, { token, connectTimeout: timeBefore(timeout) }, async (connection) => {
      const method = await describedMethod(connection, asked, timeout);
      const value = await method.on(connection)(...args);
      if (method.oneway) return;
      if (isStream(value)) await printStream(value);
      else printJson(toNotation(value));
    });
  });
}

async function callPlain(
  { url, timeout, json }: Terms,
  end: "chunk" | "newline" | "half-close" | undefined,
  rest: readonly string[],
): Promise<number> {
  const message = plainMessageOf("call", rest);
  return await reporting(json, { url, plain: true }, async () => {
    await using("call", url, { wire: "plain", end, timeout, connectTimeout: timeout }, async (connection) => {
      const reply = await connection.proxy(Plain).send(message);
      process.stdout.write(process.stdout.isTTY ? shown(reply) : reply);
    });
  });
}

/** A plain reply is bytes. A pipe gets them unchanged; a terminal gets lines with its control characters escaped. */
function shown(reply: Uint8Array): string {
  return new TextDecoder().decode(reply).replace(/[^\n\t]+/g, escaped);
}
