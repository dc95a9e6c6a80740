// The session, what is carried: the call that something travels with, as those who carry it need to know it.

import type { CallStreams } from "../../../call/call-streams.ts";
import type { CallOptions } from "../../../contract/caller.ts";
import type { MethodEntry } from "../../../interface/define.ts";
import type { Holding, Reference } from "../references/reference.ts";

export interface ValuePath {
  readonly entry: MethodEntry;
  /** Its place among the arguments; -1 for the result. */
  readonly index: number;
  /** What the caller said about its call; null on the callee's side, and where nothing was said. */
  readonly options: CallOptions | null;
  /** How long what comes by it is held. */
  readonly holding: Holding;
  /** Gathers the references that are lent until the call is over. */
  readonly lent: Reference[];
  /** The streams of the call, made when it has one. */
  readonly streams: () => CallStreams;
}

/** For people: `Bank.watch argument 1`. */
export function placeOf({ entry, index }: ValuePath): string {
  return index < 0 ? `${entry.fullName} result` : `${entry.fullName} argument ${index + 1}`;
}
