// Codec, on the way up, for upcall's own frames: greetings, announcements and what is given back. The caller asks for
// what it knows and skips everything else, so the peer's bytes become only the numbers and short strings that the
// frame's schema names. The limits of the options do not apply here: nesting costs no stack, and a value that is
// declared but not there ends at the last byte.
import { readText } from "./decode-text.ts";
import { UNDEFINED } from "./extensions.ts";
import type { TextPlatform } from "./utf8.ts";
import { Reader } from "./value-reader.ts";

/** Bytes of one character in UTF-8, at most. */
const maxCharacterBytes = 4;

export class Skim {
  readonly #platform: TextPlatform;
  readonly #reader = new Reader();

  constructor(platform: TextPlatform) {
    this.#platform = platform;
  }

  /**
   * Has `read` ask for what is in the one value that `bytes[start..end)` is.
   * @throws UpcallError INVALID_ARGUMENT (BAD_MESSAGE), not-executed; what `read` throws
   */
  whole<T>(bytes: Uint8Array, start: number, end: number, read: (skim: Skim) => T): T {
    const reader = this.#reader;
    reader.begin(bytes, start, end, 0);
    try {
      const made = read(this);
      if (reader.position < reader.end)
        throw reader.fail("BAD_MESSAGE", `the value has ended and ${reader.end - reader.position} more bytes follow`);
      return made;
    } finally {
      reader.release();
    }
  }

  /** How many items follow, of an array; -1 where something else stands, which is still to be read. */
  array(): number {
    const type = this.#peek();
    if (type >= 0x90 && type < 0xa0) return this.#reader.u8() & 0x0f;
    return this.#head(type, 0xdc);
  }

  /** How many keys with values follow, of an object; -1 as for `array`. */
  map(): number {
    const type = this.#peek();
    if (type >= 0x80 && type < 0x90) return this.#reader.u8() & 0x0f;
    return this.#head(type, 0xde);
  }

  /** Whether null or undefined stands here; then it is read. */
  nothing(): boolean {
    const { bytes, position, end } = this.#reader;
    const type = this.#peek();
    const isUndefined = type === 0xd4 && position + 3 <= end && bytes[position + 1] === UNDEFINED;
    if (type !== 0xc0 && !isUndefined) return false;
    this.skip();
    return true;
  }

  /** A string of at most so many characters; null for everything else, which is skipped. */
  text(longest: number): string | null {
    const reader = this.#reader;
    const start = reader.position;
    const type = reader.u8();
    let length = type & 0x1f;
    if (type === 0xd9) length = reader.u8();
    else if (type === 0xda) length = reader.u16();
    else if (type === 0xdb) length = reader.u32();
    else if (type < 0xa0 || type >= 0xc0) length = Number.POSITIVE_INFINITY;
    if (length <= longest * maxCharacterBytes) {
      const text = readText(reader, length, this.#platform);
      return text.length <= longest ? text : null;
    }
    reader.position = start;
    this.skip();
    return null;
  }

  /** The key of an object. A key longer than `longest` is "". @throws UpcallError BAD_MESSAGE */
  key(longest: number): string {
    const type = this.#peek();
    if (!(type >= 0xa0 && type < 0xc0) && !(type >= 0xd9 && type <= 0xdb))
      throw this.#reader.fail("BAD_MESSAGE", "the key of an object is not a string");
    return this.text(longest) ?? "";
  }

  /** A number; null for everything else, which is skipped. */
  number(): number | null {
    const reader = this.#reader;
    const type = reader.u8();
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xca:
        return reader.f32();
      case 0xcb:
        return reader.f64();
      case 0xcc:
        return reader.u8();
      case 0xcd:
        return reader.u16();
      case 0xce:
        return reader.u32();
      case 0xcf:
        return reader.integer64(false);
      case 0xd0:
        return (reader.u8() << 24) >> 24;
      case 0xd1:
        return (reader.u16() << 16) >> 16;
      case 0xd2:
        return reader.i32();
      case 0xd3:
        return reader.integer64(true);
      default:
        reader.position--;
        this.skip();
        return null;
    }
  }

  /** Exactly so many bytes, at most 255, as a copy; null for everything else, which is skipped. */
  binary(length: number): Uint8Array | null {
    const reader = this.#reader;
    if (this.#peek() === 0xc4) {
      reader.position++;
      if (reader.u8() === length) return reader.take(length, "binary");
      reader.position -= 2;
    }
    this.skip();
    return null;
  }

  /** Steps over the value that stands here. */
  skip(): void {
    const reader = this.#reader;
    for (let left = 1; left > 0; left--) {
      const type = reader.u8();
      if (type < 0x80 || type >= 0xe0) continue;
      if (type < 0x90) left += 2 * (type & 0x0f);
      else if (type < 0xa0) left += type & 0x0f;
      else if (type < 0xc0) this.#step(type & 0x1f);
      else left += this.#long(type);
    }
  }

  /** Steps over a value that needs more than its first byte, but for those in it. @returns how many these are */
  #long(type: number): number {
    const reader = this.#reader;
    if (type >= 0xdc) return this.#counted(type);
    if (type <= 0xc3) {
      if (type !== 0xc1) return 0;
      reader.position--;
      throw reader.fail("BAD_MESSAGE", "the byte c1 stands where a value should");
    }
    if (type >= 0xd4 && type <= 0xd8) this.#step(1 + (1 << (type - 0xd4)));
    else if (type >= 0xca && type <= 0xd3) this.#step(sizes[type - 0xca] ?? 0);
    else if (type >= 0xd9) this.#step(this.#length(type - 0xd9));
    else if (type >= 0xc7) this.#step(1 + this.#length(type - 0xc7));
    else this.#step(this.#length(type - 0xc4));
    return 0;
  }

  #counted(type: number): number {
    const count = this.#length(1 + ((type - 0xdc) & 1));
    return type >= 0xde ? 2 * count : count;
  }

  /** A length in 8, 16 or 32 bits. */
  #length(width: number): number {
    const reader = this.#reader;
    if (width === 0) return reader.u8();
    return width === 1 ? reader.u16() : reader.u32();
  }

  #step(bytes: number): void {
    this.#reader.need(bytes, "a value");
    this.#reader.position += bytes;
  }

  #head(type: number, short: number): number {
    if (type !== short && type !== short + 1) return -1;
    this.#reader.position++;
    return this.#length(1 + type - short);
  }

  #peek(): number {
    const type = this.#reader.u8();
    this.#reader.position--;
    return type;
  }
}

/** Bytes of the numbers from ca to d3. */
const sizes: readonly number[] = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];
