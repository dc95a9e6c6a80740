// The session, references: what is given back to the other side, gathered for one frame a turn.

import type { Endpoint } from "../../../endpoint/platform.ts";
import { flag, kind } from "../../../wire/native/frame.ts";
import type { FrameOutput } from "../output/output.ts";

/** Numbers in one frame: it stays far below the limit of values in a message. */
const mostInFrame = 4096;

export class Releases {
  readonly #endpoint: Endpoint;
  readonly #output: FrameOutput;
  /** Number and count, one after the other. */
  #references: number[] = [];
  #promises: number[] = [];
  #armed = false;
  #over = false;

  constructor(endpoint: Endpoint, output: FrameOutput) {
    this.#endpoint = endpoint;
    this.#output = output;
  }

  /** An object of the other side, which was sent `count` times, is not held here any more. */
  reference(number: number, count: number): void {
    this.#references.push(number, count);
    this.#arm();
  }

  /** The promised result of this call will not be named any more. */
  promise(call: number): void {
    this.#promises.push(call);
    this.#arm();
  }

  /** The connection is gone. */
  close(): void {
    this.#over = true;
    this.#references = [];
    this.#promises = [];
  }

  #arm(): void {
    if (this.#armed || this.#over) return;
    this.#armed = true;
    this.#endpoint.platform.clock.defer(() => this.#send());
  }

  #send(): void {
    this.#armed = false;
    while (this.#references.length > 0) this.#frame(this.#references.splice(0, 2 * mostInFrame), 0);
    while (this.#promises.length > 0) this.#frame(this.#promises.splice(0, mostInFrame), flag.promised);
  }

  #frame(numbers: readonly number[], flags: number): void {
    this.#output.value(this.#endpoint.ownEncoder, kind.release, 0, numbers, flags);
  }
}
