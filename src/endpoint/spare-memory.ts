// The session, coming in: the memory of long messages that goes round. Fresh memory is what a long message costs most: pages
// that the system clears one by one, and collections, because the collector learns of all of it at once. Where a method
// only borrows its arguments (`borrows`), the next long message is put together in the memory of the one before.

import type { Alarm, Deadlines } from "./deadlines.ts";

/** Bytes of the smallest memory that goes round. For less it is not worth being taken from anybody. */
export const leastSpare: number = 1024 * 1024;
/** Milliseconds after which what nobody used again is left to the collector. */
export const spareTime = 10_000;

/** Standard since 2024, and not yet on every platform. */
interface Transferable {
  transfer?(): ArrayBuffer;
}

export class SpareMemory {
  readonly #patience: Deadlines;
  #free: ArrayBuffer[] = [];
  #bytes = 0;
  #end: Alarm | null = null;

  /** @param patience a wheel of what no process waits for */
  constructor(patience: Deadlines) {
    this.#patience = patience;
  }

  /** Bytes of memory that wait for a message. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Memory for a message of `length` bytes, or null where there is none that fits: no smaller, and not much larger, for the
   * message may be one that is kept. What is behind the message is cleared; what is before, its bytes will be written over.
   */
  get(length: number): Uint8Array | null {
    const fitting = this.#free.filter(({ byteLength }) => byteLength >= length && byteLength <= 2 * length);
    const [first] = fitting.sort((one, other) => one.byteLength - other.byteLength);
    if (first === undefined) return null;
    this.#remove(first);
    const bytes = new Uint8Array(first);
    bytes.fill(0, length);
    return bytes;
  }

  /**
   * Takes the memory of these bytes away from everybody who still has it: their arrays are empty from now on, so that a
   * breach of the promise is seen and cannot change what others are told. With it no more than `most` bytes are kept,
   * the ones that came first go.
   */
  takeBack({ buffer, length }: Uint8Array, most: number): void {
    // Whoever gave it away himself, to another thread perhaps, leaves nothing here.
    if (length < leastSpare) return;
    const taken = takenAway(buffer as ArrayBuffer);
    if (taken !== null) this.#keep(taken, most);
  }

  /** The same for memory that nobody else has. */
  give({ buffer, length }: Uint8Array, most: number): void {
    if (length >= leastSpare) this.#keep(buffer as ArrayBuffer, most);
  }

  #keep(memory: ArrayBuffer, most: number): void {
    if (memory.byteLength > most) return;
    this.#free.push(memory);
    this.#bytes += memory.byteLength;
    for (let oldest = this.#free[0]; oldest !== undefined && this.#bytes > most; oldest = this.#free[0])
      this.#remove(oldest);
    this.#end?.cancel();
    this.#end = this.#patience.after(spareTime, () => this.#clear());
  }

  #remove(memory: ArrayBuffer): void {
    this.#free.splice(this.#free.indexOf(memory), 1);
    this.#bytes -= memory.byteLength;
  }

  #clear(): void {
    this.#free = [];
    this.#bytes = 0;
    this.#end = null;
  }
}

/** The same memory in an array of its own; null where it cannot be taken, such as that of a WebAssembly module. */
function takenAway(buffer: ArrayBuffer): ArrayBuffer | null {
  try {
    const taken = (buffer as Transferable).transfer?.() ?? structuredClone(buffer, { transfer: [buffer] });
    // Node copies what it cannot take.
    return buffer.byteLength === 0 ? taken : null;
  } catch {
    return null;
  }
}
