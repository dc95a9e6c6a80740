// Wire, plain: bytes that came and are no whole message yet. It holds what came and no more; how much that may be is
// for its owner to look after.

import { newline } from "./end.ts";

const nothing = new Uint8Array(0);
/** A buffer that is empty and larger is let go, so that ten thousand connections at rest hold little. */
const largestKept = 4096;

export class MessageBuffer {
  #bytes: Uint8Array = nothing;
  #start = 0;
  #end = 0;
  /** Up to here there is no newline. */
  #looked = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes a copy. */
  push(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (this.#end + bytes.length > this.#bytes.length) this.#move(needed);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * The bytes before the next newline, which are taken out with it; null when there is none. Valid until the next push.
   */
  line(): Uint8Array | null {
    const at = this.#bytes.subarray(0, this.#end).indexOf(newline, this.#looked);
    if (at < 0) {
      this.#looked = this.#end;
      return null;
    }
    const line = this.#bytes.subarray(this.#start, at);
    this.#start = at + 1;
    this.#looked = this.#start;
    if (this.length === 0) this.clear();
    return line;
  }

  /** All there is, taken out. Valid until the next push. */
  all(): Uint8Array {
    const all = this.#bytes.subarray(this.#start, this.#end);
    this.clear();
    return all;
  }

  clear(): void {
    if (this.#bytes.length > largestKept) this.#bytes = nothing;
    this.#start = 0;
    this.#end = 0;
    this.#looked = 0;
  }

  /** To the front, of a buffer twice as large if need be. */
  #move(needed: number): void {
    const held = this.#bytes.subarray(this.#start, this.#end);
    if (needed * 2 > this.#bytes.length) {
      this.#bytes = new Uint8Array(Math.max(1024, needed, this.#bytes.length * 2));
      this.#bytes.set(held);
    } else this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#looked -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
