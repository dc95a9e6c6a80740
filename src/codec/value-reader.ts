// Codec: the input of one value: where it stands, where it must end, how many nodes it may still have. It knows
// big-endian numbers and bounds, but not what the bytes mean. Nothing here reads past `end`.
import { notExecuted, type Reason, type UpcallError } from "../errors.ts";

const nothing = new Uint8Array(0);
const scratch = new DataView(new ArrayBuffer(8));
/** Bytes of a value. In a longer one its 64-bit numbers are read through a view, which is then faster. */
const minViewedNumberBytes = 256;
/** Bytes. A longer byte array in lent memory is a view: the memory is held anyway. */
const minLentViewBytes = 1024;

/**
 * Whether the input is not used again (`true`), or not before the values made of it are no longer used (`"lent"`). In
 * both cases long byte arrays are views of it and not copies.
 */
export type Owned = boolean | "lent";

/** A byte that the caller knows to be there: the cast stands here once, behind the checks of bounds. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

export class Reader {
  bytes: Uint8Array = nothing;
  start = 0;
  position = 0;
  /** One past the last byte of the value, or of the extension that is being read inside of it. */
  end = 0;
  /** What is left of the limit on nodes. */
  nodes = 0;
  /** What is left of the limit on comparisons of keys that collide. */
  comparisons = 0;
  /** Keys that may still be new to this decoder and have objects share a shape by them. */
  fresh = 0;
  /** A view of all of `bytes`, where one was made. */
  #view: DataView | undefined;
  /** Whose `bytes` are. */
  owned: Owned = false;
  /** Handles may stand at the top of the value. */
  handles = false;

  begin(bytes: Uint8Array, start: number, end: number, nodes: number): void {
    this.bytes = bytes;
    this.start = start;
    this.position = start;
    this.end = end;
    this.nodes = nodes;
    if (!(start >= 0 && start <= end && end <= bytes.length))
      throw this.fail("BAD_MESSAGE", "it lies outside its bytes");
  }

  /** Lets go of the input, which may be megabytes that nothing else holds. */
  release(): void {
    this.bytes = nothing;
    this.#view = undefined;
  }

  /** An error that says where: offsets count from the first byte of the value. */
  fail(reason: Reason, text: string): UpcallError {
    const at = this.position - this.start;
    const end = reason === "BAD_MESSAGE" ? "The fault is the sender's." : "Send less, or raise the limit here.";
    return notExecuted("INVALID_ARGUMENT", reason, `cannot decode a value: at byte ${at}, ${text}. ${end}`);
  }

  /** @throws UpcallError BAD_MESSAGE when fewer than `n` bytes are left */
  need(n: number, what: string): void {
    if (this.end - this.position < n) throw this.#short(n, what);
  }

  #short(n: number, what: string): UpcallError {
    return this.fail("BAD_MESSAGE", `${what} needs ${n} bytes and ${this.end - this.position} are left`);
  }

  u8(): number {
    const { position } = this;
    if (position >= this.end) throw this.#short(1, "a value");
    this.position = position + 1;
    return byteAt(this.bytes, position);
  }

  u16(): number {
    this.need(2, "a number");
    const { bytes, position } = this;
    this.position = position + 2;
    return (byteAt(bytes, position) << 8) | byteAt(bytes, position + 1);
  }

  i32(): number {
    this.need(4, "a number");
    const { bytes, position } = this;
    this.position = position + 4;
    return (
      (byteAt(bytes, position) << 24) |
      (byteAt(bytes, position + 1) << 16) |
      (byteAt(bytes, position + 2) << 8) |
      byteAt(bytes, position + 3)
    );
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  f32(): number {
    scratch.setInt32(0, this.i32());
    return scratch.getFloat32(0);
  }

  f64(): number {
    this.need(8, "a number");
    if (this.end - this.start >= minViewedNumberBytes) {
      const { bytes, position } = this;
      this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.position = position + 8;
      return this.#view.getFloat64(position);
    }
    scratch.setInt32(0, this.i32());
    scratch.setInt32(4, this.i32());
    return scratch.getFloat64(0);
  }

  /** A 64-bit integer, refused where a JavaScript number would round it. */
  integer64(signed: boolean): number {
    const high = signed ? this.i32() : this.u32();
    const value = high * 0x1_0000_0000 + this.u32();
    if (Number.isSafeInteger(value)) return value;
    this.position -= 8;
    throw this.fail("BAD_MESSAGE", "an integer is beyond 2^53 - 1, which must travel as a bigint");
  }

  /**
   * The next `n` bytes for the user: a copy, unless the input is the user's already and mostly these bytes, so that a
   * small view does not keep a large message; or lent to the user.
   */
  binary(n: number): Uint8Array {
    if (this.owned === false || n < (this.owned === true ? this.bytes.length / 2 : minLentViewBytes))
      return this.take(n, "binary");
    this.need(n, "binary");
    const view = this.bytes.subarray(this.position, this.position + n);
    this.position += n;
    return view;
  }

  /** A copy of the next `n` bytes, never a view of them: the input is used again. */
  take(n: number, what: string): Uint8Array<ArrayBuffer> {
    this.need(n, what);
    const start = this.position;
    this.position = start + n;
    // Made of the bytes, and not set to them after: the engine need not clear the memory first.
    return new Uint8Array(this.bytes.subarray(start, this.position));
  }
}
