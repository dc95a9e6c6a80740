// Sockets: addresses as values, and names made into addresses. It knows no socket.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { notExecuted } from "../errors.ts";
import { aborted, badArgument } from "./refusals.ts";
import { unlessAborted } from "./signal-waits.ts";
import { fromSystem } from "./system-error.ts";

export type Family = "ipv4" | "ipv6";

/** The address of one end, as `getsockname`, `getpeername`, `accept` and `recvfrom` give it. */
export interface Address {
  /** A numeric address; an IPv4 address in the form of IPv6 (`::ffff:127.0.0.1`) is given as IPv4. */
  readonly host: string;
  readonly port: number;
  readonly family: Family;
}

/** Where to bind, connect or send to. */
export interface Target {
  /** A name or a numeric address. For `bind`, an empty one or `*` is every address of this machine. */
  readonly host: string;
  /** 0 to 65535; for `bind`, 0 is the first free one. */
  readonly port: number;
}

/** What Node knows of an end, as an address. */
export function addressOf(host: string, port: number): Address {
  const plain = host.startsWith("::ffff:") && isIP(host.slice(7)) === 4 ? host.slice(7) : host;
  return { host: plain, port, family: isIP(plain) === 6 ? "ipv6" : "ipv4" };
}

/** `127.0.0.1 port 7000`, as errors say it. */
export function spell({ host, port }: Target): string {
  return `${host === "" ? "*" : host} port ${port}`;
}

/**
 * @param lowest 0 where the first free port can be asked for, else 1.
 * @throws UpcallError INVALID_ARGUMENT (BAD_ARGUMENT) for another port
 */
export function checkPort(port: number, lowest: 0 | 1): void {
  if (!Number.isInteger(port) || port < lowest || port > 65_535) {
    throw badArgument(`${port} is no port; use a whole number from ${lowest} to 65535`);
  }
}

const ofVersion: Readonly<Record<number, Family>> = { 4: "ipv4", 6: "ipv6" };

/**
 * The addresses of a name, IPv4 ones first, so that a client with IPv4 only always finds a server on `localhost`.
 *
 * @param family only addresses of this family, or `any`
 * @throws UpcallError UNAVAILABLE (NAME_NOT_RESOLVED) when there is none; INVALID_ARGUMENT (ADDRESS_NOT_USABLE) for a
 *   numeric address of the other family
 */
export async function resolve(
  { host, port }: Target,
  family: Family | "any",
  what: string,
  signal?: AbortSignal,
): Promise<Address[]> {
  if (signal?.aborted) throw aborted(what, signal);
  const literal = ofVersion[isIP(host)];
  if (literal !== undefined) {
    if (family === "any" || family === literal) return [{ host, port, family: literal }];
    const text = `${what} failed: this socket is for ${family}, and ${host} is an ${literal} address; use one or the other`;
    throw notExecuted("INVALID_ARGUMENT", "ADDRESS_NOT_USABLE", text);
  }
  const version = family === "any" ? 0 : family === "ipv4" ? 4 : 6;
  try {
    const found = await unlessAborted(lookup(host, { all: true, family: version }), what, signal);
    found.sort((one, other) => one.family - other.family);
    return found.map((entry) => ({ host: entry.address, port, family: ofVersion[entry.family] ?? "ipv4" }));
  } catch (error) {
    throw fromSystem(error, what);
  }
}

/**
 * As {@link resolve}, for binding: an empty host or `*` is every address, by both families where the machine has both.
 */
export async function resolveOwn(
  target: Target,
  family: Family | "any",
  what: string,
  signal?: AbortSignal,
): Promise<Address[]> {
  if (signal?.aborted) throw aborted(what, signal);
  if (target.host !== "" && target.host !== "*") return resolve(target, family, what, signal);
  const every: Address[] = [
    { host: "::", port: target.port, family: "ipv6" },
    { host: "0.0.0.0", port: target.port, family: "ipv4" },
  ];
  return every.filter((address) => family === "any" || family === address.family);
}
