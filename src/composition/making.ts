// Composition: who makes the upcalls, and so how a session is made on a connection that arrives. Here it is this
// thread; workers are in worker-making.ts.

import type { Dispatcher } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { standInFront } from "../interceptors/calling.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import type { Wire } from "../session/contract.ts";
import { reflectionOn } from "../skeleton/reflection.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineDispatcher } from "../workers/inline.ts";
import { loadInterceptors, loadSkeletons } from "../workers/modules.ts";
import { inStartTime } from "../workers/start-time.ts";
import type { MakeSession } from "./accepting.ts";
import type { SaidDoors } from "./auth-options.ts";
import { type Refuse, refusalsOn } from "./refusing.ts";
import { interfacesOf, namesOf, type Served } from "./served.ts";

/** How the server works: from here on the model is not asked for any more. */
export interface Making {
  /** Where upcalls are made; null where each connection has a worker of its own. */
  readonly dispatcher: Dispatcher | null;
  readonly make: MakeSession;
  /** Ends a connection for which there is none. */
  readonly refuse: Refuse;
  /** Ends the workers. */
  close(): Promise<void>;
}

export interface MakingTerms {
  readonly wire: Wire;
  readonly reflection: boolean;
  readonly interceptors: readonly Interceptor[];
  readonly said: SaidDoors;
  readonly onMessage: OnMessage | null;
}

/** A message that the code of a worker's object sent to the process that started the worker. */
export interface WorkerMessage {
  /** A copy, as `parentPort.postMessage` or `process.send` makes it: it may be anything. */
  readonly message: unknown;
  /** For people: `worker thread 3`. */
  readonly worker: string;
}

/** Told of messages of workers' own code. */
export type OnMessage = (told: WorkerMessage) => void;

/** In this thread. @throws UpcallError INVALID_ARGUMENT (MODULE_NOT_LOADED, BAD_OPTION) */
export async function makingInline(endpoint: Endpoint, served: Served, terms: MakingTerms): Promise<Making> {
  const reflection = terms.reflection ? [reflectionOn(interfacesOf(served))] : [];
  const { workerStart } = endpoint.limits;
  const skeletons =
    served.kind === "objects"
      ? served.skeletons
      : await inStartTime(served.modules, workerStart, loadSkeletons(served.modules, namesOf(served)));
  const own = served.kind === "objects" ? [] : await loadInterceptors(served.modules);
  const interceptors = [...terms.interceptors, ...own];
  standInFront(endpoint, interceptors, endpoint.limits.timeout);
  const dispatcher = new InlineDispatcher(endpoint, new SkeletonTable([...skeletons, ...reflection]), interceptors);
  const refuse = refusalsOn(endpoint, terms.wire);
  return { dispatcher, make: sessionsOn(endpoint, dispatcher, served, terms), refuse, close: () => dispatcher.close() };
}

export function sessionsOn(
  endpoint: Endpoint,
  dispatcher: Dispatcher,
  served: Served,
  { wire, said }: MakingTerms,
): MakeSession {
  const terms = { dispatcher, interfaces: interfacesOf(served), accessHooks: said.accessHooks };
  return (connection, onClosed) => wire.server(endpoint, connection, { ...terms, onClosed });
}
