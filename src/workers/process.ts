// Workers: a process. Its bytes come over a pipe that is a socket on both ends, its marks are in a file without a name,
// and an accepted socket can be handed to it whole.

import { type ChildProcess, fork, type SendHandle } from "node:child_process";
import { randomUUID } from "node:crypto";
import { Socket } from "node:net";
import { localPeer, type Peer, type PeerData, peerData } from "../peer.ts";
import { discard, isSigned, ownWords, type Signed } from "../signed.ts";
import { StreamConnection } from "../transport/stream.ts";
import { passedOn } from "./arguments.ts";
import { brokenConnection, failedWorker } from "./failed-worker.ts";
import { endedEarly } from "./lost-workers.ts";
import { FileProgress } from "./progress.ts";
import { readiness } from "./readiness.ts";
import {
  type Ending,
  type Heard,
  isReport,
  type Report,
  type Word,
  type WorkerHandle,
  type WorkerTask,
} from "./worker-contract.ts";

/** Descriptors of the child beyond the three that every process has and the one for its reports. */
export const pipeDescriptor = 4;
export const marksDescriptor = 5;

/** Milliseconds that reports of a child which has exited may take to be read. */
const lastWords = 1_000;

/** What the child is told, first its task, then perhaps a socket. */
export type Order =
  | { readonly task: WorkerTask }
  | { readonly peer: PeerData; readonly before: Uint8Array }
  | { readonly drain: true }
  | { readonly say: Word };

/**
 * A child ends by itself when its owner is gone, but one that computes hears of nothing until a thread of it looks
 * (socket/orphan.ts). So an owner that exits takes them along, and only one that is killed leaves them to that.
 */
const living: Set<ChildProcess> = new Set();

function endAll(): void {
  for (const child of living) child.kill("SIGKILL");
}

function keep(child: ChildProcess): void {
  if (living.size === 0) process.once("exit", endAll);
  living.add(child);
}

function forget(child: ChildProcess): void {
  if (living.delete(child) && living.size === 0) process.removeListener("exit", endAll);
}

/** @param heard told of messages that the object's own code sends */
export function startProcess(task: WorkerTask, _peer: Peer, heard: Heard): WorkerHandle {
  let progress: FileProgress | null = null;
  try {
    progress = FileProgress.create();
    const child = fork(new URL("./entry-process.js", import.meta.url), [], {
      stdio: ["ignore", "inherit", "inherit", "ipc", "pipe", progress.fd],
      execArgv: passedOn(process.execArgv),
      // Limits may be infinite, which JSON cannot say.
      serialization: "advanced",
    });
    return heldProcess(child, progress, task, heard);
  } catch (error) {
    // No descriptors, no folder for temporary files: it may be better later.
    progress?.close();
    return failedWorker("a worker process", error);
  }
}

/**
 * What a socket is of, where the runtime says: the child makes a socket of it itself. One that is sent whole begins to read when
 * it arrives, before it is known that it may stay half open, and where only the end is left to be read it is closed by that.
 */
function bareHandle(socket: Socket | undefined): SendHandle | undefined {
  const { _handle: bare } = (socket ?? {}) as { readonly _handle?: SendHandle | null };
  return bare ?? socket;
}

function heldProcess(child: ChildProcess, progress: FileProgress, task: WorkerTask, heard: Heard): WorkerHandle {
  const sign = randomUUID();
  keep(child);
  const name = `worker process ${child.pid ?? "that did not start"}`;
  const ready = readiness(task, name, () => void child.kill("SIGKILL"));
  /** What is said behind a socket that waits to be sent; null where none does. */
  let held: Order[] | null = null;
  /** Our copy of the socket that it was given, until it has its own: node would keep one that never arrives. */
  let given: Socket | null = null;
  const gone = new Promise<Ending>((resolve) => {
    const over = (how: string, thrown: Ending["thrown"] = null): void => {
      forget(child);
      progress.close();
      given?.destroy();
      const ending = { name, how, thrown };
      ready.fail(endedEarly(ending));
      resolve(ending);
    };
    child.on("error", (error) => {
      if (child.pid === undefined) over("could not be started", { error });
    });
    child.once("exit", (code, signal) => {
      const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
      const left = (): void => over(how);
      if (!child.connected) return left();
      // Its exit may overtake what it reported last. Deno does not always say that there is no more of it.
      const timer = setTimeout(left, lastWords);
      child.once("disconnect", () => {
        clearTimeout(timer);
        left();
      });
    });
  });
  child.on("message", (came: unknown, handle: unknown) => {
    if (isSigned(sign, came)) return isReport(came.message) ? take(came.message) : undefined;
    discard(handle);
    heard(ownWords(came), name);
  });
  send({ task });
  // There is none where there were no descriptors left for it.
  const pipe = child.stdio?.[pipeDescriptor] as unknown as Socket | null | undefined;
  pipe?.pause();
  return {
    name,
    connection: pipe ? new StreamConnection(pipe, localPeer(name)) : brokenConnection(localPeer(name)),
    progress,
    ready: ready.promise,
    counted: ready.counted,
    listener: ready.listener,
    say: (word) => send({ say: word }),
    gone,
    drain: () => (held === null ? send({ drain: true }) : held.push({ drain: true })),
    give({ socket, before }, from) {
      const peer = peerData(from);
      // What else it may be is no connection that a process could have.
      if (!(socket instanceof Socket)) return void this.end();
      given = socket;
      // Deno loses a socket that comes before the child's first turn; one that is ready has had many.
      if (!("deno" in process.versions)) return send({ peer, before }, socket);
      held = [];
      ready.promise.then(
        () => {
          send({ peer, before }, socket);
          for (const order of held ?? []) send(order);
          held = null;
        },
        // It is gone, and so is the socket.
        () => {},
      );
    },
    async end() {
      child.kill("SIGKILL");
      await gone;
    },
  };

  function take(report: Report): void {
    if ("taken" in report) given?.destroy();
    else ready.take(report);
  }

  /** A child that is gone already takes nothing; `gone` says so. */
  function send(order: Order, socket?: Socket): void {
    if (!child.connected) return;
    const signed: Signed<Order> = { upcall: sign, message: order };
    const sent = (what: SendHandle | undefined): boolean => child.send(signed, what, { keepOpen: true }, () => {});
    try {
      sent(bareHandle(socket));
    } catch {
      // Not every runtime takes one.
      sent(socket);
    }
  }
}
