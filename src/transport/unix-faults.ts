// The transport: what is wrong with the path of a Unix socket, said as what it is. The system's own codes say too
// little: the same one stands for a folder that is missing and for one that is not the user's.

import { lstatSync, readlinkSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Code, notExecuted, type Reason, UpcallError } from "../errors.ts";
import { fromSystem } from "../socket/system-error.ts";

type Fault = readonly [code: Code, reason: Reason, text: string];

const tooLong = "the path is longer than a Unix socket's address is on this system: use a shorter one";

/** Something is at the path. */
export function occupied(found: string, text: string, path: string): UpcallError {
  const [code, reason, said] = occupants[found] ?? thing("something");
  return notExecuted(code, reason, `listening on ${text} failed: ${said.replace("PATH", () => path)}`);
}

const thing = (what: string): Fault => [
  "INVALID_ARGUMENT",
  "ADDRESS_NOT_USABLE",
  `${what} is at PATH, which is no socket and is left alone: remove it if it is not needed, or choose another path`,
];
const occupants: Readonly<Record<string, Fault>> = {
  answers: [
    "UNAVAILABLE",
    "ADDRESS_IN_USE",
    "another server answers at PATH: end the program that holds it, or choose another path",
  ],
  begins: [
    "UNAVAILABLE",
    "ADDRESS_IN_USE",
    "another server has been starting at PATH for too long: see what holds it up, or choose another path",
  ],
  forbidden: [
    "PERMISSION_DENIED",
    "NOT_PERMITTED",
    "a socket of another user is at PATH: have that user remove it, or choose another path",
  ],
  file: thing("a file"),
  folder: thing("a folder"),
  link: thing("a link"),
};

/** Why a server does not listen; nothing of it has run. */
export function notListening(error: unknown, text: string, path: string): UpcallError {
  if (error instanceof UpcallError && (error.cause === undefined || error.reason === "ADDRESS_IN_USE")) return error;
  const folder = dirname(path);
  const code = codeOf(error);
  const fault = ((): Fault | null => {
    switch (code) {
      case "ENOENT":
      case "ENOTDIR":
      case "ELOOP":
        return [
          "INVALID_ARGUMENT",
          "ADDRESS_NOT_USABLE",
          `${wayTo(folder)}: make the folder first, or choose another path`,
        ];
      case "EACCES":
      case "EPERM":
        return [
          "PERMISSION_DENIED",
          "NOT_PERMITTED",
          `files cannot be made, linked or removed in the folder ${folder} by this user: choose a path in a folder of its own`,
        ];
      case "EROFS":
        return [
          "INVALID_ARGUMENT",
          "ADDRESS_NOT_USABLE",
          `nothing can be written in the folder ${folder}: choose another path`,
        ];
      case "ENAMETOOLONG":
      case "EINVAL":
        return ["INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", tooLong];
      default:
        return null;
    }
  })();
  return fault === null
    ? unknownFault(error, `listening on ${text}`)
    : failed(`listening on ${text}`, fault, code, error);
}

/** Why a caller is not connected; nothing has run. */
export function notConnected(error: unknown, text: string, path: string): UpcallError {
  const code = codeOf(error);
  const fault = ((): Fault | null => {
    switch (code) {
      case "ENOENT":
      case "ENOTDIR":
      case "ELOOP":
      case "ECONNREFUSED":
      case "ENOTSOCK":
        return ["UNAVAILABLE", "CONNECTION_REFUSED", whyNobody(path)];
      case "EPROTOTYPE":
        return ["UNAVAILABLE", "CONNECTION_REFUSED", `the socket at ${path} is none of upcall's: check the path`];
      case "EAGAIN":
        return [
          "UNAVAILABLE",
          "CONNECTION_REFUSED",
          `more connections wait at ${path} than it holds: the server takes them too slowly; try again later`,
        ];
      case "EACCES":
      case "EPERM":
        return [
          "PERMISSION_DENIED",
          "NOT_PERMITTED",
          `this user may not use ${path}: a socket of upcall is its owner's alone, so connect as the user who serves it`,
        ];
      case "ENAMETOOLONG":
      case "EINVAL":
        return ["INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", tooLong];
      default:
        return null;
    }
  })();
  return fault === null
    ? unknownFault(error, `connecting to ${text}`)
    : failed(`connecting to ${text}`, fault, code, error);
}

function failed(what: string, [code, reason, text]: Fault, system: string, cause: unknown): UpcallError {
  return notExecuted(code, reason, `${what} failed: ${text} (${system})`, cause);
}

/** Whatever it is, no call was made yet. */
function unknownFault(error: unknown, what: string): UpcallError {
  const { code, reason, message, cause } = fromSystem(error, what);
  return notExecuted(code, reason, message, cause);
}

/** Why no server answers at a path. */
function whyNobody(path: string): string {
  const start = "start the server first, or check the path";
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined)
      return isFolder(dirname(path)) ? `nothing is at ${path}: ${start}` : `${wayTo(dirname(path))}: ${start}`;
    if (there.isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined)
      return `a link is at ${path}, and what it leads to, ${readlinkSync(path)}, is not there: ${start}`;
    const what = statSync(path);
    if (what.isSocket()) return `nothing listens at ${path}: the server that made this socket is gone; start it again`;
    return `a ${what.isDirectory() ? "folder" : "file"} is at ${path}, and no socket: check the path`;
  } catch {
    return `${wayTo(dirname(path))}: ${start}`;
  }
}

/** What is wrong on the way to a folder: the first part of it that is none. */
function wayTo(folder: string): string {
  const above = dirname(folder);
  if (above !== folder && !isFolder(above)) return wayTo(above);
  try {
    const there = lstatSync(folder, { throwIfNoEntry: false });
    if (there === undefined) return `the folder ${folder} does not exist`;
    if (!there.isSymbolicLink())
      return there.isDirectory() ? `there is no way to ${folder}` : `${folder} is a file and no folder`;
    return `${folder} is a link that leads to no folder`;
  } catch {
    return `there is no way to the folder ${folder}`;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The system's, also of an error that was translated already. */
function codeOf(error: unknown): string {
  const { code } = Object(error instanceof UpcallError ? error.cause : error) as { code?: unknown };
  return typeof code === "string" ? code : "";
}
