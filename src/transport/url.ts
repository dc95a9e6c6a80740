// The transport: the URL that chooses the medium. Read here once, by our own few patterns, because the platform's URL
// class knows neither `*` for every address nor port 0 as something to keep.

import { notExecuted, textOf } from "../errors.ts";

export const media = ["tcp", "unix", "udp", "memory"] as const;
export type MediumName = (typeof media)[number];
/** Named in the design, not built yet: asking for one says so. */
const later: readonly string[] = ["tls", "ws", "wss", "thread", "process", "nats"];

export interface Address {
  readonly medium: MediumName;
  /** A name, an IPv4 or an IPv6 address without brackets, or `*` for every address; empty where there is none. */
  readonly host: string;
  readonly port: number;
  /** The path of a Unix socket, or the name of a place in memory. */
  readonly path: string;
  readonly text: string;
}

/** A Unix socket's address holds this many bytes on Linux; a longer path would be cut in silence. */
const longestPath = 107;

/** Whoever connects for every call says the same each time. */
let last: Address | null = null;

/** Errors: INVALID_ARGUMENT (BAD_URL), UNIMPLEMENTED (NOT_SUPPORTED). */
export function parseAddress(text: unknown): Address {
  if (last === null || last.text !== text) last = parsed(text);
  return last;
}

function parsed(text: unknown): Address {
  if (typeof text !== "string") {
    const { href } = Object(text) as { href?: unknown };
    if (typeof href === "string") throw bad(href, "a URL object was given: give its text, as in url.href");
    throw bad(textOf(text), "it is no string, as in tcp://localhost:7000");
  }
  const scheme = /^([a-z]+):/.exec(text)?.[1];
  if (scheme === undefined)
    throw bad(text, `it must begin with its medium, as in tcp://localhost:7000; media: ${media.join(", ")}`);
  const medium = media.find((name) => name === scheme);
  if (medium === undefined) {
    if (later.includes(scheme))
      throw notExecuted(
        "UNIMPLEMENTED",
        "NOT_SUPPORTED",
        `"${text}": ${scheme}: is not built yet; use one of ${media.join(", ")}`,
      );
    throw bad(text, `the medium ${scheme}: is not known; use one of ${media.join(", ")}`);
  }
  const rest = text.slice(scheme.length + 1);
  if (medium === "tcp" || medium === "udp") return { medium, ...hostAndPort(text, rest), path: "", text };
  const path = rest.replace(/^\/\/(?=\/|[^/]|$)/, "");
  if (path === "")
    throw bad(
      text,
      medium === "unix" ? "it names no path, as in unix:/run/app.sock" : "it names no place, as in memory:app",
    );
  if (medium === "unix" && new TextEncoder().encode(path).length > longestPath) {
    throw bad(
      text,
      `its path is longer than the ${longestPath} bytes that a Unix socket's address holds; use a shorter one`,
    );
  }
  if (path.includes("\0")) throw bad(text, "its path has a zero byte");
  return { medium, host: "", port: 0, path, text };
}

function hostAndPort(text: string, rest: string): { host: string; port: number } {
  const match = /^\/\/(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^/:[\]@?#]+)):(\d{1,5})\/?$/.exec(rest);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined)
    throw bad(
      text,
      "it must be host:port, as in tcp://localhost:7000, tcp://*:7000 or tcp://[::1]:7000; port 0 is the first free one",
    );
  const port = Number(match[3]);
  if (port > 65_535) throw bad(text, `port ${port} is more than 65535`);
  return { host, port };
}

/** The URL of the same place with the port that was really taken. */
export function withPort(address: Address, port: number): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.medium}://${host}:${port}`;
}

function bad(text: string, why: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_URL", `"${text}" is no address: ${why}`);
}
