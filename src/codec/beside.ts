// Codec, on the way down: long byte arrays of a message that are not copied into it. The writer has the bytes around
// them and knows where each belongs. The sender of the message puts both together.

/** Bytes. A shorter array is copied into the message. */
export const minBesideBytes: number = 256 * 1024;

/**
 * Bytes of an array that is still copied when a call is made. Copying a longer array would stop the event loop, so it
 * is read while it is sent. The default of `limits.message` allows no such array; a program that raises that limit is
 * told.
 */
export const longestCopy: number = 4 * 1024 * 1024;

interface Part {
  /** The writer's position at which it stands, between two bytes that were written. */
  at: number;
  readonly bytes: Uint8Array;
}

export class Beside {
  readonly #parts: Part[] = [];

  get empty(): boolean {
    return this.#parts.length === 0;
  }

  add(at: number, bytes: Uint8Array): void {
    // A view made here: the program cannot make it shorter. It is empty when its memory was transferred meanwhile.
    this.#parts.push({ at, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) });
  }

  /** Bytes of all that stand behind a position. */
  after(position: number): number {
    let sum = 0;
    for (const { at, bytes } of this.#parts) if (at > position) sum += bytes.length;
    return sum;
  }

  /** What was written behind a position is taken back. */
  cut(position: number): void {
    while ((this.#parts.at(-1)?.at ?? 0) > position) this.#parts.pop();
  }

  /** What was written behind a position was moved by `n` bytes. */
  shift(position: number, n: number): void {
    for (const part of this.#parts) if (part.at > position) part.at += n;
  }

  /** All bytes behind a position of `written`, in order; copies, but for arrays that are longer than `longestCopy`. */
  parts(written: Uint8Array, position: number, end: number, longestCopy: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let from = position;
    for (const { at, bytes } of this.#parts) {
      if (at <= position) continue;
      parts.push(written.slice(from, at), bytes.length > longestCopy ? bytes : bytes.slice());
      from = at;
    }
    if (from < end) parts.push(written.slice(from, end));
    return parts;
  }
}
