// The session, the caller's half: metadata that came with an answer, told to whoever asked for it before the call settles.

import { metadataIn } from "../../metadata.ts";
import type { Household } from "../../platform.ts";
import type { PendingCall } from "./pending.ts";

/** What cannot be read of it is passed over, and counted: the answer is worth more than what is said beside it. */
export function tellAnswer(home: Household, call: PendingCall, bytes: Uint8Array, start: number, end: number): void {
  const { raw, cargo } = call;
  const told = raw === null ? cargo?.options?.onMetadata : raw.answered.bind(raw);
  if (told === undefined) return;
  try {
    told(metadataIn(home, bytes, start, end));
  } catch {
    // It was told; what it made of that is its own affair.
  }
}
