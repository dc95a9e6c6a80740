// For all sessions: memory of long messages that is used again. Fresh memory is the largest cost of a long message: the
// system clears its pages one by one, and the garbage collector runs more often. Where a method only borrows its
// arguments (`borrows`), the next long message is put together in the memory of the one before.

import type { Alarm, Deadlines } from "./deadlines.ts";

/** Bytes of the smallest memory that is used again. Taking smaller memory away costs more than it saves. */
export const minSpareBytes: number = 1024 * 1024;
/** Milliseconds after which unused memory is left to the garbage collector. */
export const spareMs = 10_000;

/** Standard since 2024, and not yet on every platform. */
interface Transferable {
  transfer?(): ArrayBuffer;
}

export class SpareMemory {
  readonly #idleTimers: Deadlines;
  #free: ArrayBuffer[] = [];
  #bytes = 0;
  #end: Alarm | null = null;

  /** @param idleTimers a wheel that does not keep the process alive */
  constructor(idleTimers: Deadlines) {
    this.#idleTimers = idleTimers;
  }

  /** Bytes of memory that are kept for a message. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Memory for a message of `length` bytes, or null where none fits: it must not be smaller, and not much larger,
   * because the message may be kept. The bytes behind the message are cleared; the message itself overwrites the
   * others.
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
   * Takes the memory of these bytes away from user code that still has it. Its arrays are empty from now on, so that a
   * method that broke `borrows` notices, and cannot change later messages. At most `most` bytes are kept; the oldest
   * memory is dropped first.
   */
  takeBack({ buffer, length }: Uint8Array, most: number): void {
    // User code may have transferred it, to another thread perhaps: then nothing is left here.
    if (length < minSpareBytes) return;
    const taken = takenAway(buffer as ArrayBuffer);
    if (taken !== null) this.#keep(taken, most);
  }

  /** The same for memory that no user code has. */
  give({ buffer, length }: Uint8Array, most: number): void {
    if (length >= minSpareBytes) this.#keep(buffer as ArrayBuffer, most);
  }

  #keep(memory: ArrayBuffer, most: number): void {
    if (memory.byteLength > most) return;
    this.#free.push(memory);
    this.#bytes += memory.byteLength;
    for (let oldest = this.#free[0]; oldest !== undefined && this.#bytes > most; oldest = this.#free[0])
      this.#remove(oldest);
    this.#end?.cancel();
    this.#end = this.#idleTimers.after(spareMs, () => this.#clear());
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
