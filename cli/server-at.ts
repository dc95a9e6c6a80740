// The command: a server at a URL, and what it says of itself. It knows the public entry point only.

import {
  type ConnectOptions,
  type InterfaceDescription,
  type OpenConnection,
  open,
  Reflection,
  UpcallError,
  within,
} from "upcall";
import { urlsIn, WrongUsage } from "./arguments.ts";
import { descriptionsFrom } from "./told.ts";
import type { CommandName } from "./usage.ts";

/** The URL, or several, the first argument of most commands. */
export function urlOf(command: CommandName, url: string | undefined): string {
  if (url === undefined) throw new WrongUsage(command, "it lacks the URL of a server, as in tcp://localhost:7000.");
  return url;
}

/** A URL or an option that the library refuses at once is wrong usage. */
export async function checkedUsage<T>(command: CommandName, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UpcallError && (error.reason === "BAD_URL" || error.reason === "BAD_OPTION"))
      throw new WrongUsage(command, `${error.message}.`);
    throw error;
  }
}

/** Opens a connection, uses it and always closes it. A lost connection is not made again. */
export async function using<T>(
  command: CommandName,
  url: string,
  options: ConnectOptions,
  use: (connection: OpenConnection) => Promise<T>,
): Promise<T> {
  const connection = await checkedUsage(command, () => open(urlsIn(url), { reconnect: false, ...options }));
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** What the server has, or null where it does not tell. A server with access hooks does not say why. */
export async function interfacesAt(
  connection: OpenConnection,
  timeout: number | undefined,
): Promise<InterfaceDescription[] | null> {
  const told = await askedFor(connection, timeout);
  return told instanceof UpcallError ? null : told;
}

/** The same for commands that need the answer. @throws UpcallError UNIMPLEMENTED (NO_INTERFACE), PERMISSION_DENIED */
export async function toldInterfacesAt(
  connection: OpenConnection,
  timeout: number | undefined,
): Promise<InterfaceDescription[]> {
  const told = await askedFor(connection, timeout);
  if (!(told instanceof UpcallError)) return told;
  const { code, reason, outcome } = told;
  const why =
    reason === "NO_INTERFACE"
      ? "was started without reflection"
      : "has no reflection, or does not let this caller have it";
  throw new UpcallError(code, `the server at ${connection.urls.join(", ")} does not tell what it serves: it ${why}`, {
    reason,
    outcome,
  });
}

/** What the server has, or why it does not tell. @throws UpcallError INTERNAL (BAD_RESULT) for a malformed answer */
async function askedFor(
  connection: OpenConnection,
  timeout: number | undefined,
): Promise<InterfaceDescription[] | UpcallError> {
  try {
    return descriptionsFrom(await within(connection.proxy(Reflection), { timeout }).interfaces());
  } catch (error) {
    if (error instanceof UpcallError && (error.reason === "NO_INTERFACE" || error.reason === "NOT_ALLOWED"))
      return error;
    throw error;
  }
}
