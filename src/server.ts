// Composition, the callee's side: objects and URLs become a server.

import { Accepting } from "./composition/accepting.ts";
import { checkCombination } from "./composition/combination.ts";
import { serveDatagrams } from "./composition/datagrams.ts";
import { type DoorOptions, doorsOf } from "./composition/doors.ts";
import { makingOf, type OnMessage } from "./composition/making.ts";
import { streamMedia } from "./composition/media.ts";
import { type EndpointOptions, endpointShapes, householdOf, interceptorsOf } from "./composition/options.ts";
import { RunningServer, type Server } from "./composition/running-server.ts";
import { argumentsOf, interfacesOf } from "./composition/served.ts";
import { wireFor } from "./composition/wire.ts";
import type { Interface } from "./interface/define.ts";
import type { Implementation } from "./interface/types.ts";
import { aBoolean, aFunction, anything, checkOptions, type Shapes } from "./options.ts";
import type { Peer } from "./peer.ts";
import { wires } from "./session/wires.ts";
import type { SkeletonOf } from "./skeleton/skeleton.ts";
import type { Listening } from "./transport/medium.ts";
import { parseAddress } from "./transport/url.ts";
import { followCalls } from "./workers/ambient.ts";
import { modelOf, nameOf, type Workers } from "./workers/model.ts";
import { nodePlatform } from "./workers/platform.ts";

export interface ServeOptions extends EndpointOptions, DoorOptions {
  /** Tells clients what is served: names, methods, fingerprints. Native wire only. Default true. */
  readonly reflection?: boolean | undefined;
  /**
   * Who makes the upcalls: `inline`, a pool (`threads`, `processes`, `threads:4`), or a worker for each connection
   * (`threads:per-connection`). State lives in each worker, so workers want a module and not an object. At most 256 in
   * a pool; `threads` alone has one for each processor. Default `inline`.
   */
  readonly workers?: Workers | undefined;
  /**
   * Told of each connection's other end: an object of its address and what else its medium knows, `127.0.0.1:40112` as
   * text. What it throws, or rejects with, is written on standard error, once. Default: none.
   */
  readonly onConnection?: ((peer: Peer) => void) | undefined;
  /**
   * It slows down every promise of the process, or of the workers. Follows each call through the promises of the
   * object's code: `context()` may be asked after an `await` as well, and every call of every proxy that is made in an
   * upcall is made in its call, as if its proxy came from `context().bind()`. Default false.
   */
  readonly ambient?: boolean | undefined;
  /**
   * What it is told may be anything: nothing in it was looked at. Told of what the object's own code in a worker sends
   * to the thread or process that started it, by `parentPort.postMessage` or `process.send`. Never called inline. What
   * it throws, or rejects with, is written on standard error, once. Default: messages are counted (`workerMessages`)
   * and dropped.
   */
  readonly onMessage?: OnMessage | undefined;
  /**
   * Danger: anybody can forge the sender of a datagram. Lets udp: be served on addresses that other machines reach.
   * Default false.
   */
  readonly insecure?: boolean | undefined;
}

export const serveOptions: Shapes<ServeOptions> = {
  ...endpointShapes,
  authenticate: anything,
  authorize: anything,
  reflection: aBoolean,
  workers: anything,
  onConnection: aFunction,
  onMessage: aFunction,
  ambient: aBoolean,
  insecure: aBoolean,
};

/** An object lives in the thread that made it: workers make their own, from a module. */
export interface ServeObjectOptions extends ServeOptions {
  readonly workers?: "inline" | undefined;
}

type Urls = string | readonly string[];

/**
 * Serves an object, or several, on a URL, or several.
 *
 * - `serve(Subject, object, url, options)`: skeleton by delegation
 * - `serve(new RealSubject(), url, options)`: skeleton by inheritance
 * - `serve([implement(Subject, object), new RealAccount()], [url, url], options)`
 * - `serve(Subject, new URL("./real-subject.js", import.meta.url), url, { workers: "threads:4" })`: the module's
 *   default export is a class made by `Skeleton(Subject)`, an `implement(Subject, object)`, or a list of these; the
 *   interface may be left out, then the module is loaded here too, to learn it.
 *
 * @param urls `tcp://localhost:0` and so on; port 0 takes the first free one
 * @returns the server, once it listens everywhere; when one URL fails, none is left open
 * Errors, all `not-executed`: UNAVAILABLE (ADDRESS_IN_USE, ADDRESS_NOT_USABLE, NAME_NOT_RESOLVED), PERMISSION_DENIED,
 * INVALID_ARGUMENT (BAD_URL, BAD_OPTION, BAD_INTERFACE, MODULE_NOT_LOADED), UNIMPLEMENTED for what cannot be combined.
 */
export function serve(skeletons: readonly SkeletonOf[], urls: Urls, options?: ServeObjectOptions): Promise<Server>;
export function serve(module: URL, urls: Urls, options?: ServeOptions): Promise<Server>;
export function serve<I extends Interface>(
  subject: I,
  module: URL,
  urls: Urls,
  options?: ServeOptions,
): Promise<Server>;
export function serve<I extends Interface>(
  skeleton: SkeletonOf<I> & Implementation<NoInfer<I>>,
  urls: Urls,
  options?: ServeObjectOptions,
): Promise<Server>;
// The last one, because of all refusals the compiler prints only the last one's, and this is the commonest.
export function serve<I extends Interface>(
  subject: I,
  object: Implementation<NoInfer<I>>,
  urls: Urls,
  options?: ServeObjectOptions,
): Promise<Server>;
export async function serve(...args: readonly unknown[]): Promise<Server> {
  const { served, urls, options: given } = await argumentsOf(args);
  checkOptions("serve()", given, serveOptions);
  const options = (given ?? {}) as ServeOptions;
  const addresses = urls.map(parseAddress);
  const datagrams = addresses.every(({ medium }) => medium === "udp");
  const wire = wireFor(options, wires, datagrams);
  const model = modelOf(options.workers);
  for (const { medium } of addresses) checkCombination(medium, wire, nameOf(model));
  const interfaces = interfacesOf(served);
  wire.check(interfaces);
  const said = doorsOf(options, wire);
  const home = householdOf(options, wire, nodePlatform, options.ambient === true);
  if (home.ambient && model.mode === "inline") followCalls(nodePlatform);
  const interceptors = interceptorsOf(options);
  const making = await makingOf(home, served, model, {
    interceptors,
    wire,
    reflection: wire.traits.reflection && options.reflection !== false,
    said,
    onMessage: options.onMessage ?? null,
  });
  const accepting = new Accepting(home, making.make, making.refuse, {
    told: options.onConnection ?? null,
    limitsLoopback: options.limits?.connectionsPerAddress !== undefined,
  });
  const listenings: Listening[] = [];
  const server = new RunningServer(home, listenings, accepting, making);
  try {
    for (const address of addresses) {
      listenings.push(
        address.medium === "udp"
          ? await serveDatagrams(home, wire, making.workplace, interfaces, address, options.insecure === true)
          : await streamMedia[address.medium].listen(address, (connection) => accepting.take(connection)),
      );
    }
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}
