// Composition, the caller's side: URLs become connections, and connections give proxies.

import type { Addresses } from "./addresses/addresses.ts";
import type { Reached } from "./addresses/link.ts";
import { checkCombination } from "./composition/combination.ts";
import { serialLine } from "./composition/datagrams.ts";
import { linesTo } from "./composition/lines.ts";
import { streamMedia } from "./composition/media.ts";
import { type Line, type OpenConnection, Opened, timeWithin } from "./composition/opened.ts";
import { bad, type EndpointOptions, endpointShapes, householdOf, interceptorsOf } from "./composition/options.ts";
import { type Token, tokenOf } from "./composition/token.ts";
import { wireFor } from "./composition/wire.ts";
import type { Connection } from "./connection.ts";
import type { Household } from "./endpoint/platform.ts";
import { notExecuted } from "./errors.ts";
import { standInFront } from "./interceptors/calling.ts";
import type { Interceptor } from "./interceptors/interceptor.ts";
import { type Interface, isInterface } from "./interface/define.ts";
import type { ProxyOf } from "./interface/types.ts";
import { aBoolean, aSignal, checkOptions, milliseconds, type Shape, type Shapes } from "./options.ts";
import { proxyOf } from "./proxy/proxy.ts";
import type { SerialWire, SharedWire, Wire } from "./session/contract.ts";
import { wires } from "./session/wires.ts";
import { type Address, parseAddress } from "./transport/url.ts";
import { nodePlatform } from "./workers/platform.ts";

export interface ConnectOptions extends EndpointOptions {
  /**
   * Milliseconds of a call when neither it nor its method says anything; more than 0, at most 24 h and
   * `limits.timeoutMost`. Default 30,000.
   */
  readonly timeout?: number | undefined;
  /** Milliseconds to connect; more than 0, at most 24 h and `limits.timeoutMost`. Default 10,000. */
  readonly connectTimeout?: number | undefined;
  /**
   * Shows the server who calls: a string of at most 8 KiB, or a function that gives one for each connection. Native
   * wire only. Default: none.
   */
  readonly token?: Token | undefined;
  /** Gives up connecting, the first time, with CANCELLED (ABORTED). Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a connection that was lost is made again: after a random time of up to 100 ms, which doubles up to 10 s,
   * for as long as it takes. A call that is made meanwhile waits for it, within its deadline. Default true.
   */
  readonly reconnect?: boolean | undefined;
  /**
   * Whether calls of one proxy are sent in the order in which they are made, so that a long one (over 256 KiB) holds
   * back those that are made after it. False: they pass between its pieces. Native wire only. Default true.
   */
  readonly ordered?: boolean | undefined;
}

const aToken: Shape = (value) =>
  typeof value === "string" || typeof value === "function" ? null : "a string, or a function that gives one";

export const connectOptions: Shapes<ConnectOptions> = {
  ...endpointShapes,
  timeout: milliseconds,
  connectTimeout: milliseconds,
  token: aToken,
  signal: aSignal,
  reconnect: aBoolean,
  ordered: aBoolean,
};

type Urls = string | readonly string[];

/**
 * Opens a connection for any number of proxies, to one address or to several.
 *
 * @param urls the medium and the address: `tcp://host:port`, `unix:/path`, `memory:name` (of this thread),
 *   `udp://host:port`; or a list of them, each with the same objects behind it. Each call goes to the open one with the
 *   fewest calls in flight; one that failed rests and is tried again
 * @returns the connection, once one address is connected; calls need not wait for the greeting's answer. On the plain
 *          wire, which takes one address, nothing is opened before the first call, whose errors are then those below
 * Errors, all `not-executed`, when every address was tried: UNAVAILABLE (CONNECTION_REFUSED, NAME_NOT_RESOLVED,
 * TIMEOUT), CANCELLED, INVALID_ARGUMENT (BAD_URL, BAD_OPTION), UNIMPLEMENTED for what cannot be combined.
 */
export async function open(urls: Urls, options: ConnectOptions = {}): Promise<OpenConnection> {
  checkOptions("open()", options, connectOptions);
  return await opened(termsOf(urls, options), []);
}

/**
 * Connects and gives a proxy that owns its connection: closing the proxy closes it.
 *
 * @param subject the interface, as the server has it
 * @param urls    as of {@link open}
 * Errors: as of {@link open}.
 */
