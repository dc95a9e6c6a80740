// A call, the caller's half: what is said about one that passes on another call.

import type { IncomingCall } from "../contract/callee.ts";
import type { CallOptions, Metadata } from "../contract/caller.ts";
import type { Peer } from "../peer.ts";

/** What of a call is passed on beside its arguments. */
type PassedCall = Pick<IncomingCall, "peer" | "identity" | "metadata" | "answer">;

/** The terms of a call that passes on another one: no code here has to close what it brings. */
export class PassingOptions implements CallOptions {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** The caller that made it, and its identity. */
  readonly peer: Peer;
  readonly identity: unknown;
  readonly metadata: Metadata | undefined;
  readonly onMetadata: (metadata: Metadata) => void;
  readonly #call: PassedCall;

  /** @param signal the call's own, or none where another part cancels it */
  constructor(
    timeout: number,
    signal: AbortSignal | undefined,
    call: PassedCall,
    metadata: Metadata | undefined = call.metadata,
    onMetadata: ((metadata: Metadata) => void) | null = null,
  ) {
    this.timeout = timeout;
    this.signal = signal;
    this.peer = call.peer;
    this.identity = call.identity;
    this.metadata = metadata;
    this.onMetadata = onMetadata ?? ((answered) => answerWith(call, answered));
    this.#call = call;
  }

  /** The same call with other terms. */
  renewed(timeout: number, signal: AbortSignal | undefined, metadata: Metadata | undefined): PassingOptions {
    return new PassingOptions(timeout, signal, this.#call, metadata, this.onMetadata);
  }

  /** The same, where another listener also gets the answered metadata. */
  heardBy(onMetadata: (metadata: Metadata) => void): PassingOptions {
    return new PassingOptions(this.timeout, this.signal, this.#call, this.metadata, onMetadata);
  }
}

function answerWith(call: PassedCall, metadata: Metadata): void {
  try {
    call.answer(metadata);
  } catch {
    // Together with what was answered before it is too much; the answer itself is worth more.
  }
}
