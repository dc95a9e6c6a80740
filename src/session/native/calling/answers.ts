// The session, the caller's half: metadata that came with an answer, told to whoever asked for it before the call settles.

import { metadataIn } from "../../../call/metadata.ts";
import type { PendingCall } from "../../../call/pending/pending.ts";
import type { Metadata } from "../../../contract/caller.ts";
import type { Household } from "../../../endpoint/platform.ts";

/** What cannot be read of it is passed over, and counted: the answer is worth more than what is said beside it. */
export function tellAnswer(home: Household, call: PendingCall, bytes: Uint8Array, start: number, end: number): void {
  const { raw, cargo } = call;
  const onMetadata = cargo?.options?.onMetadata;
  if (raw === null && onMetadata === undefined) return;
  let metadata: Metadata;
  try {
    metadata = metadataIn(home, bytes, start, end);
    if (raw !== null) return raw.answered(metadata);
  } catch {
    return;
  }
  if (onMetadata !== undefined) home.platform.hooks.tell("onMetadata", onMetadata, metadata);
}
