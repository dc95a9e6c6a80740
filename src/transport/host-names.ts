// The transport: a server on a name listens on every address of the name, with one port. Shared by the media whose
// addresses are hosts and ports; it knows neither sockets nor datagrams.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { UpcallError } from "../errors.ts";
import { fromSystem } from "../socket/system-error.ts";
import type { HostPlace } from "./place.ts";

/** With port 0 the first address picks a port that another address of the name may have in use; then we pick again. */
const portTries = 10;

/** One place on one address. */
export interface Opening<T> {
  /** @param only whether an IPv6 address must leave IPv4 to another socket */
  readonly open: (host: string, port: number, only: boolean) => Promise<T>;
  readonly port: (opened: T) => number;
  readonly close: (opened: readonly T[]) => void;
}

/** Opens every address; where one fails none is left open. @throws the errors of `open`, NAME_NOT_RESOLVED */
export async function openEvery<T>(
  hosts: readonly string[],
  port: number,
  how: Opening<T>,
): Promise<{ readonly opened: readonly T[]; readonly port: number }> {
  for (let tries = 1; ; tries++) {
    try {
      return await openOnce(hosts, port, how);
    } catch (error) {
      const inUse = error instanceof UpcallError && error.reason === "ADDRESS_IN_USE";
      if (!inUse || port !== 0 || tries === portTries) throw error;
    }
  }
}

async function openOnce<T>(
  hosts: readonly string[],
  wanted: number,
  how: Opening<T>,
): Promise<{ readonly opened: readonly T[]; readonly port: number }> {
  const opened: T[] = [];
  let port = wanted;
  let refused: unknown = null;
  try {
    for (const host of hosts) {
      try {
        const one = await how.open(host, port, host === "::" && hosts.length > 1);
        opened.push(one);
        port = how.port(one);
      } catch (error) {
        // A name may have an address of a family that this machine lacks; the others will do.
        if (!(error instanceof UpcallError) || error.reason !== "ADDRESS_NOT_USABLE") throw error;
        refused = error;
      }
    }
  } catch (error) {
    how.close(opened);
    throw error;
  }
  if (opened.length === 0) throw refused;
  return { opened, port };
}

/** The addresses of a name; of `*`, every address by both families. @throws UpcallError UNAVAILABLE (NAME_NOT_RESOLVED) */
export async function addressesOf({ host, url }: HostPlace): Promise<string[]> {
  if (host === "*") return ["0.0.0.0", "::"];
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    throw fromSystem(error, `looking up the name of ${url}`);
  }
}
