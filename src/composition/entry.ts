// Composition: what an entry point is made of: lists. Who makes one names the media, the wires and the workers that it has;
// nothing behind it does.

import type { Authenticate } from "../call/access.ts";
import type { Endpoint, Platform } from "../endpoint/platform.ts";
import type { Wire } from "../session/contract.ts";
import type { WorkersKind } from "./combination.ts";
import type { Making, MakingTerms } from "./making.ts";
import type { KnownMedia } from "./media.ts";
import type { Served } from "./served.ts";

/** A model of workers that was chosen. */
export interface ChosenWorkers {
  readonly kind: WorkersKind;
  /** @throws UpcallError INVALID_ARGUMENT (MODULE_NOT_LOADED, BAD_OPTION), UNAVAILABLE (WORKER_LOST), UNIMPLEMENTED (NOT_SUPPORTED) */
  make(endpoint: Endpoint, served: Served, terms: MakingTerms): Promise<Making>;
}

export interface Entry extends KnownMedia {
  /** The usual one first. */
  readonly wires: readonly Wire[];
  readonly platform: Platform;
  /** Who makes the upcalls where that is not this thread; null where there are no workers. @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) */
  readonly workers: ((said: unknown) => ChosenWorkers | null) | null;
  /** How a token is compared with secrets; null where the platform has no digests at hand. */
  readonly knowing: ((secrets: readonly string[]) => Authenticate) | null;
  /** Follows calls through promises; null where the platform cannot. */
  readonly follow: (() => void) | null;
}
