// Composition: upcalls that are made elsewhere: by a pool, or by a worker for each connection. An entry point that has workers has
// them from here.

import type { Household } from "../endpoint/platform.ts";
import { notExecuted } from "../errors.ts";
import { reflectionOn } from "../skeleton/reflection.ts";
import type { SkeletonOf } from "../skeleton/skeleton.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import type { Duty, Heard, StartWorker, WorkerTask } from "../workers/contract.ts";
import { InlineWorkplace } from "../workers/inline.ts";
import { modelOf, nameOf, type WorkersModel } from "../workers/model.ts";
import { PerConnection } from "../workers/per-connection.ts";
import { Pool } from "../workers/pool.ts";
import { startProcess } from "../workers/process.ts";
import { startThread } from "../workers/thread.ts";
import { doorsToPool, secretsForWorkers } from "./doors.ts";
import type { ChosenWorkers } from "./entry.ts";
import { type Making, type MakingTerms, type OnMessage, sessionsOn } from "./making.ts";
import { bad } from "./options.ts";
import { refusalsOn } from "./refusing.ts";
import { interfacesOf, namesOf, type Served } from "./served.ts";

/** The workers that were asked for; null for none. Errors: INVALID_ARGUMENT (BAD_OPTION). */
export function workersOf(said: unknown): ChosenWorkers | null {
  const model = modelOf(said);
  if (model.mode === "inline") return null;
  return { kind: nameOf(model), make: (home, served, terms) => makingOf(home, served, model, terms) };
}

async function makingOf(
  home: Household,
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
  if (home.onLeak !== null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      "this cannot be combined: with workers the references that a server holds are in the workers, and onLeak is a function, which cannot go there: serve inline, or watch on the callers' side",
    );
  if (home.onError !== null)
    throw notExecuted(
      "UNIMPLEMENTED",
      "NOT_SUPPORTED",
      "this cannot be combined: with workers the upcalls are made in the workers, and onError is a function, which cannot go there: serve inline, or leave it out, and each worker writes on standard error what it is not to tell its callers",
    );
  const start = starting(home, model.kind === "threads" ? startThread : startProcess, terms.onMessage);
  const reflection = terms.reflection ? [reflectionOn(interfacesOf(served))] : [];
  return model.mode === "pool"
    ? await pool(home, served, model.count, start, reflection, terms)
    : await perConnection(home, served, start, terms);
}

/** How workers of one kind are started: what their own code says is counted, and told where that is wanted. */
function starting(home: Household, start: typeof startThread, onMessage: OnMessage | null): StartWorker {
  const heard: Heard = (message, worker) => {
    home.counters.workerMessages++;
    if (onMessage !== null) home.platform.hooks.tell("onMessage", onMessage, { message, worker });
  };
  return (task, peer) => start(task, peer, heard);
}

async function pool(
  home: Household,
  served: Extract<Served, { kind: "modules" }>,
  count: number,
  start: StartWorker,
  reflection: readonly SkeletonOf[],
  terms: MakingTerms,
): Promise<Making> {
  const task = taskOf(home, served, { name: "upcalls" });
  const workplace = new Pool(
    home,
    task,
    served.interfaces,
    start,
    new InlineWorkplace(home, new SkeletonTable(reflection)),
  );
  await workplace.open(count);
  const { said } = terms;
  const make = sessionsOn(home, workplace, served, {
    ...terms,
    said: { ...said, doors: doorsToPool(home, said.doors) },
  });
  return { workplace, make, refuse: refusalsOn(home, terms.wire), close: () => workplace.close() };
}

async function perConnection(
  home: Household,
  served: Extract<Served, { kind: "modules" }>,
  start: StartWorker,
  terms: MakingTerms,
): Promise<Making> {
  const { wire, reflection } = terms;
  const secrets = secretsForWorkers(terms.said);
  const task = taskOf(home, served, {
    name: "session",
    wire: { name: wire.name, said: wire.said },
    reflection,
    secrets,
    instance: home.instance,
  });
  const busy = notExecuted(
    "RESOURCE_EXHAUSTED",
    "BUSY",
    "every worker of the server has a connection already: try again later",
  );
  const refuse = refusalsOn(home, wire);
  const workers = new PerConnection(home, task, wire, start, busy);
  await workers.try();
  return {
    workplace: null,
    make: (connection, closed) => workers.take(connection, closed),
    refuse,
    close: async () => {},
  };
}

function taskOf(home: Household, served: Extract<Served, { kind: "modules" }>, duty: Duty): WorkerTask {
  const { limits, expose, ambient } = home;
  return { modules: served.modules, interfaces: namesOf(served), limits, expose, ambient, duty };
}
