// Composition, the callee's side: objects and URLs become a server, by what the entry point has.

import { notExecuted } from "../errors.ts";
import type { Interface } from "../interface/define.ts";
import type { Implementation } from "../interface/types.ts";
import { aBoolean, aFunction, anything, checkOptions, mustBeOptions, type Shape, type Shapes } from "../options.ts";
import type { Peer } from "../peer.ts";
import type { SkeletonOf } from "../skeleton/skeleton.ts";
import { adopted } from "../transport/adopted.ts";
import type { Listener } from "../transport/medium.ts";
import { addEverything } from "../workers/brought-along.ts";
import { Accepting } from "./accepting.ts";
import { type AuthOptions, accessHooksOf } from "./auth-options.ts";
import { wireFor } from "./chosen-wire.ts";
import { checkCombination } from "./combination.ts";
import { serveDatagrams } from "./datagram-server.ts";
import { type EndpointOptions, endpointOf, endpointShapes, interceptorsOf } from "./endpoint-options.ts";
import type { Entry } from "./entry.ts";
import { checkHere } from "./lacking.ts";
import { type Making, makingInline, type OnMessage } from "./making.ts";
import { type Address, addressOf, optionsOf, shapesOf, withMedia } from "./media.ts";
import { RunningServer, type Server } from "./running-server.ts";
import { argumentsOf, interfacesOf } from "./served.ts";

type Kind = "threads" | "processes";

/** `threads` alone means a pool with one worker for each processor. */
export type Workers = "inline" | Kind | `${Kind}:${number}` | `${Kind}:per-connection`;

/** What a server may say, whatever its media. */
export interface ServerOptions extends EndpointOptions, AuthOptions {
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
   * It slows down every promise of the process, or of the workers. Follows each call through the promises of the object's
   * code: `context()` may be asked after an `await` as well, and every call of every proxy that is made in an upcall is
   * made in its call, as if its proxy came from `context().bind()`. Default false.
   */
  readonly ambient?: boolean | undefined;
  /**
   * What it is told may be anything: nothing in it was looked at. Told of what the object's own code in a worker sends
   * to the thread or process that started it, by `parentPort.postMessage` or `process.send`. Never called inline. What
   * it throws, or rejects with, is written on standard error, once. Default: messages are counted (`workerMessages`)
   * and dropped.
   */
  readonly onMessage?: OnMessage | undefined;
}

export const serveOptions: Shapes<ServerOptions> = {
  ...endpointShapes,
  authenticate: anything,
  authorize: anything,
  reflection: aBoolean,
  workers: anything,
  onConnection: aFunction,
  onMessage: aFunction,
  ambient: aBoolean,
};

type Urls = string | readonly string[];

/**
 * What `serve` is where modules, which workers may load, are served with the first options, and objects, which live in the thread
 * that made them, with the second ones.
 */
export interface Serve<Options, ObjectOptions> {
  /**
   * Serves an object, or several, on a URL, or several.
   *
   * - `serve(Subject, object, url, options)`: skeleton by delegation
   * - `serve(new RealSubject(), url, options)`: skeleton by inheritance
   * - `serve([implement(Subject, object), new RealAccount()], [url, url], options)`
   * - `serve(Subject, new URL("./real-subject.js", import.meta.url), url, { workers: "threads:4" })`: the module's default
   *   export is a class made by `Skeleton(Subject)`, an `implement(Subject, object)`, or a list of these; the interface
   *   may be left out, then the module is loaded here too, to learn it.
   *
   * @param urls `tcp://localhost:0` and so on; port 0 takes the first free one. An empty array: only what is given to the
   *             server's `accept` is served
   * @returns the server, once it listens everywhere; when one URL fails, none is left open
   * @throws UpcallError, `not-executed`: UNAVAILABLE (ADDRESS_IN_USE, ADDRESS_NOT_USABLE, NAME_NOT_RESOLVED), PERMISSION_DENIED,
   * INVALID_ARGUMENT (BAD_URL, BAD_OPTION, BAD_INTERFACE, MODULE_NOT_LOADED), UNIMPLEMENTED for what cannot be combined.
   */
  (skeletons: readonly SkeletonOf[], urls: Urls, options?: ObjectOptions): Promise<Server>;
  (module: URL, urls: Urls, options?: Options): Promise<Server>;
  <I extends Interface>(subject: I, module: URL, urls: Urls, options?: Options): Promise<Server>;
  <I extends Interface>(
    skeleton: SkeletonOf<I> & Implementation<NoInfer<I>>,
    urls: Urls,
    options?: ObjectOptions,
  ): Promise<Server>;
  // The last one, because of all refusals the compiler prints only the last one's, and this is the commonest.
  <I extends Interface>(
    subject: I,
    object: Implementation<NoInfer<I>>,
    urls: Urls,
    options?: ObjectOptions,
  ): Promise<Server>;
}

