// Codec: the growing output that values, and the wire's frames, are written into in place. It knows big-endian numbers
// and space, but not what the bytes mean.
import { notExecuted } from "../errors.ts";
import { Beside, minBesideBytes } from "./beside.ts";

/** The caller calls {@link Writer.ensure} before it writes; the other methods do not check for space. */
export class Writer {
  /** Replaced when it grows: never keep it over an `ensure` or over user code. */
  bytes: Uint8Array;
  view: DataView;
  /** Where the next byte goes; setting it back takes back what was written. */
  position = 0;
  /** What is left of the limit on nodes for the value being written. */
  nodes = 0;
  /** A value is being written: a getter that wants to write another one here meanwhile is refused. */
  busy = false;
  /** Long byte arrays may stand beside what is written. Who sets it must also send them. */
  takesBeside = false;
  /** Those of the message that is being written; null while there are none. */
  beside: Beside | null = null;

  /** @param capacity bytes to begin with */
  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /**
   * Makes room for `n` more bytes, doubling what there is and keeping what was written.
   * @throws UpcallError INVALID_ARGUMENT, TOO_LARGE when the platform has no such memory
   */
  ensure(n: number): void {
    if (this.bytes.length - this.position < n) this.#grow(this.position + n);
  }

  #grow(needed: number): void {
    const old = this.bytes;
    try {
      this.bytes = new Uint8Array(Math.max(old.length * 2, needed));
    } catch (cause) {
      const text = `${needed} bytes in one message are more than this platform can hold: send less at a time`;
      throw notExecuted("INVALID_ARGUMENT", "TOO_LARGE", text, cause);
    }
    this.bytes.set(old.subarray(0, this.position));
    this.view = new DataView(this.bytes.buffer);
  }

  u8(value: number): void {
    this.bytes[this.position++] = value;
  }

  u16(value: number): void {
    const { bytes, position } = this;
    bytes[position] = value >>> 8;
    bytes[position + 1] = value;
    this.position = position + 2;
  }

  u32(value: number): void {
    const { bytes, position } = this;
    bytes[position] = value >>> 24;
    bytes[position + 1] = value >>> 16;
    bytes[position + 2] = value >>> 8;
    bytes[position + 3] = value;
    this.position = position + 4;
  }

  f64(value: number): void {
    this.view.setFloat64(this.position, value);
    this.position += 8;
  }

  /** Copies all of `source`. */
  copy(source: Uint8Array): void {
    this.bytes.set(source, this.position);
    this.position += source.length;
  }

  /** Copies all of `source`, or lets it stand beside. */
  place(source: Uint8Array): void {
    if (source.length < minBesideBytes || !this.takesBeside) {
      this.ensure(source.length);
      this.copy(source);
    } else {
      this.beside ??= new Beside();
      this.beside.add(this.position, source);
    }
  }

  /** Bytes written behind a position, and those that stand beside them. */
  since(position: number): number {
    return this.position - position + (this.beside === null ? 0 : this.beside.after(position));
  }

  /** Takes back what was written behind a position. */
  back(position: number): void {
    this.position = position;
    if (this.beside === null) return;
    this.beside.cut(position);
    if (this.beside.empty) this.beside = null;
  }

  /** Makes a gap of `n` bytes at `at` by moving what was written behind it: a header came out longer than guessed. */
  widen(at: number, n: number): void {
    this.ensure(n);
    this.bytes.copyWithin(at + n, at, this.position);
    this.position += n;
    this.beside?.shift(at, n);
  }

  /** What was written from `start` on, and what stands beside it, as a copy that no later write changes. */
  slice(start = 0): Uint8Array {
    if (this.beside === null) return this.bytes.slice(start, this.position);
    const whole = new Uint8Array(this.since(start));
    let at = 0;
    for (const part of this.parts(start, 0)) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /**
   * The same in parts.
   * @param longestCopy bytes of an array that stands beside: a longer one is given as it is, and may change
   */
  parts(start: number, longestCopy: number): readonly Uint8Array[] {
    if (this.beside === null) return [this.bytes.slice(start, this.position)];
    return this.beside.parts(this.bytes, start, this.position, longestCopy);
  }
}
