// The public door for a browser, and for whoever wants `memory:` alone: the same interfaces, proxies, skeletons,
// sessions and bytes as behind the main door, with no socket, no worker and nothing of Node. docs/decisions/ has the
// reason.

import type { Reached } from "./addresses/link.ts";
import { systemClock, systemRandomness } from "./clock.ts";
import { portableText } from "./codec/utf8.ts";
import { Accepting } from "./composition/accepting.ts";
import { linesTo } from "./composition/lines.ts";
import { checkMemoryOptions, harmlessShapes } from "./composition/memory-options.ts";
import { type OpenConnection, Opened, timeWithin } from "./composition/opened.ts";
import { type EndpointOptions, endpointShapes, householdOf, interceptorsOf } from "./composition/options.ts";
import { refusalsOn } from "./composition/refusing.ts";
import { RunningServer, type Server } from "./composition/running-server.ts";
import { argumentsOf, interfacesOf, namesOf } from "./composition/served.ts";
import { Platform } from "./endpoint/platform.ts";
import { notExecuted } from "./errors.ts";
import { standInFront } from "./interceptors/calling.ts";
import type { Interface } from "./interface/define.ts";
import type { Implementation, ProxyOf } from "./interface/types.ts";
import { aBoolean, checkOptions, milliseconds, type Shapes } from "./options.ts";
import { proxyOf } from "./proxy/proxy.ts";
import { nativeWire } from "./session/native/wire.ts";
import { reflectionOn } from "./skeleton/reflection.ts";
import type { SkeletonOf } from "./skeleton/skeleton.ts";
import { SkeletonTable } from "./skeleton/table.ts";
import type { Listening } from "./transport/medium.ts";
import { memory } from "./transport/memory.ts";
import { type Address, parseAddress } from "./transport/url.ts";
import { objects } from "./workers/features.ts";
import { InlineWorkplace } from "./workers/inline.ts";
import { loadInterceptors, loadSkeletons } from "./workers/modules.ts";

export * from "./everywhere.ts";

/** What a server may say where the medium is `memory:`, the wire is native and the upcalls are made here. */
export type MemoryServeOptions = Pick<
  EndpointOptions,
  "limits" | "observer" | "onLeak" | "onError" | "expose" | "interceptors"
>;

/** The same for a caller. */
export type MemoryOptions = MemoryServeOptions & {
  readonly timeout?: number | undefined;
  readonly reconnect?: boolean | undefined;
  readonly ordered?: boolean | undefined;
};

const { limits, observer, onLeak, onError, expose, interceptors } = endpointShapes;
const shapes = { limits, observer, onLeak, onError, expose, interceptors };
const serveOptions: Shapes<MemoryServeOptions> = shapes;
const connectOptions: Shapes<MemoryOptions> = {
  ...shapes,
  timeout: milliseconds,
  reconnect: aBoolean,
  ordered: aBoolean,
};
const allServeOptions = { ...harmlessShapes, ...serveOptions };
const allConnectOptions = { ...harmlessShapes, ...connectOptions };

const platform: Platform = /* @__PURE__ */ new Platform(systemClock, systemRandomness, portableText);

/** As the main door's `open`, for `memory:` URLs, which reach this thread and no other. */
export async function open(urls: Urls, options: MemoryOptions = {}): Promise<OpenConnection> {
  return await opened("open()", urls, options, []);
}

/** As the main door's `connect`, for `memory:` URLs, which reach this thread and no other. */
export async function connect<I extends Interface>(
  subject: I,
  urls: Urls,
  options: MemoryOptions = {},
): Promise<ProxyOf<I>> {
  const connection = await opened("connect()", urls, options, [subject]);
  return proxyOf(subject, connection.caller, true);
}

async function opened(
  where: string,
  given: Urls,
  options: MemoryOptions,
  interfaces: readonly Interface[],
): Promise<Opened> {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const urls = list.map((url) => inMemory(url).text);
  checkMemoryOptions(where, options);
  checkOptions(where, options, allConnectOptions);
  const home = householdOf(options, nativeWire, platform);
  const timeout = timeWithin(home, "timeout", options.timeout, home.limits.timeout);
  const interceptors = interceptorsOf(options);
  standInFront(home, interceptors, timeout);
  const reach = async (url: string): Promise<Reached> => ({
    connection: await memory.connect(inMemory(url), { timeout }),
    token: null,
  });
  const terms = {
    urls,
    timeout,
    reconnect: options.reconnect ?? true,
    ordered: options.ordered ?? true,
    interceptors,
    reach,
  };
  const lines = linesTo(home, nativeWire, interfaces, terms);
  await lines.open(undefined);
  return new Opened(urls, home, lines);
}

type Urls = string | readonly string[];

/** As the main door's `serve`, for `memory:` URLs and upcalls in this thread. */
export function serve<I extends Interface>(
  subject: I,
  object: Implementation<NoInfer<I>>,
  urls: Urls,
  options?: MemoryServeOptions,
): Promise<Server>;
export function serve<I extends Interface>(
  skeleton: SkeletonOf<I> & Implementation<NoInfer<I>>,
  urls: Urls,
  options?: MemoryServeOptions,
): Promise<Server>;
export function serve(skeletons: readonly SkeletonOf[], urls: Urls, options?: MemoryServeOptions): Promise<Server>;
export async function serve(...args: readonly unknown[]): Promise<Server> {
  const { served, urls, options } = await argumentsOf(args);
  const addresses = urls.map(inMemory);
  checkMemoryOptions("serve()", options);
  checkOptions("serve()", options, allServeOptions);
  const given = (options ?? {}) as MemoryServeOptions;
  objects.addTo(platform);
  const home = householdOf(given, nativeWire, platform);
  const skeletons = served.kind === "objects" ? served.skeletons : await loadSkeletons(served.modules, namesOf(served));
  const table = new SkeletonTable([...skeletons, reflectionOn(interfacesOf(served))]);
  const own = served.kind === "objects" ? [] : await loadInterceptors(served.modules);
  const interceptors = [...interceptorsOf(given), ...own];
  const workplace = new InlineWorkplace(home, table, interceptors);
  const { timeout } = home.limits;
  standInFront(home, interceptors, timeout);
  const accepting = new Accepting(
    home,
    (connection, onClosed) => nativeWire.server(home, connection, { workplace, interfaces: [], doors: null, onClosed }),
    refusalsOn(home, nativeWire),
    { told: null, limitsLoopback: false },
  );
  const listenings: Listening[] = [];
  const server = new RunningServer(home, listenings, accepting, workplace);
  try {
    for (const address of addresses)
      listenings.push(await memory.listen(address, (connection) => accepting.take(connection)));
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** Errors: INVALID_ARGUMENT (BAD_URL), UNIMPLEMENTED (NOT_SUPPORTED) for every other medium. */
function inMemory(url: unknown): Address {
  const address = parseAddress(url);
  if (address.medium === "memory") return address;
  throw notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `"${address.text}": a browser has no ${address.medium}: sockets; only memory: works here, as in memory:app`,
  );
}
