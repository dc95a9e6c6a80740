// Workers, inside one of a pool: upcalls are made inline here too; before each, the worker marks which call it is about
// to start where its owner can read it, and only then looks whether there is time for it.

import type { Dispatcher, IncomingCall, Target } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import { notExecuted, type UpcallError } from "../errors.ts";
import type { InlineDispatcher } from "./inline.ts";
import { noPeer, type PoolHeader, readPoolHeader } from "./pool-header.ts";
import { onThread, type Progress, reached } from "./progress.ts";

export class PooledWorkplace implements Dispatcher {
  readonly #endpoint: Endpoint;
  readonly #inline: InlineDispatcher;
  readonly #progress: Progress;
  readonly #note: PoolHeader = { until: 0, peer: noPeer, identity: null };
  #last = 0;

  constructor(endpoint: Endpoint, inline: InlineDispatcher, progress: Progress) {
    this.#endpoint = endpoint;
    this.#inline = inline;
    this.#progress = progress;
  }

  /** The connection is the link to the owner, on which the calls of many callers come. */
  find(interfaceName: string, methodName: string): Target | UpcallError {
    return this.#inline.find(interfaceName, methodName, null);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    // A long message may be whole only after later calls were started.
    if (!reached(this.#last, call.id)) {
      this.#last = call.id;
      this.#progress.start(call.id);
    }
    // After the mark: an owner who sees no mark long after the deadline knows that there will be no upcall.
    const first = readPoolHeader(this.#endpoint.ownDecoder, bytes, start, this.#note);
    const until = Math.ceil(onThread(this.#note.until));
    if (until <= this.#endpoint.platform.clock.now()) {
      const { fullName } = call.target.entry;
      return call.failed(
        notExecuted("DEADLINE_EXCEEDED", "EXPIRED", `the deadline of ${fullName} passed before a worker came to it`),
      );
    }
    // The frame's own count began when it was read, and it may have lain here for a while.
    call.deadline = until;
    call.peer = this.#note.peer;
    if (this.#note.identity !== null) call.identity = this.#note.identity;
    this.#inline.start(call, bytes, first, end, owned);
  }

  /** The owner passes calls on as bytes, with its note in front of them. */
  startWith(): void {
    throw new TypeError("a worker of a pool gets no values");
  }

  /** An upcall that will not stop is the owner's business, who has the other workers. */
  cancel(_call: IncomingCall): void {}

  dispose(object: object, name: string, peer: string): void {
    this.#inline.dispose(object, name, peer);
  }

  /** Fulfilled when what was made for connections and calls is disposed of, or the drain limit has passed. */
  close(): Promise<void> {
    return this.#inline.close();
  }
}
