// Composition, the caller's side: URLs, or a connection that is there already, become proxies, by what the entry point has.

import type { Reached } from "../addresses/address-link.ts";
import type { Connection } from "../connection.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted } from "../errors.ts";
import { standInFront } from "../interceptors/calling.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import type { ProxyOf } from "../interface/types.ts";
import { aBoolean, aSignal, checkOptions, milliseconds, mustBeOptions, type Shape, type Shapes } from "../options.ts";
import { proxyOf } from "../proxy/proxy.ts";
import type { SerialWire, SharedWire, Wire } from "../session/contract.ts";
import { wireFor } from "./chosen-wire.ts";
import { checkCombination } from "./combination.ts";
import { bad, type EndpointOptions, endpointOf, endpointShapes, interceptorsOf } from "./endpoint-options.ts";
import type { Entry } from "./entry.ts";
import { checkHere } from "./lacking.ts";
import { linesTo } from "./lines.ts";
import { shapesOf, withMedia } from "./media.ts";
import { type Line, type OpenConnection, Opened, timeWithin } from "./opened.ts";
import { type Token, tokenOf } from "./token.ts";
import { type Way, wayOf, wayTo } from "./way.ts";

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
   * for as long as it takes. A call that is made meanwhile waits for it, within its deadline. A connection that the program
   * brought is never made again. Default true, and false for such a connection.
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

/** URLs, or a connection that is open already. */
export type To = string | readonly string[] | Connection;

export interface Open<Options> {
  /**
   * Opens a connection for any number of proxies, to one address or to several.
   *
   * @param to the medium and the address: `tcp://host:port`, `unix:/path`, `memory:name` (of this thread), `udp://host:port`; or a list of
   *             them, each with the same objects behind it. Each call goes to the open one with the fewest calls in flight;
   *             one that failed rests and is tried again. Or a connection that is open already (docs/media.md)
   * @returns the connection, once one address is connected; calls need not wait for the greeting's answer. On the plain
   *          wire, which takes one address, nothing is opened before the first call, whose errors are then those below
   * @throws UpcallError, `not-executed`, when every address was tried: UNAVAILABLE (CONNECTION_REFUSED, NAME_NOT_RESOLVED, TIMEOUT),
   * CANCELLED, INVALID_ARGUMENT (BAD_URL, BAD_OPTION, BAD_ARGUMENT), UNIMPLEMENTED for what cannot be combined.
   */
  (to: To, options?: Options): Promise<OpenConnection>;
}

export interface Connect<Options> {
  /**
   * Connects and gives a proxy that owns its connection: closing the proxy closes it.
   *
   * @param subject the interface, as the server has it
   * @param to      as of {@link Open}
   * @throws UpcallError as {@link Open} does.
   */
  <I extends Interface>(subject: I, to: To, options?: Options): Promise<ProxyOf<I>>;
}

/** The `open` of an entry point. */
export function makeOpen<Options>(entry: Entry): Open<Options> {
  const shapes = shapesIn(entry);
  return async (to, options) => await opened(termsOf(entry, "open()", shapes, to, options), []);
}

/** The `connect` of an entry point. */
export function makeConnect<Options>(entry: Entry): Connect<Options> {
  const shapes = shapesIn(entry);
  return async (subject, to, options) => {
    if (!isInterface(subject))
      throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", "connect() wants an interface made by defineInterface()");
    const { caller } = await opened(termsOf(entry, "connect()", shapes, to, options), [subject]);
    return proxyOf(subject, caller, true);
  };
}

type AllShapes = Readonly<Record<string, Shape>>;

function shapesIn(entry: Entry): AllShapes {
  return { ...connectOptions, ...shapesOf("connect", entry.media) };
}

/** What was said, checked. */
interface Terms {
  readonly ways: readonly Way[];
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  /** Milliseconds. */
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly signal: AbortSignal | undefined;
  readonly token: Token | undefined;
  readonly reconnect: boolean;
  readonly ordered: boolean;
  readonly interceptors: readonly Interceptor[];
}

