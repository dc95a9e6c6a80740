// Sockets: translates the error codes of the operating system and of Node into the one error class. It knows no socket
// object, so that every transport of the main library can use the same table.
import { type Code, type Outcome, type Reason, UpcallError } from "../errors.ts";

interface Translation {
  readonly code: Code;
  readonly reason: Reason;
  readonly outcome: Outcome;
  /** What happened, whose fault it is, what to do. */
  readonly text: string;
}

const refused: Translation = {
  code: "UNAVAILABLE",
  reason: "CONNECTION_REFUSED",
  outcome: "not-executed",
  text: "nothing listens there; start the server first, or check the address and the port",
};
const unresolved: Translation = {
  code: "UNAVAILABLE",
  reason: "NAME_NOT_RESOLVED",
  outcome: "not-executed",
  text: "the name does not resolve to an address; check its spelling and this machine's name service",
};
const notPermitted: Translation = {
  code: "PERMISSION_DENIED",
  reason: "NOT_PERMITTED",
  outcome: "not-executed",
  text: "the system does not permit it; ports below 1024 and other users' files need more rights, so use a higher port or 0",
};
const notUsable: Translation = {
  code: "INVALID_ARGUMENT",
  reason: "ADDRESS_NOT_USABLE",
  outcome: "not-executed",
  text: "the address cannot be used on this machine; use one of its own addresses, or a family that it has",
};
const unreachable: Translation = {
  code: "UNAVAILABLE",
  reason: "ADDRESS_NOT_USABLE",
  outcome: "not-executed",
  text: "no route leads to that address; check the address and the network",
};
const lost: Translation = {
  code: "UNAVAILABLE",
  reason: "CONNECTION_LOST",
  outcome: "unknown",
  text: "the connection broke, or the other side closed it without reading; what was under way may have arrived or not",
};
const tooLarge: Translation = {
  code: "RESOURCE_EXHAUSTED",
  reason: "TOO_LARGE",
  outcome: "not-executed",
  text: "the message is too large for one datagram and was not sent; send less at a time, or use TCP",
};
const exhausted: Translation = {
  code: "RESOURCE_EXHAUSTED",
  reason: "TOO_MANY",
  outcome: "not-executed",
  text: "this machine has no file descriptors or memory left for it; close some sockets, or raise the limit",
};
const closedHere: Translation = {
  code: "CANCELLED",
  reason: "CLOSED",
  outcome: "unknown",
  text: "this side closed the socket meanwhile",
};

const translations: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  ["ECONNREFUSED", refused],
  ["ENOENT", refused],
  ["ENOTFOUND", unresolved],
  ["EAI_AGAIN", unresolved],
  ["EAI_FAIL", unresolved],
  ["EAI_NODATA", unresolved],
  ["EAI_NONAME", unresolved],
  ["EAI_ADDRFAMILY", unresolved],
  [
    "EADDRINUSE",
    {
      code: "UNAVAILABLE",
      reason: "ADDRESS_IN_USE",
      outcome: "not-executed",
      text: "another socket has this port; end the program that holds it, choose another port, or 0 for the first free one",
    },
  ],
  ["EACCES", notPermitted],
  ["EPERM", notPermitted],
  ["EADDRNOTAVAIL", notUsable],
  ["EAFNOSUPPORT", notUsable],
  ["EINVAL", notUsable],
  ["EHOSTUNREACH", unreachable],
  ["ENETUNREACH", unreachable],
  ["EHOSTDOWN", unreachable],
  ["ENETDOWN", unreachable],
  ["ECONNRESET", lost],
  ["ECONNABORTED", lost],
  ["EPIPE", lost],
  ["ETIMEDOUT", lost],
  ["ENOTCONN", lost],
  ["EMSGSIZE", tooLarge],
  ["EMFILE", exhausted],
  ["ENFILE", exhausted],
  ["ENOBUFS", exhausted],
  ["ENOMEM", exhausted],
  ["ERR_STREAM_DESTROYED", closedHere],
  ["ERR_STREAM_WRITE_AFTER_END", closedHere],
  ["ERR_STREAM_PREMATURE_CLOSE", closedHere],
  ["ERR_SOCKET_CLOSED", closedHere],
  ["ERR_SOCKET_DGRAM_NOT_RUNNING", closedHere],
  ["ERR_SERVER_NOT_RUNNING", closedHere],
]);

const unknownError: Translation = {
  code: "UNKNOWN",
  reason: "SYSTEM",
  outcome: "unknown",
  text: "the system refused it for a reason that upcall does not know",
};

function field(error: unknown, name: "code" | "syscall"): string {
  if (typeof error !== "object" || error === null || !(name in error)) return "";
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : "";
}

/**
 * Makes an UpcallError of an error that the operating system or Node reported about a socket.
 *
 * @param error what was thrown or emitted; an UpcallError is given back as it is. Of an AggregateError (several
 *              addresses tried) the first error decides.
 * @param what  what was tried, as the beginning of a sentence: `connecting to localhost port 7000`
 * @returns an error whose message names what was tried, what happened and what to do. Its outcome is `not-executed`
 *   where surely nothing left this machine, also for any failure while connecting; else `unknown`.
 */
export function fromSystem(error: unknown, what: string): UpcallError {
  if (error instanceof UpcallError) return error;
  if (error instanceof AggregateError && error.errors.length > 0) return fromSystem(error.errors[0], what);
  const name = field(error, "code");
  const { code, reason, outcome, text } = translations.get(name) ?? unknownError;
  const said = name === "" ? text : `${text} (${name})`;
  return new UpcallError(code, `${what} failed: ${said}`, {
    reason,
    outcome: field(error, "syscall") === "connect" ? "not-executed" : outcome,
    cause: error,
  });
}
