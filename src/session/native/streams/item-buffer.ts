// The session, streams: items that came and were not taken yet, as the bytes they are. Held are the bytes that came and
// little more, however small the frames were that brought them.

/** Whole items, back to back, up to `end`. */
interface Chunk {
  bytes: Uint8Array;
  end: number;
}

const nothing = new Uint8Array(0);
/** Small frames behind each other share memory of this size: a chunk for each would cost more than its bytes. */
const sharedChunkBytes = 16 * 1024;

export class ItemBuffer {
  #chunks: Chunk[] = [];
  #length = 0;
  /**
   * The item that came in part. Not in one array that grows: its room for more would be as long again, and not counted.
   */
  #pieces: Chunk[] = [];
  #partLength = 0;
  /** Where the next item begins in the first chunk. */
  at = 0;

  /** Bytes of whole items. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the item that is not whole. */
  get partLength(): number {
    return this.#partLength;
  }

  /** The bytes that the next item is in, from `at` on; where there is none, they have no length. */
  get bytes(): Uint8Array {
    return this.#chunks[0]?.bytes ?? nothing;
  }

  /** Where they end. */
  get end(): number {
    return this.#chunks[0]?.end ?? 0;
  }

  /**
   * Takes the body of a frame, copied unless it is the receiver's own.
   * @param more the frame holds a piece of an item, and more pieces follow
   */
  add(bytes: Uint8Array, start: number, end: number, owned: boolean, more: boolean): void {
    if (more || this.#partLength > 0) {
      this.#piece(bytes, start, end);
      if (more) return;
      const whole = this.#joined();
      this.dropPart();
      this.#keep(whole, whole.end);
    } else if (end > start) this.#whole(bytes, start, end, owned);
  }

  /** The item that began at `at` ended here. */
  take(end: number): void {
    this.#length -= end - this.at;
    this.at = end;
    if (end < this.end) return;
    this.#chunks.shift();
    this.at = 0;
  }

  /** The rest of the item that came in part will not come. */
  dropPart(): void {
    this.#pieces = [];
    this.#partLength = 0;
  }

  clear(): void {
    this.dropPart();
    this.#chunks = [];
    this.#length = 0;
    this.at = 0;
  }

  #whole(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    const length = end - start;
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.end >= length) {
      last.bytes.set(bytes.subarray(start, end), last.end);
      last.end += length;
      this.#length += length;
    } else if (owned && length * 2 > bytes.length)
      this.#keep({ bytes: bytes.subarray(start, end), end: length }, length);
    else {
      // The reader is behind: more small ones may follow.
      const capacity = Math.max(length, last === undefined ? 0 : Math.min(sharedChunkBytes, this.#length));
      const chunk = { bytes: new Uint8Array(capacity), end: length };
      chunk.bytes.set(bytes.subarray(start, end));
      this.#keep(chunk, length);
    }
  }

  #piece(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    let last = this.#pieces.at(-1);
    if (last === undefined || last.bytes.length - last.end < length) {
      // Small pieces share memory here as well.
      last = { bytes: new Uint8Array(Math.max(length, Math.min(sharedChunkBytes, this.#partLength))), end: 0 };
      this.#pieces.push(last);
    }
    last.bytes.set(bytes.subarray(start, end), last.end);
    last.end += length;
    this.#partLength += length;
  }

  /** The item that came in pieces, now that it is whole. */
  #joined(): Chunk {
    const bytes = new Uint8Array(this.#partLength);
    let at = 0;
    for (const { bytes: piece, end } of this.#pieces) {
      bytes.set(piece.subarray(0, end), at);
      at += end;
    }
    return { bytes, end: at };
  }

  #keep(chunk: Chunk, length: number): void {
    if (length === 0) return;
    this.#chunks.push(chunk);
    this.#length += length;
  }
}
