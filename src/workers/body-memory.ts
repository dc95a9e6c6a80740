// Workers: memory for the bodies of a pool's calls, which stay until the call is settled. Small ones lie side by side:
// an array for each would be more work for the collector than all else that a call needs.

/** Bytes. One call that takes long holds the whole chunk, so it must not be much more than a call costs anyway. */
const chunkBytes = 4 * 1024;
const maxSharedBytes = 512;

export class BodyMemory {
  /** The memory into which the last body that was asked for goes. */
  bytes: Uint8Array = new Uint8Array(0);
  /** A view of that memory. */
  view: DataView = new DataView(this.bytes.buffer);
  /** Where the last body begins in that memory. */
  start = 0;
  #shared: Uint8Array = new Uint8Array(0);
  #sharedView: DataView = this.view;
  #used = 0;

  /** Makes room for a body, in `bytes` from `start` on. */
  room(length: number): void {
    if (length > maxSharedBytes) {
      this.bytes = new Uint8Array(length);
      this.view = new DataView(this.bytes.buffer);
      this.start = 0;
      return;
    }
    if (this.#used + length > this.#shared.length) {
      this.#shared = new Uint8Array(chunkBytes);
      this.#sharedView = new DataView(this.#shared.buffer);
      this.#used = 0;
    }
    this.bytes = this.#shared;
    this.view = this.#sharedView;
    this.start = this.#used;
    this.#used += length;
  }
}
