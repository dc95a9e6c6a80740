// The transport: the two forms that our own media's URLs have, each read by a few patterns of our own: the platform's URL class
// knows neither `*` for every address nor port 0 as something to keep. It knows no medium.

import { notExecuted } from "../errors.ts";

/** `tcp://host:port` */
export interface HostPlace {
  /** A name, an IPv4 or an IPv6 address without brackets, or `*` for every address. */
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** `unix:/run/app.sock` */
export interface PathPlace {
  readonly path: string;
  readonly url: string;
}

/** @throws UpcallError INVALID_ARGUMENT (BAD_URL) */
export function hostPlace(url: string): HostPlace {
  const match = /^[a-z]+:\/\/(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^/:[\]@?#]+)):(\d{1,5})\/?$/.exec(url);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined)
    throw badUrl(
      url,
      "it must be host:port, as in tcp://localhost:7000, tcp://*:7000 or tcp://[::1]:7000; port 0 is the first free one",
    );
  const port = Number(match[3]);
  if (port > 65_535) throw badUrl(url, `port ${port} is more than 65535`);
  return { host, port, url };
}

/** The URL of the same place with the port that was really taken. */
export function withPort({ host, url }: HostPlace, port: number): string {
  return `${url.slice(0, url.indexOf(":"))}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * @param none what is said where there is no path
 * @throws UpcallError INVALID_ARGUMENT (BAD_URL)
 */
export function pathPlace(url: string, none: string): PathPlace {
  const path = url.slice(url.indexOf(":") + 1).replace(/^\/\/(?=\/|[^/]|$)/, "");
  if (path === "") throw badUrl(url, none);
  if (path.includes("\0")) throw badUrl(url, "its path has a zero byte");
  return { path, url };
}

export function badUrl(url: string, why: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_URL", `"${url}" is no address: ${why}`);
}
