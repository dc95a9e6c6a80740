// Workers: what the models share: what a worker is told when it starts, what it reports, and what its owner holds of it.

import type { Connection, HandedOver } from "../connection.ts";
import type { SessionLook } from "../contract/connection-state.ts";
import type { CounterValues } from "../counters.ts";
import type { Expose } from "../incident.ts";
import type { Limits } from "../limits.ts";
import type { ObservedEvent } from "../observer.ts";
import type { Peer } from "../peer.ts";
import type { WireSaid } from "../session/wires.ts";
import type { Progress } from "./progress.ts";

/** What a worker does: makes the upcalls of calls that are passed to it, or holds one whole session with a caller. */
export type Duty =
  | { readonly name: "upcalls" }
  | {
      readonly name: "session";
      readonly wire: WireSaid;
      readonly reflection: boolean;
      /** What callers must know to be accepted; null where all are. */
      readonly secrets: readonly string[] | null;
      /** Names this start of the server in its welcomes. */
      readonly instance: Uint8Array;
    };

/** Plain data: it travels to the worker. */
export interface WorkerTask {
  /** The modules' URLs; each default export is a skeleton's class, a skeleton, or a list of those. */
  readonly modules: readonly string[];
  /** Names of the interfaces that callers are told of. */
  readonly interfaces: readonly string[];
  readonly limits: Limits;
  /** Whether upcalls are followed through promises. */
  readonly ambient: boolean;
  /** What is told of errors that no interface declares. */
  readonly expose: Expose;
  readonly duty: Duty;
}

/** How a session in a worker is, and what happened in the worker. */
export type Observed =
  | { readonly look: SessionLook }
  | { readonly events: readonly ObservedEvent[]; readonly dropped: number };

/** What a worker is told of that: whether there is an observer, and that the owner has taken a batch. */
export type Word = "observe" | "unobserve" | "taken";

/** What a worker says: when it has its socket; when its modules are loaded or cannot be; at its end, what it counted. */
export type Report =
  | { readonly taken: true }
  | { readonly ready: true }
  | { readonly ready: false; readonly message: string; readonly unsupported: boolean }
  | { readonly counters: CounterValues }
  | Observed;

/** Whether what came by a worker's own way is one of these. It was copied on the way: nothing in it runs code. */
export function isReport(message: unknown): message is Report {
  return typeof message === "object" && message !== null && reports.some((name) => Object.hasOwn(message, name));
}

const reports = ["taken", "ready", "counters", "events", "look"] as const;

/** Told what a worker reports of calls and connections. */
export interface Listener {
  told: ((report: Observed) => void) | null;
}

/** How a worker says it; `then` is called when it is on its way. */
export type Tell = (what: Report, then?: () => void) => void;

/** How a worker ended. */
export interface Ending {
  readonly name: string;
  /** For people, as the end of a sentence that begins with its name. It says nothing of what its code threw. */
  readonly how: string;
  /** What its code threw and did not catch, where that is known here; a process writes it on standard error itself. */
  readonly thrown: { readonly error: unknown } | null;
}

/** Told of what a worker's own code says to its owner: it is none of ours, and nothing in it is looked at. */
export type Heard = (message: unknown, worker: string) => void;

/** A worker as its owner holds it. */
export interface WorkerHandle {
  /** For people. */
  readonly name: string;
  /** Bytes to and from the session in the worker. */
  readonly connection: Connection;
  readonly progress: Progress;
  /**
   * Fulfilled when the modules are loaded.
   * @throws UpcallError INVALID_ARGUMENT (MODULE_NOT_LOADED), DEADLINE_EXCEEDED
   *   (MODULE_NOT_LOADED) after `limits.workerStart`, UNAVAILABLE (WORKER_LOST)
   */
  readonly ready: Promise<void>;
  /** Fulfilled, never rejected, when the worker is gone and all it reported was heard. */
  readonly gone: Promise<Ending>;
  /** Gives a process an accepted socket, on which its session begins, and what was read of it; null where a worker cannot have one. */
  readonly give: ((given: HandedOver, peer: Peer) => void) | null;
  /** What it counted, told when its work is done; null before, and for ever where it died in the middle of it. */
  readonly counted: () => CounterValues | null;
  /** Tells it whether there is an observer, and that what it reported was taken. */
  say(word: Word): void;
  readonly listener: Listener;
  /** Asks its sessions to end: running calls may finish, up to the drain limit; then it is gone by itself. */
  drain(): void;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}

/** Starts a worker of one kind; `peer` is who a session in it talks to. It never throws: a failure is in `ready`. */
export type StartWorker = (task: WorkerTask, peer: Peer) => WorkerHandle;
