// A call, the caller's half: what is said about one that passes on another call.

import type { IncomingCall } from "../contract/callee.ts";
import type { CallOptions, Metadata } from "../contract/caller.ts";
import type { Peer } from "../peer.ts";

/** What of a call is passed on beside its arguments. */
type PassedCall = Pick<IncomingCall, "peer" | "identity" | "metadata" | "answer">;

/** What is said about a call that passes on another one: what it brings nobody here has to close. */
export class PassingOptions implements CallOptions {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** Whoever made it, and who that was found to be. */
  readonly peer: Peer;
  readonly identity: unknown;
  readonly metadata: Metadata | undefined;
  readonly onMetadata: (metadata: Metadata) => void;
  readonly #call: PassedCall;

  /** @param signal the call's own, or none where somebody else looks after its cancelling */
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

  /** The same, where somebody else hears as well what is answered. */
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
