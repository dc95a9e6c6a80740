// Workers, inside: loads the modules and says so; then every connection that is given becomes a session. In a pool the
// one connection is the link to the owner; else it is one caller's own.

import type { Connection } from "../connection.ts";
import { Counters, snapshot } from "../counters.ts";
import { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, textOf, UpcallError } from "../errors.ts";
import { standInFront } from "../interceptors/calling.ts";
import type { ServerSession } from "../session/contract.ts";
import { poolWire, wireOf } from "../session/wires.ts";
import { reflectionOn } from "../skeleton/reflection.ts";
import { interfaceOf, makerOf, type SkeletonOf } from "../skeleton/skeleton.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { followCalls } from "./ambient.ts";
import { InlineDispatcher } from "./inline.ts";
import { loadInterceptors, loadSkeletons } from "./modules.ts";
import { nodePlatform } from "./node-platform.ts";
import { PooledWorkplace } from "./pooled.ts";
import type { Progress } from "./progress.ts";
import { Reporting } from "./reporting.ts";
import { accessHooksKnowing } from "./secrets.ts";
import type { Tell, Word, WorkerTask } from "./worker-contract.ts";
import { WorkerDispatcher } from "./worker-dispatcher.ts";
import { linkLimits } from "./worker-link.ts";

/** A worker that is ready. */
export interface Inside {
  /** Begins a session on a connection. */
  begin(connection: Connection): void;
  /** The owner says whether it has an observer, and that it took what was reported. */
  say(word: Word): void;
  /** Ends the sessions; running calls may finish, up to the drain limit. */
  drain(): void;
}

/**
 * Loads the task's modules; gives null when that failed: it is reported, and the worker ends.
 *
 * @param exit ends this worker: with 0 when its work is done, with 1 when it could not begin, or an upcall of it would not stop
 */
export async function workOn(
  task: WorkerTask,
  progress: Progress,
  report: Tell,
  exit: (code: number) => void,
): Promise<Inside | null> {
  const { duty } = task;
  try {
    const loaded = await loadSkeletons(task.modules, task.interfaces);
    if (duty.name === "upcalls") checkPooled(loaded);
    const interfaces = loaded.map((skeleton) => skeleton[interfaceOf]);
    const skeletons = duty.name === "session" && duty.reflection ? [...loaded, reflectionOn(interfaces)] : loaded;
    const endpoint = new Endpoint(
      nodePlatform,
      duty.name === "upcalls" ? linkLimits(task.limits) : task.limits,
      new Counters(),
      null,
      null,
      null,
      task.expose,
      task.ambient,
    );
    if (duty.name === "session") endpoint.instance = duty.instance;
    if (task.ambient) followCalls(nodePlatform);
    const interceptors = await loadInterceptors(task.modules);
    standInFront(endpoint, interceptors, task.limits.timeout);
    const table = new SkeletonTable(skeletons);
    const inline = new InlineDispatcher(endpoint, table, interceptors);
    const dispatcher =
      duty.name === "upcalls"
        ? new PooledWorkplace(endpoint, inline, progress)
        : new WorkerDispatcher(endpoint, inline, progress, () => exit(1));
    const wire = duty.name === "session" ? wireOf(duty.wire) : poolWire;
    const accessHooks = duty.name === "session" ? accessHooksKnowing(duty.secrets) : null;
    const sessions = new Set<ServerSession>();
    const reporting = new Reporting(endpoint, report, duty.name === "upcalls");
    const done = async (): Promise<void> => {
      await dispatcher.close();
      reporting.end();
      report({ counters: snapshot(endpoint.counters) }, () => exit(0));
    };
    const begin = (connection: Connection): void => {
      const session = wire.server(endpoint, connection, {
        dispatcher,
        interfaces,
        accessHooks,
        onClosed: () => void done(),
      });
      sessions.add(session);
      if (duty.name === "session") reporting.follow(session);
    };
    report({ ready: true });
    return {
      begin,
      say: (word) => reporting.say(word),
      drain: () => {
        for (const session of sessions) void session.close();
        if (sessions.size === 0) void done();
      },
    };
  } catch (error) {
    const unsupported = error instanceof UpcallError && error.reason === "NOT_SUPPORTED";
    report({ ready: false, message: textOf(error), unsupported }, () => exit(1));
    return null;
  }
}

/** The sessions are not in the workers of a pool, and every call may go to another one. @throws UpcallError UNIMPLEMENTED */
function checkPooled(skeletons: readonly SkeletonOf[]): void {
  const kept = skeletons.find((skeleton) => makerOf(skeleton)?.per === "connection");
  if (kept === undefined) return;
  const { name } = kept[interfaceOf];
  throw notExecuted(
    "UNIMPLEMENTED",
    "NOT_SUPPORTED",
    `this cannot be combined: ${name} is implemented by an object for each connection, and in a pool state lives in each worker, to which calls of any connection go: use workers: "inline" or "threads:per-connection", or { per: "call" }`,
  );
}
