// Workers: how a call enters a pool. A method of plain data keeps its bytes as they came; what one carries has its numbers
// on the caller's connection, so its arguments are decoded here and marshalled again for the worker's.

import { metadataBytes, noMetadata } from "../call/metadata.ts";
import type { ReferenceCaller } from "../call/pending/reference-caller.ts";
import type { IncomingCall } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, UpcallError } from "../errors.ts";
import { BodyMemory } from "./body-memory.ts";
import { PoolCall, type PooledMethod } from "./pool-call.ts";

const nothing = new Uint8Array(0);

export class PoolEntrance {
  readonly #endpoint: Endpoint;
  readonly #bodies: BodyMemory = new BodyMemory();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** The call as a pool keeps it; null where its arguments are bad, and its caller was told so. */
  enter(
    call: IncomingCall,
    target: PooledMethod,
    object: ReferenceCaller | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
  ): PoolCall | null {
    if (target.entry.method.carries !== null) {
      const args = this.#received(call, target, bytes, start, end, owned);
      return args === null ? null : this.#carrying(call, target, object, args);
    }
    const poolCall = new PoolCall(this.#endpoint, this.#bodies, call, target, bytes, start, end, owned);
    if (object !== null || call.metadata !== noMetadata) this.#annotate(poolCall, object);
    return poolCall;
  }

  #received(
    call: IncomingCall,
    { entry }: PooledMethod,
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
  ): unknown[] | null {
    const { decoder, counters } = this.#endpoint;
    try {
      return call.receive(decoder.list(bytes, start, end, owned, true), true);
    } catch (error) {
      counters.badArguments++;
      call.failed(
        error instanceof UpcallError
          ? error
          : notExecuted("INVALID_ARGUMENT", "BAD_ARGUMENT", `the arguments of ${entry.fullName} are bad`, error),
      );
      return null;
    }
  }

  /** Of a method that carries something: its arguments go out again as others. */
  #carrying(call: IncomingCall, target: PooledMethod, object: ReferenceCaller | null, args: unknown[]): PoolCall {
    const poolCall = new PoolCall(this.#endpoint, this.#bodies, call, target, nothing, 0, 0, false);
    poolCall.args = args;
    this.#annotate(poolCall, object);
    return poolCall;
  }

  #annotate(call: PoolCall, object: ReferenceCaller | null): void {
    const { metadata } = call.incoming;
    call.object = object;
    if (metadata !== noMetadata) call.metadata = metadataBytes(this.#endpoint, metadata);
  }
}

export function objectLost({ entry }: PooledMethod): UpcallError {
  return notExecuted(
    "UNAVAILABLE",
    "WORKER_LOST",
    `${entry.fullName} was not called: the worker that had the object is gone, and the object with it; ask for another one`,
  );
}