export async function connect<I extends Interface>(
  subject: I,
  urls: Urls,
  options: ConnectOptions = {},
): Promise<ProxyOf<I>> {
  if (!isInterface(subject))
    throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", "connect() wants an interface made by defineInterface()");
  checkOptions("connect()", options, connectOptions);
  const { caller } = await opened(termsOf(urls, options), [subject]);
  return proxyOf(subject, caller, true);
}

/** What the options say, checked. */
interface Terms {
  readonly addresses: readonly Address[];
  readonly wire: Wire;
  readonly home: Household;
  /** Milliseconds. */
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly token: Token | undefined;
  readonly reconnect: boolean;
  readonly ordered: boolean;
  readonly interceptors: readonly Interceptor[];
}

function termsOf(urls: Urls, options: ConnectOptions): Terms {
  const given: readonly unknown[] = Array.isArray(urls) ? urls : [urls];
  const addresses = given.map(parseAddress);
  const datagrams = addresses.length > 0 && addresses.every(({ medium }) => medium === "udp");
  const wire = wireFor(options, wires, datagrams);
  for (const { medium } of addresses) checkCombination(medium, wire, "inline");
  checkCount(addresses, wire);
  const home = householdOf(options, wire, nodePlatform);
  const timeout = timeWithin(home, "timeout", options.timeout, home.limits.timeout);
  const connectTimeout = timeWithin(home, "connectTimeout", options.connectTimeout, 10_000);
  const interceptors = interceptorsOf(options);
  standInFront(home, interceptors, timeout);
  const { signal, token, reconnect = true, ordered = true } = options;
  if (token !== undefined && !wire.traits.identity)
    throw bad(`token shows who calls in the greeting, and the ${wire.name} wire has none: use it with wire: "native"`);
  return { addresses, wire, home, timeout, connectTimeout, signal, token, reconnect, ordered, interceptors };
}

function checkCount(addresses: readonly Address[], { name, multiplexed }: Wire): void {
  if (addresses.length === 0)
    throw notExecuted("INVALID_ARGUMENT", "BAD_URL", "connect() and open() want a URL, as in tcp://localhost:7000");
  if (!multiplexed && addresses.length > 1)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      `this cannot be combined: on the ${name} wire each call opens a connection of its own, to one address: use wire: "native" for several`,
    );
}

async function opened(terms: Terms, interfaces: readonly Interface[]): Promise<Opened> {
  const { home, addresses, wire } = terms;
  const urls = addresses.map(({ text }) => text);
  if (!wire.multiplexed) return new Opened(urls, home, serialTo(terms, wire, interfaces));
  const lines = sharedTo(terms, wire, urls, interfaces);
  await lines.open(terms.signal);
  return new Opened(urls, home, lines);
}

function serialTo(
  { home, addresses: [address], ...terms }: Terms,
  wire: SerialWire,
  interfaces: readonly Interface[],
): Line {
  if (address === undefined) throw new TypeError("there is no address");
  const caller = serialLine(home, wire, address, terms);
  for (const subject of interfaces) caller.announce(subject);
  return caller;
}

function sharedTo(
  terms: Terms,
  wire: SharedWire,
  urls: readonly string[],
  interfaces: readonly Interface[],
): Addresses {
  const { home, connectTimeout, timeout, reconnect, ordered, interceptors, token } = terms;
  const { patience, deadlines } = home.platform;
  const connected = (url: string, signal: AbortSignal | undefined): Promise<Connection> => {
    const address = parseAddress(url);
    if (address.medium === "udp") throw new TypeError("a wire of connections has no datagrams");
    return streamMedia[address.medium].connect(address, { timeout: connectTimeout, signal, after: patience.after });
  };
  const reached = async (url: string, signal: AbortSignal | undefined): Promise<Reached> => ({
    token:
      token === undefined ? null : await tokenOf(token, { timeout: connectTimeout, signal, after: deadlines.after }),
    connection: await connected(url, signal),
  });
  const reach = (url: string, signal: AbortSignal | undefined): Promise<Reached> => {
    const { ambient } = home.platform;
    // What comes on the connection belongs to no call, though one may have opened it.
    return ambient === null ? reached(url, signal) : ambient.run(null, reached, url, signal);
  };
  return linesTo(home, wire, interfaces, { urls, timeout, reconnect, ordered, interceptors, reach });
}
