// The command: `upcall describe`. The methods of a server's interfaces, one by one, as the server describes them.

import { type ErrorDescription, type InterfaceDescription, UpcallError } from "upcall";
import { escaped } from "#internal/escape.js";
import { didYouMean } from "#internal/nearest.js";
import { argumentsOf, optionalTimeoutOf } from "./arguments.ts";
import { reporting } from "./failure.ts";
import { paint, print, printJson, printTable } from "./print.ts";
import { toldInterfacesAt, urlOf, using } from "./server-at.ts";
import { tokenOf, tokenOptions } from "./token.ts";

const options = { timeout: { type: "string" }, json: { type: "boolean" }, ...tokenOptions } as const;

/** @returns the exit code */
export async function describe(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf("describe", options, args, 2);
  const url = urlOf("describe", positionals[0]);
  const asked = positionals[1];
  const timeout = optionalTimeoutOf("describe", values.timeout);
  const token = tokenOf("describe", values["token-file"]);
  const json = values.json === true;
  return await reporting(
    json,
    { url, shown: token !== undefined, ...(asked === undefined ? {} : { asked }) },
    async () => {
      await using("describe", url, { token, connectTimeout: timeout }, async (connection) => {
        const interfaces = chosen(await toldInterfacesAt(connection, timeout), asked);
        if (json) printJson(interfaces);
        else for (const [index, subject] of interfaces.entries()) show(subject, index > 0);
      });
    },
  );
}

/** All of them, or the one that was asked for. */
function chosen(told: readonly InterfaceDescription[], asked: string | undefined): readonly InterfaceDescription[] {
  if (asked === undefined) return told;
  const found = told.filter(({ name }) => name === asked);
  if (found.length > 0) return found;
  const names = told.map(({ name }) => name);
  throw new UpcallError(
    "UNIMPLEMENTED",
    `the server has no interface ${asked}; it has ${names.join(", ")}.${didYouMean(asked, names)}`,
    { reason: "NO_INTERFACE", outcome: "not-executed" },
  );
}

function show({ name, fingerprint, methods }: InterfaceDescription, further: boolean): void {
  if (further) print("");
  print(`${paint(process.stdout, "bold", escaped(name))}  ${escaped(fingerprint)}`);
  printTable(
    ["METHOD", "KIND", "PLAIN", "ARGUMENTS", "RESULT", "TIMEOUT", "IDEMPOTENT"],
    methods.map((method) => [
      method.name,
      method.kind,
      method.plain,
      method.args?.join(", ") ?? "-",
      method.returns ?? "-",
      method.timeout === null ? "default" : `${method.timeout} ms`,
      method.idempotent ? "yes" : "no",
    ]),
    "  ",
  );
  const errors = new Map<string, { readonly error: ErrorDescription; readonly methods: string[] }>();
  for (const method of methods)
    for (const error of method.errors ?? []) {
      const known = errors.get(error.name);
      if (known === undefined) errors.set(error.name, { error, methods: [method.name] });
      else known.methods.push(method.name);
    }
  if (errors.size === 0) return;
  printTable(
    ["ERROR", "CODE", "DATA", "OF"],
    [...errors.values()].map(({ error, methods: of }) => [error.name, error.code, error.data ?? "-", of.join(", ")]),
    "  ",
  );
}
