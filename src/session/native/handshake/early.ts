// The session: frames that came behind a greeting while it is being found out who sent it. They are held as they came,
// and nothing in them is looked at but their lengths; the connection is paused, so what can come is what was on its
// way.

import { UpcallError } from "../../../errors.ts";
import type { Limits } from "../../../limits.ts";
import { headerLength, kind } from "../../../wire/native/frame.ts";
import type { FrameReader } from "../../../wire/native/reader.ts";

export class EarlyFrames {
  readonly #limits: Limits;
  #frames: Uint8Array[] = [];
  #calls = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Holds a frame whose body is `bytes` from `start` to `end`; its header is in front of it.
   * @throws UpcallError RESOURCE_EXHAUSTED
   */
  add(header: FrameReader, bytes: Uint8Array, start: number, end: number): void {
    if (header.kind === kind.call) {
      this.#calls++;
      this.#bytes += end - start;
      const { earlyCalls, earlyBytes } = this.#limits;
      if (this.#calls > earlyCalls || this.#bytes > earlyBytes) throw tooMany(earlyCalls, earlyBytes);
    }
    this.#frames.push(bytes.slice(start - headerLength, end));
  }

  /** The oldest, taken out; with its header. */
  next(): Uint8Array | undefined {
    return this.#frames.shift();
  }
}

function tooMany(calls: number, bytes: number): UpcallError {
  return new UpcallError(
    "RESOURCE_EXHAUSTED",
    `more than ${calls} calls, or ${bytes} bytes of them, came before the greeting was answered`,
    { reason: "TOO_MANY", outcome: "not-executed" },
  );
}
