// The command: `upcall list`. One line for each interface that a server has.

import { argumentsOf, optionalTimeoutOf } from "./arguments.ts";
import { reporting } from "./failure.ts";
import { printJson, printTable } from "./print.ts";
import { toldInterfacesAt, urlOf, using } from "./server-at.ts";
import { tokenOf, tokenOptions } from "./token.ts";

const options = { timeout: { type: "string" }, json: { type: "boolean" }, ...tokenOptions } as const;

/** @returns the exit code */
export async function list(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf("list", options, args, 1);
  const url = urlOf("list", positionals[0]);
  const timeout = optionalTimeoutOf("list", values.timeout);
  const token = tokenOf("list", values["token-file"]);
  const json = values.json === true;
  return await reporting(json, { url, shown: token !== undefined }, async () => {
    await using("list", url, { token, connectTimeout: timeout }, async (connection) => {
      const interfaces = (await toldInterfacesAt(connection, timeout)).map(({ name, methods, fingerprint }) => ({
        name,
        methods: methods.map((method) => method.name),
        fingerprint,
      }));
      if (json) printJson(interfaces);
      else
        printTable(
          ["INTERFACE", "METHODS", "FINGERPRINT"],
          interfaces.map(({ name, methods, fingerprint }) => [name, methods.join(", "), fingerprint]),
        );
    });
  });
}
