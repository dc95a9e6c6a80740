// The session, the callee's half of an end that answers no calls: no interface of its connection declares anything that
// could be called here. Each call is told so, and that nothing of it was read.

import type { Endpoint } from "../../endpoint/platform.ts";
import { nothingCallable } from "../../failure/call-refusals.ts";
import { flag, kind } from "../../wire/native/frame.ts";
import type { CalleeHalf } from "./answering/callee-half.ts";
import type { CallHeader } from "./answering/held.ts";
import type { Names } from "./handshake/announced.ts";
import { putFailure } from "./output/failure.ts";
import type { FrameOutput } from "./output/output.ts";

/** What the rest of a session asks of the half that answers calls. */
export type Upcalls = Pick<
  CalleeHalf,
  | "size"
  | "promised"
  | "identity"
  | "lastTaken"
  | "announce"
  | "call"
  | "release"
  | "cancel"
  | "lost"
  | "cancelAll"
  | "drained"
  | "watchFrame"
  | "released"
  | "refuse"
>;

export class NoUpcalls implements Upcalls {
  readonly size = 0;
  readonly promised = 0;
  identity: unknown = null;
  lastTaken = 0;
  /** What the other side announced: the half that answers may come later, with another interface. */
  announced: Names = [];
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;

  constructor(endpoint: Endpoint, output: FrameOutput) {
    this.#endpoint = endpoint;
    this.#output = output;
  }

  announce(names: Names): void {
    this.announced = [...this.announced, ...names].slice(0, this.#endpoint.limits.announced);
  }

  call(header: CallHeader): void {
    this.#endpoint.counters.callsReceived++;
    this.lastTaken = header.call;
    this.refuse(header, nothingCallable());
  }

  refuse({ call, flags }: CallHeader, error: Parameters<Upcalls["refuse"]>[1]): void {
    if ((flags & flag.oneway) !== 0) return;
    putFailure(this.#endpoint, this.#output, kind.failure, call, error, undefined, flag.unread);
  }

  drained(): null {
    return null;
  }

  release(): void {}

  cancel(): void {}

  lost(): void {}

  cancelAll(): void {}

  watchFrame(): void {}

  released(): void {}
}
