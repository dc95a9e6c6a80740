// Workers: what the models share: what a worker is told when it starts, and what its owner holds of it.

import type { Connection } from "../connection.ts";
import type { Limits } from "../limits.ts";
import type { Marks } from "./marks.ts";

/** What a worker does: makes the upcalls of calls passed to it, or holds one whole session. */
export type Duty =
  | { readonly duty: "pool" }
  | {
      readonly duty: "session";
      readonly wire: "native" | "plain";
      readonly end: string | null;
      readonly reflection: boolean;
    };

/** Plain data: it travels to the worker. */
export interface WorkerTask {
  /** The modules' URLs; each default export is a skeleton's class, a skeleton, or a list of those. */
  readonly modules: readonly string[];
  readonly limits: Limits;
  readonly duty: Duty;
}

/** A worker as its owner holds it. */
export interface WorkerHandle {
  /** Bytes to and from the session in the worker; null where the worker gets its connection by other means. */
  readonly connection: Connection | null;
  readonly marks: Marks;
  /** Fulfilled when the modules are loaded. Errors: INVALID_ARGUMENT (MODULE_NOT_LOADED), UNAVAILABLE (WORKER_LOST). */
  readonly ready: Promise<void>;
  /** Fulfilled, never rejected, when the worker is gone, with how it went, for people. */
  readonly gone: Promise<string>;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}
