// The command: what to do about a failure, where the command knows more of the situation than the error does. Pure.

import type { UpcallError } from "upcall";
import { urlsIn } from "./arguments.ts";

/** What a command knows when something failed. */
export interface Situation {
  /** The URL as it was given: one, or several with commas in between. */
  readonly url?: string;
  /** Whether the plain wire was asked for. */
  readonly plain?: boolean;
  /** Whether a token was sent. */
  readonly shown?: boolean;
  /** `Interface.method`, or an interface, as it was asked for. */
  readonly asked?: string;
  /** Arguments that look like JSON and are none, so they were sent as strings. */
  readonly notJson?: readonly string[];
}

/** What to do, or null where the error's own message says everything. */
export function adviceFor({ reason, cause }: UpcallError, situation: Situation): string | null {
  const { url = "<url>", plain = false, shown = false, asked, notJson = [] } = situation;
  switch (reason) {
    case "CONNECTION_REFUSED":
      return url.startsWith("memory:")
        ? "memory: reaches objects of one thread only, and this command has none: use tcp: or unix:"
        : `to start a server there: upcall serve <module> --on ${urlsIn(url).join(" --on ")}`;
    case "TIMEOUT":
      return plain
        ? "if it only needs longer, say --timeout <ms>; if it waits for the end of the message, say --end newline or --end half-close; if it answers and leaves the connection open, --end chunk"
        : `if it only needs longer, say --timeout <ms>; if nothing answers at all, is ${url} a server of upcall with the native wire?`;
    case "CONNECTION_LOST":
      return plain ? null : `if it is so each time: ${otherServer(url)}`;
    case "BAD_FRAME":
    case "BAD_GREETING":
    case "BAD_VERSION":
      return plain ? null : otherServer(url);
    case "NOT_SUPPORTED":
      return url.startsWith("udp:") ? `for a server with the plain wire: upcall call ${url} --wire plain <text>` : null;
    case "NOT_AUTHENTICATED":
      return shown
        ? "it was sent a token, and takes another one: look at the file of --token-file, or at UPCALL_TOKEN"
        : "if it wants a token: --token-file <file>, or UPCALL_TOKEN in the environment";
    case "NO_INTERFACE":
    case "NO_METHOD":
      return asked === undefined
        ? "ask its operator for the names, or to start it without --no-reflection"
        : `what it has: upcall list ${url}`;
    case "BAD_ARGUMENT":
    case "NOT_MARSHALLABLE":
      if (asked === undefined) return null;
      return [
        ...notJson.map((arg) => `${arg} looks like JSON and is none, so it was sent as a string: check its quotes`),
        `what the method takes: upcall describe ${url} ${asked.slice(0, asked.lastIndexOf("."))}`,
      ].join("\n");
    case "ADDRESS_IN_USE":
      return url.startsWith("unix:") ? null : "port 0 takes the first free one: --on tcp://localhost:0";
    case "MODULE_NOT_LOADED":
      return adviceForModule(cause);
    default:
      return null;
  }
}

function otherServer(url: string): string {
  return `is ${url} a server of upcall with the native wire? For one with the plain wire: upcall call ${url} --wire plain <text>`;
}

function adviceForModule(cause: unknown): string | null {
  if (!(cause instanceof Error))
    return "if it does export one: it may have found another copy of upcall than this command; run npx upcall in its own project";
  if (Reflect.get(cause, "code") === "ERR_UNKNOWN_FILE_EXTENSION") return "compile it first, and serve the .js file";
  // An error of syntax has no place in its stack.
  if (cause instanceof SyntaxError)
    return "to see where, if it is in this file and not in one it imports: node --check <module>";
  const place = /(?<=^\s+at ).*file:.*/m.exec(cause.stack ?? "")?.[0];
  return place === undefined ? null : `thrown at ${place}`;
}
