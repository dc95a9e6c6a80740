// Composition: upcalls that are made elsewhere: by a pool, or by a worker for each connection. An entry point that has workers has
// them from here.

import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted } from "../errors.ts";
import { reflectionOn } from "../skeleton/reflection.ts";
import type { SkeletonOf } from "../skeleton/skeleton.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineDispatcher } from "../workers/inline.ts";
import { modelOf, nameOf, type WorkersModel } from "../workers/model.ts";
import { PerConnection } from "../workers/per-connection.ts";
import { Pool } from "../workers/pool.ts";
import { startProcess } from "../workers/process.ts";
import { startThread } from "../workers/thread.ts";
import type { Duty, Heard, StartWorker, WorkerTask } from "../workers/worker-contract.ts";
import { accessHooksToPool, secretsForWorkers } from "./auth-options.ts";
import { bad } from "./endpoint-options.ts";
import type { ChosenWorkers } from "./entry.ts";
import { type Making, type MakingTerms, type OnMessage, sessionsOn } from "./making.ts";
import { refusalsOn } from "./refusing.ts";
import { interfacesOf, namesOf, type Served } from "./served.ts";

/** The workers that were asked for; null for none. @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) */
export function workersOf(said: unknown): ChosenWorkers | null {
  const model = modelOf(said);
  if (model.mode === "inline") return null;
  return { kind: nameOf(model), make: (endpoint, served, terms) => makingOf(endpoint, served, model, terms) };
}

async function makingOf(
  endpoint: Endpoint,
  served: Served,
  model: Exclude<WorkersModel, { mode: "inline" }>,
  terms: MakingTerms,
): Promise<Making> {
  if (served.kind === "objects") {
    throw bad(
      `an object lives in the thread that made it, so workers: "${model.kind}" cannot have it: serve(Interface, new URL("./module.js", import.meta.url), url, { workers }), where the module's default export is the class or implement(Interface, object); each worker then makes its own`,
    );
  }
  if (terms.interceptors.length > 0)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      "this cannot be combined: with workers the upcalls are made there, and interceptors are functions, which cannot go there: export them from the module, as `export const interceptors = [...]`, and each worker loads its own",
    );
  if (endpoint.onLeak !== null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      "this cannot be combined: with workers the references that a server holds are in the workers, and onLeak is a function, which cannot go there: serve inline, or watch on the callers' side",
    );
  if (endpoint.onError !== null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      "this cannot be combined: with workers the upcalls are made in the workers, and onError is a function, which cannot go there: serve inline, or leave it out, and each worker writes on standard error what it is not to tell its callers",
    );
  const start = starting(endpoint, model.kind === "threads" ? startThread : startProcess, terms.onMessage);
  const reflection = terms.reflection ? [reflectionOn(interfacesOf(served))] : [];
  return model.mode === "pool"
    ? await pool(endpoint, served, model.count, start, reflection, terms)
    : await perConnection(endpoint, served, start, terms);
}

/** How workers of one kind are started: what their own code says is counted, and told where that is wanted. */
function starting(endpoint: Endpoint, start: typeof startThread, onMessage: OnMessage | null): StartWorker {
  const heard: Heard = (message, worker) => {
    endpoint.counters.workerMessages++;
    if (onMessage !== null) endpoint.platform.hooks.tell("onMessage", onMessage, { message, worker });
  };
  return (task, peer) => start(task, peer, heard);
}

async function pool(
  endpoint: Endpoint,
  served: Extract<Served, { kind: "modules" }>,
  count: number,
  start: StartWorker,
  reflection: readonly SkeletonOf[],
  terms: MakingTerms,
): Promise<Making> {
  const task = taskOf(endpoint, served, { name: "upcalls" });
  const dispatcher = new Pool(
    endpoint,
    task,
    served.interfaces,
    start,
    new InlineDispatcher(endpoint, new SkeletonTable(reflection)),
  );
  await dispatcher.open(count);
  const { said } = terms;
  const make = sessionsOn(endpoint, dispatcher, served, {
    ...terms,
    said: { ...said, accessHooks: accessHooksToPool(endpoint, said.accessHooks) },
  });
  return { dispatcher, make, refuse: refusalsOn(endpoint, terms.wire), close: () => dispatcher.close() };
}

async function perConnection(
  endpoint: Endpoint,
  served: Extract<Served, { kind: "modules" }>,
  start: StartWorker,
  terms: MakingTerms,
): Promise<Making> {
  const { wire, reflection } = terms;
  const secrets = secretsForWorkers(terms.said);
  const task = taskOf(endpoint, served, {
    name: "session",
    wire: { name: wire.name, said: wire.said },
    reflection,
    secrets,
    instance: endpoint.instance,
  });
  const busy = notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    "every worker of the server has a connection already: try again later",
  );
  const refuse = refusalsOn(endpoint, wire);
  const workers = new PerConnection(endpoint, task, wire, start, busy);
  await workers.try();
  return {
    dispatcher: null,
    make: (connection, closed) => workers.take(connection, closed),
    refuse,
    close: async () => {},
  };
}

function taskOf(endpoint: Endpoint, served: Extract<Served, { kind: "modules" }>, duty: Duty): WorkerTask {
  const { limits, expose, ambient } = endpoint;
  return { modules: served.modules, interfaces: namesOf(served), limits, expose, ambient, duty };
}