/** The `serve` of an entry point. */
export function makeServe<Options, ObjectOptions>(entry: Entry): Serve<Options, ObjectOptions> {
  const shapes: Readonly<Record<string, Shape>> = { ...serveOptions, ...shapesOf("serve", entry.media) };
  return async (...args: readonly unknown[]) => await served(entry, shapes, args);
}

const where = "serve()";

async function served(
  entry: Entry,
  shapes: Readonly<Record<string, Shape>>,
  args: readonly unknown[],
): Promise<Server> {
  const { served: what, urls, options: given = {} } = await argumentsOf(args);
  mustBeOptions(where, given);
  const known = withMedia(entry, where, given["media"], shapes);
  checkOptions(where, given, known === entry ? shapes : { ...shapes, ...shapesOf("serve", known.media) });
  const options: ServerOptions = given;
  checkHere(entry, options);
  const addresses = urls.map((url) => addressOf(known, url));
  const wire = wireFor(options, entry.wires, addresses.length > 0 && addresses.every(ofDatagrams));
  const workers = entry.workers?.(options.workers) ?? null;
  const kind = workers?.kind ?? "inline";
  for (const { medium } of addresses) checkCombination(medium, wire, kind, known);
  const interfaces = interfacesOf(what);
  wire.check(interfaces);
  const said = accessHooksOf(options, wire, entry.knowing);
  addEverything(entry.platform);
  const endpoint = endpointOf(options, wire, entry.platform, options.ambient === true);
  if (endpoint.ambient && workers === null) entry.follow?.();
  const terms = {
    interceptors: interceptorsOf(options),
    wire,
    reflection: wire.traits.reflection && options.reflection !== false,
    said,
    onMessage: options.onMessage ?? null,
  };
  const making: Making = await (workers === null
    ? makingInline(endpoint, what, terms)
    : workers.make(endpoint, what, terms));
  const accepting = new Accepting(endpoint, making.make, making.refuse, {
    told: options.onConnection ?? null,
    limitsLoopback: options.limits?.connectionsPerAddress !== undefined,
  });
  const listen = async ({ medium, place, url }: Address): Promise<Listener> => {
    const said = optionsOf(medium, given);
    if (medium.shape === "datagram")
      return await serveDatagrams(endpoint, wire, making.dispatcher, interfaces, { medium, place, options: said });
    if (medium.listen === undefined) throw onlyConnects(url, medium.scheme);
    return await medium.listen(place, { options: said, accepted: (connection) => accepting.take(connection) });
  };
  const listeners: Listener[] = [];
  const server = new RunningServer(endpoint, listeners, accepting, making, (brought) => {
    const connection = adopted(brought, "accept()", "an accepted connection");
    const traits = { handsOver: connection.handOver !== undefined };
    checkCombination({ scheme: "accepted", shape: "stream", traits }, wire, kind, known);
    accepting.take(connection);
  });
  try {
    for (const address of addresses) listeners.push(await listen(address));
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

function ofDatagrams({ medium }: Address): boolean {
  return medium.shape === "datagram";
}

function onlyConnects(url: string, scheme: string): Error {
  return notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `"${url}": the medium ${scheme}: can only be connected to, and not be served: it has no listen()`,
  );
}