function termsOf(entry: Entry, where: string, shapes: AllShapes, to: unknown, given: unknown = {}): Terms {
  mustBeOptions(where, given);
  const known = withMedia(entry, where, given["media"], shapes);
  checkOptions(where, given, known === entry ? shapes : { ...shapes, ...shapesOf("connect", known.media) });
  const options: ConnectOptions = given;
  const ready = isUrls(to) ? null : wayOf(to, where);
  const ways = ready === null ? urlsIn(to).map((url) => wayTo(known, url, given)) : [ready];
  checkHere(entry, options);
  const wire = wireFor(options, entry.wires, ways.length > 0 && ways.every(({ shape }) => shape === "datagram"));
  for (const way of ways) checkCombination(way, wire, "inline", known);
  checkCount(ways, wire);
  const endpoint = endpointOf(options, wire, entry.platform);
  const timeout = timeWithin(endpoint, "timeout", options.timeout, endpoint.limits.timeout);
  const connectTimeout = timeWithin(endpoint, "connectTimeout", options.connectTimeout, 10_000);
  const interceptors = interceptorsOf(options);
  standInFront(endpoint, interceptors, timeout);
  const { signal, token, reconnect = ready === null, ordered = true } = options;
  if (ready !== null && reconnect)
    throw bad(
      `${where}: reconnect is true, and a connection that was brought cannot be made again: leave it out, or bring a medium, as in media: [mine]`,
    );
  if (token !== undefined && !wire.traits.identity)
    throw bad(`token shows who calls in the greeting, and the ${wire.name} wire has none: use it with wire: "native"`);
  return { ways, wire, endpoint, timeout, connectTimeout, signal, token, reconnect, ordered, interceptors };
}

/** Whatever is no connection is taken for what should be a URL. */
function isUrls(to: unknown): boolean {
  if (typeof to !== "object" || to === null || Array.isArray(to)) return true;
  return typeof Reflect.get(to, "href") === "string";
}

function urlsIn(to: unknown): readonly unknown[] {
  return Array.isArray(to) ? (to as readonly unknown[]) : [to];
}

function checkCount(ways: readonly Way[], { name, multiplexed }: Wire): void {
  if (ways.length === 0)
    throw notExecuted("INVALID_ARGUMENT", "BAD_URL", "connect() and open() want a URL, as in tcp://localhost:7000");
  if (!multiplexed && ways.length > 1)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      `this cannot be combined: on the ${name} wire each call opens a connection of its own, to one address: use wire: "native" for several`,
    );
}

async function opened(terms: Terms, interfaces: readonly Interface[]): Promise<Opened> {
  const { endpoint, ways, wire } = terms;
  const urls = ways.map(({ url }) => url);
  if (!wire.multiplexed) return new Opened(urls, endpoint, serialTo(terms, wire, interfaces));
  const lines = sharedTo(terms, wire, urls, interfaces);
  await lines.open(terms.signal);
  return new Opened(urls, endpoint, lines);
}

function serialTo(
  { endpoint, ways: [way], timeout, connectTimeout }: Terms,
  wire: SerialWire,
  interfaces: readonly Interface[],
): Line {
  if (way === undefined) throw new TypeError("there is no address");
  const { after } = endpoint.platform.idleTimers;
  const caller = wire.calls(endpoint, {
    timeout,
    connectTimeout,
    peer: way.url,
    connect: (limits) => way.connect({ ...limits, after }),
  });
  for (const subject of interfaces) caller.announce(subject);
  return caller;
}

function sharedTo(
  terms: Terms,
  wire: SharedWire,
  urls: readonly string[],
  interfaces: readonly Interface[],
): ReturnType<typeof linesTo> {
  const { endpoint, ways, connectTimeout, timeout, reconnect, ordered, interceptors, token } = terms;
  const { idleTimers, deadlines } = endpoint.platform;
  const connected = (url: string, signal: AbortSignal | undefined): Promise<Connection> => {
    const way = ways.find((each) => each.url === url);
    if (way === undefined) throw new TypeError(`there is no way to ${url}`);
    return way.connect({ timeout: connectTimeout, signal, after: idleTimers.after });
  };
  const reached = async (url: string, signal: AbortSignal | undefined): Promise<Reached> => ({
    token:
      token === undefined ? null : await tokenOf(token, { timeout: connectTimeout, signal, after: deadlines.after }),
    connection: await connected(url, signal),
  });
  const reach = (url: string, signal: AbortSignal | undefined): Promise<Reached> => {
    const { ambient } = endpoint.platform;
    // What comes on the connection belongs to no call, though one may have opened it.
    return ambient === null ? reached(url, signal) : ambient.run(null, reached, url, signal);
  };
  return linesTo(endpoint, wire, interfaces, { urls, timeout, reconnect, ordered, interceptors, reach });
}
