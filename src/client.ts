// Composition, the caller's side: a URL becomes a connection, and a connection gives proxies.

import { checkCombination } from "./composition/combination.ts";
import { streamMedia } from "./composition/media.ts";
import { counted, type OpenConnection, Opened, timeoutOf } from "./composition/opened.ts";
import { bad, type EndpointOptions, householdOf, oneOf } from "./composition/options.ts";
import { plainCaller, plainEndOf } from "./composition/plain.ts";
import type { Connection } from "./connection.ts";
import { notExecuted } from "./errors.ts";
import { type Interface, isInterface } from "./interface/define.ts";
import type { ProxyOf } from "./interface/types.ts";
import { isTimeout } from "./limits.ts";
import { proxyOf } from "./proxy/proxy.ts";
import { Session } from "./session/native/session.ts";
import type { PlainCaller } from "./session/plain/caller.ts";
import type { Household } from "./session/platform.ts";
import { type Address, parseAddress } from "./transport/url.ts";
import type { PlainEnd } from "./wire/plain/end.ts";
import { ownObjects } from "./workers/own.ts";
import { nodePlatform } from "./workers/platform.ts";

export interface ConnectOptions extends EndpointOptions {
  /** Milliseconds of a call when neither it nor its method says anything; more than 0, at most 24 h. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds to connect. Default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a connection for any number of proxies.
 *
 * @param url the medium and the address: `tcp://host:port`, `unix:/path`, `memory:name`, `udp://host:port`
 * @returns the connection, once the medium is connected; calls need not wait for the greeting's answer. On the plain
 *          wire nothing is opened before the first call, whose errors are then those below
 * Errors, all `not-executed`: UNAVAILABLE (CONNECTION_REFUSED, NAME_NOT_RESOLVED, TIMEOUT), CANCELLED, INVALID_ARGUMENT
 * (BAD_URL, BAD_OPTION), UNIMPLEMENTED for what cannot be combined.
 */
export async function open(url: string, options: ConnectOptions = {}): Promise<OpenConnection> {
  const terms = termsOf(url, options);
  const caller = terms.plain ? plainCallerOf(terms, []) : sessionOn(terms, await connected(terms), []);
  return new Opened(url, terms.home, caller);
}

/**
 * Connects and gives a proxy that owns its connection: closing the proxy closes it.
 *
 * @param subject the interface, as the server has it
 * Errors: as of {@link open}.
 */
export async function connect<I extends Interface>(
  subject: I,
  url: string,
  options: ConnectOptions = {},
): Promise<ProxyOf<I>> {
  if (!isInterface(subject))
    throw notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", "connect() wants an interface made by defineInterface()");
  const terms = termsOf(url, options);
  const caller = terms.plain ? plainCallerOf(terms, [subject]) : sessionOn(terms, await connected(terms), [subject]);
  return proxyOf(subject, caller, true);
}

/** What the options say, checked. */
interface Terms {
  readonly address: Address;
  readonly plain: boolean;
  readonly end: PlainEnd;
  readonly home: Household;
  /** Milliseconds. */
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly signal: AbortSignal | undefined;
}

function termsOf(url: string, options: ConnectOptions): Terms {
  const address = parseAddress(url);
  const wire = oneOf("wire", options.wire, ["native", "plain"], "native");
  const timeout = timeoutOf(options);
  checkCombination(address.medium, wire, "inline");
  const end = plainEndOf(options);
  const home = householdOf(options, nodePlatform);
  const connectTimeout = options.connectTimeout ?? 10_000;
  if (!isTimeout(connectTimeout))
    throw bad(`connectTimeout is ${String(connectTimeout)}; it must be milliseconds, more than 0 and at most 24 h`);
  return { address, plain: wire === "plain", end, home, timeout, connectTimeout, signal: options.signal };
}

function plainCallerOf({ home, address, ...terms }: Terms, interfaces: readonly Interface[]): PlainCaller {
  const caller = plainCaller(home, address, terms);
  for (const subject of interfaces) caller.announce(subject);
  return caller;
}

function connected({ address, home, connectTimeout, signal }: Terms): Promise<Connection> {
  const { medium } = address;
  if (medium === "udp") throw new TypeError("the native wire has no datagrams");
  const { ambient, patience } = home.platform;
  const connect = (): Promise<Connection> =>
    streamMedia[medium].connect(address, { timeout: connectTimeout, signal, after: patience.after });
  // What comes on the connection belongs to no call, though one may have opened it.
  return ambient === null ? connect() : ambient.run(null, connect);
}

function sessionOn({ home, timeout }: Terms, connection: Connection, interfaces: readonly Interface[]): Session {
  const onClosed = counted(home);
  try {
    return new Session(home, connection, {
      role: "connected",
      workplace: ownObjects(home),
      interfaces,
      timeout,
      onClosed,
    });
  } catch (error) {
    onClosed();
    connection.destroy();
    throw error;
  }
}
