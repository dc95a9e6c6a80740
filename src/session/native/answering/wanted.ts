// The session, the callee's half: a call as the server's hook sees it before it is allowed. Its metadata, which stands
// in front of the arguments, is read when the hook asks for it, and not before; of the arguments themselves nothing is.

import type { WantedCall } from "../../../call/access.ts";
import { metadataIn, noMetadata } from "../../../call/metadata.ts";
import type { Metadata } from "../../../contract/caller.ts";
import type { Endpoint } from "../../../endpoint/platform.ts";
import { UpcallError } from "../../../errors.ts";
import type { Peer } from "../../../peer.ts";
import { flag } from "../../../wire/native/frame.ts";
import { bodyStart } from "../input/read-front.ts";
import type { CallHeader } from "./held.ts";

export class Wanted implements WantedCall {
  readonly identity: unknown;
  readonly peer: Peer;
  readonly interface: string;
  readonly method: string;
  readonly #endpoint: Endpoint;
  /** Where the metadata is; null once it may not be read any more. */
  #bytes: Uint8Array | null;
  #start: number;
  #end: number;
  #metadata: Metadata | null = null;
  #malformed: UpcallError | null = null;

  constructor(
    endpoint: Endpoint,
    { identity, peer }: { readonly identity: unknown; readonly peer: Peer },
    [interfaceName, method]: readonly [string, string],
    header: CallHeader,
    bytes: Uint8Array,
    start: number,
    end: number,
  ) {
    this.identity = identity;
    this.peer = peer;
    this.interface = interfaceName;
    this.method = method;
    this.#endpoint = endpoint;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = bodyStart(header, bytes, start, end);
    if ((header.flags & flag.annotated) === 0) this.#metadata = noMetadata;
  }

  get metadata(): Metadata {
    if (this.#metadata !== null) return this.#metadata;
    if (this.#malformed !== null) throw this.#malformed;
    if (this.#bytes === null) throw tooLate();
    try {
      this.#metadata = metadataIn(this.#endpoint, this.#bytes, this.#start, this.#end);
      return this.#metadata;
    } catch (error) {
      this.#malformed = error as UpcallError;
      throw error;
    }
  }

  /** The hook takes its time, and may look at a copy of what came: the bytes themselves belong to the connection. */
  moveTo(copy: Uint8Array): void {
    this.#bytes = copy;
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** The hook has answered. */
  answered(): void {
    this.#bytes = null;
  }

  /** Whether what the hook threw is that the metadata cannot be read, which is the caller's fault and told to it. */
  isMalformed(thrown: unknown): thrown is UpcallError {
    return this.#malformed !== null && thrown === this.#malformed;
  }
}

function tooLate(): UpcallError {
  return new UpcallError(
    "FAILED_PRECONDITION",
    "authorize asked for the metadata of a call after it had answered: ask before, and keep what it gives",
    { reason: "BAD_STATE" },
  );
}
