// Workers, inside one that has a whole session: upcalls are made inline here too; before each, the worker marks when it
// must be over where its owner can read it, and an upcall that only waits is watched here.

import type { Dispatcher, Holder, IncomingCall, Target } from "../contract/callee.ts";
import type { Endpoint } from "../endpoint/platform.ts";
import type { UpcallError } from "../errors.ts";
import type { InlineDispatcher } from "./inline.ts";
import { machineTime, type Progress } from "./progress.ts";

export class WorkerDispatcher implements Dispatcher {
  readonly #endpoint: Endpoint;
  readonly #inline: InlineDispatcher;
  readonly #progress: Progress;
  readonly #giveUp: () => void;

  /** @param giveUp ends this worker: an upcall of it would not stop */
  constructor(endpoint: Endpoint, inline: InlineDispatcher, progress: Progress, giveUp: () => void) {
    this.#endpoint = endpoint;
    this.#inline = inline;
    this.#progress = progress;
    this.#giveUp = giveUp;
  }

  find(interfaceName: string, methodName: string, holder: Holder | null): Target | UpcallError {
    return this.#inline.find(interfaceName, methodName, holder);
  }

  start(call: IncomingCall, bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    this.#mark(call);
    this.#inline.start(call, bytes, start, end, owned);
    this.#progress.leave();
  }

  startWith(call: IncomingCall, args: unknown[]): void {
    this.#mark(call);
    this.#inline.startWith(call, args);
    this.#progress.leave();
  }

  #mark({ deadline }: IncomingCall): void {
    this.#progress.enter(machineTime() + deadline - this.#endpoint.platform.clock.now());
  }

  /** An upcall that waits for something and ignores its signal is not stuck in a loop, but it must end as well. */
  cancel(call: IncomingCall): void {
    const { clock } = this.#endpoint.platform;
    if (clock.now() < call.deadline - 1) return;
    clock.after(this.#endpoint.limits.grace, () => {
      if (!call.settled) this.#giveUp();
    });
  }

  dispose(object: object, name: string, peer: string): void {
    this.#inline.dispose(object, name, peer);
  }

  /** Fulfilled when what was made for connections and calls is disposed of, or the drain limit has passed. */
  close(): Promise<void> {
    return this.#inline.close();
  }
}
