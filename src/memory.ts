// The public door for a browser, and for whoever wants `memory:` alone: the same interfaces, proxies, skeletons, sessions
// and bytes as behind the main door, with no socket, no worker and nothing of Node. docs/decisions/ has the reason.

import { systemClock, systemRandomness } from "./clock.ts";
import { portableText } from "./codec/text.ts";
import { Accepting } from "./composition/accepting.ts";
import { counted, type OpenConnection, Opened, timeoutOf } from "./composition/opened.ts";
import { type EndpointOptions, householdOf } from "./composition/options.ts";
import { RunningServer, type Server } from "./composition/running-server.ts";
import { argumentsOf, interfacesOf, namesOf } from "./composition/served.ts";
import { notExecuted } from "./errors.ts";
import type { Interface } from "./interface/define.ts";
import type { Implementation, ProxyOf } from "./interface/types.ts";
import { proxyOf } from "./proxy/proxy.ts";
import { Session } from "./session/native/session.ts";
import { Platform } from "./session/platform.ts";
import { reflectionOn } from "./skeleton/reflection.ts";
import type { SkeletonOf } from "./skeleton/skeleton.ts";
import { SkeletonTable } from "./skeleton/table.ts";
import type { Listening } from "./transport/medium.ts";
import { memory } from "./transport/memory.ts";
import { type Address, parseAddress } from "./transport/url.ts";
import { InlineWorkplace } from "./workers/inline.ts";
import { loadSkeletons } from "./workers/modules.ts";
import { ownObjects } from "./workers/own.ts";
import { references } from "./workers/references.ts";

export * from "./everywhere.ts";

/** What may be said where the medium is `memory:`, the wire is native and the upcalls are made here. */
export type MemoryOptions = Pick<EndpointOptions, "limits" | "observer" | "onLeak" | "onError" | "expose"> & {
  readonly timeout?: number | undefined;
};

const platform: Platform = new Platform(systemClock, systemRandomness, portableText, references);

/** As the main door's `open`, for `memory:` URLs. */
export async function open(url: string, options: MemoryOptions = {}): Promise<OpenConnection> {
  return await opened(url, options, []);
}

/** As the main door's `connect`, for `memory:` URLs. */
export async function connect<I extends Interface>(
  subject: I,
  url: string,
  options: MemoryOptions = {},
): Promise<ProxyOf<I>> {
  const connection = await opened(url, options, [subject]);
  return proxyOf(subject, connection.caller, true);
}

async function opened(url: string, options: MemoryOptions, interfaces: readonly Interface[]): Promise<Opened> {
  const address = inMemory(url);
  const timeout = timeoutOf(options);
  const home = householdOf(options, platform);
  const connection = await memory.connect(address, { timeout });
  const onClosed = counted(home);
  const workplace = ownObjects(home);
  const terms = { role: "connected", workplace, interfaces, timeout, onDraining: null, onClosed } as const;
  return new Opened(url, home, new Session(home, connection, terms));
}

type Urls = string | readonly string[];

/** As the main door's `serve`, for `memory:` URLs and upcalls in this thread. */
export function serve<I extends Interface>(
  subject: I,
  object: Implementation<NoInfer<I>>,
  urls: Urls,
  options?: MemoryOptions,
): Promise<Server>;
export function serve<I extends Interface>(
  skeleton: SkeletonOf<I> & Implementation<NoInfer<I>>,
  urls: Urls,
  options?: MemoryOptions,
): Promise<Server>;
export function serve(skeletons: readonly SkeletonOf[], urls: Urls, options?: MemoryOptions): Promise<Server>;
export async function serve(...args: readonly unknown[]): Promise<Server> {
  const { served, urls, options } = await argumentsOf(args);
  const addresses = urls.map(inMemory);
  checkNoDoors(options);
  const home = householdOf((options ?? {}) as MemoryOptions, platform);
  const skeletons = served.kind === "objects" ? served.skeletons : await loadSkeletons(served.modules, namesOf(served));
  const table = new SkeletonTable([...skeletons, reflectionOn(interfacesOf(served))]);
  const workplace = new InlineWorkplace(home, table);
  const { timeout } = home.limits;
  const accepting = new Accepting(
    home,
    (connection, onClosed) =>
      new Session(home, connection, {
        role: "accepted",
        workplace,
        interfaces: [],
        timeout,
        onDraining: null,
        onClosed,
      }),
    null,
  );
  const listenings: Listening[] = [];
  const server = new RunningServer(home, listenings, [accepting, workplace]);
  try {
    for (const address of addresses)
      listenings.push(await memory.listen(address, (connection, from) => accepting.take(connection, from)));
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** What the main door knows and this one does not must not be passed over in silence. Errors: UNIMPLEMENTED. */
function checkNoDoors(options: unknown): void {
  if (typeof options !== "object" || options === null) return;
  const door = ["authenticate", "authorize"].find((name) => name in options);
  if (door === undefined) return;
  throw notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `${door} is for servers that others reach: memory: alone is reached by this program only, so leave it out here`,
  );
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
