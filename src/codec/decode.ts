// Codec, on the way up to the session: bytes to values. The bytes are not trusted: every declared length is compared
// with what is there before memory is taken for it. It knows neither messages nor methods.
import { UpcallError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { readExtension } from "./decode-extension.ts";
import { Keys, keyLength, strangeEntries } from "./decode-keys.ts";
import { readText } from "./decode-text.ts";
import { freshKeys } from "./keys.ts";
import type { Nesting } from "./nesting.ts";
import type { Fields } from "./plain-objects.ts";
import type { TextPlatform } from "./utf8.ts";
import { type Owned, Reader } from "./value-reader.ts";

/** The limits for received values. */
export type DecodeLimits = Pick<Limits, "depth" | "nodes" | "bigintDigits" | "collisions">;

/**
 * For how many bytes of a stream's items one more key may be new, and how many comparisons of keys each byte allows.
 */
const bytesForKey = 64;
const comparisonsForByte = 16;

/**
 * Turns MessagePack into values: what {@link Encoder} writes, and what any MessagePack library writes if all keys are
 * strings. Values do not share memory with the bytes, unless `owned` allows it. Of a key that comes twice the last one
 * wins. No method, getter or setter of the program is called. One decoder may serve any number of connections.
 */
export class Decoder implements Nesting {
  readonly #platform: TextPlatform;
  readonly #limits: DecodeLimits;
  readonly #reader = new Reader();
  readonly #keys: Keys;
  readonly bigintDigits: number;
  readonly now: () => number;
  /** One past the last byte of what {@link item} read last. */
  itemEnd = 0;

  /**
   * @param platform how bytes become text
   * @param limits   most nested containers, values in one message (keys counted), decimal digits of a bigint, and
   *   comparisons of keys that collide
   * @param now      milliseconds: whether setting keys has come to a stand; without it the limit has to do
   */
  constructor(platform: TextPlatform, limits: DecodeLimits, now: () => number = () => 0) {
    this.#platform = platform;
    this.#limits = limits;
    this.bigintDigits = limits.bigintDigits;
    this.now = now;
    this.#keys = new Keys(platform);
    this.#reader.fresh = freshKeys;
    this.#reader.comparisons = limits.collisions;
  }

  /**
   * The one value that `bytes[start..end)` is.
   *
   * @param owned whether `bytes` are not used again, or not too soon, so that a long byte array may be a view of them
   * @param handles whether it may be a handle; none may stand deeper
   * @throws UpcallError INVALID_ARGUMENT, not-executed: BAD_MESSAGE, TOO_DEEP, TOO_MANY or TOO_LARGE
   */
  value(bytes: Uint8Array, start: number, end: number, owned: Owned = false, handles = false): unknown {
    const reader = this.#reader;
    try {
      reader.owned = owned;
      reader.handles = handles;
      reader.fresh = freshKeys;
      reader.comparisons = this.#limits.collisions;
      reader.begin(bytes, start, end, this.#limits.nodes - 1);
      const value = this.read(reader, 0);
      if (reader.position < reader.end) throw this.#more(reader);
      reader.release();
      return value;
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }

  /**
   * The value that begins at `start`; where it ends, `itemEnd` says. Others may follow up to `end`.
   * @throws UpcallError as {@link value} does
   */
  item(bytes: Uint8Array, start: number, end: number): unknown {
    const reader = this.#reader;
    try {
      reader.owned = false;
      reader.handles = false;
      reader.begin(bytes, start, end, this.#limits.nodes - 1);
      const value = this.read(reader, 0);
      this.itemEnd = reader.position;
      this.#earn(reader.position - start);
      reader.release();
      return value;
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }

  /**
   * The one array that `bytes[start..end)` is, such as arguments. It is itself no level of depth.
   * @param owned as for {@link value}
   * @param handles whether its elements may be handles; none may stand deeper
   */
  list(bytes: Uint8Array, start: number, end: number, owned: Owned = false, handles = false): unknown[] {
    const reader = this.#reader;
    try {
      reader.owned = owned;
      reader.handles = handles;
      reader.fresh = freshKeys;
      reader.comparisons = this.#limits.collisions;
      reader.begin(bytes, start, end, this.#limits.nodes - 1);
      const values = this.#items(reader, this.arrayLength(reader), 0);
      if (reader.position < reader.end) throw this.#more(reader);
      reader.release();
      return values;
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }

  /** Many items may come in one turn of the event loop, so they share one budget; each adds to it by its length. */
  #earn(bytes: number): void {
    const reader = this.#reader;
    const limits = this.#limits;
    reader.fresh = Math.min(freshKeys, Math.max(0, reader.fresh) + Math.floor(bytes / bytesForKey));
    reader.comparisons = Math.min(limits.collisions, Math.max(0, reader.comparisons) + comparisonsForByte * bytes);
  }

  #more(reader: Reader): UpcallError {
    return reader.fail("BAD_MESSAGE", `the value has ended and ${reader.end - reader.position} more bytes follow`);
  }

  /** A RangeError means that `limits.depth` allows more than this platform's stack has. It becomes an UpcallError. */
  #failed(thrown: unknown): unknown {
    this.#reader.release();
    return thrown instanceof UpcallError
      ? thrown
      : this.#reader.fail("TOO_DEEP", "the stack of this platform is used up");
  }

  arrayLength(reader: Reader): number {
    const type = reader.u8();
    return type >= 0x90 && type < 0xa0 ? type & 0x0f : this.#longArray(reader, type);
  }

  #longArray(reader: Reader, type: number): number {
    if (type === 0xdc) return reader.u16();
    if (type === 0xdd) return reader.u32();
    reader.position--;
    throw reader.fail("BAD_MESSAGE", "an array should stand here");
  }

  /** Reads a value whose containers stand at `depth`; a step of the recursion, called by this folder. */
  read(reader: Reader, depth: number): unknown {
    const type = reader.u8();
    if (type < 0x80) return type;
    if (type < 0x90) return this.#entries(reader, type & 0x0f, this.below(reader, depth));
    if (type < 0xa0) return this.#items(reader, type & 0x0f, this.below(reader, depth));
    if (type < 0xc0) return readText(reader, type & 0x1f, this.#platform);
    if (type === 0xd9) return readText(reader, reader.u8(), this.#platform);
    return type >= 0xe0 ? type - 0x100 : this.#long(reader, type, depth);
  }

  /** What needs more than its first byte. Apart from the rest, which the compiler puts into its callers. */
  #long(reader: Reader, type: number, depth: number): unknown {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return reader.take(reader.u8(), "binary");
      case 0xc5:
        return reader.binary(reader.u16());
      case 0xc6:
        return reader.binary(reader.u32());
      case 0xc7:
        return readExtension(this, reader, reader.u8(), depth);
      case 0xc8:
        return readExtension(this, reader, reader.u16(), depth);
      case 0xc9:
        return readExtension(this, reader, reader.u32(), depth);
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
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return readExtension(this, reader, 1 << (type - 0xd4), depth);
      case 0xda:
        return readText(reader, reader.u16(), this.#platform);
      case 0xdb:
        return readText(reader, reader.u32(), this.#platform);
      case 0xdc:
        return this.#items(reader, reader.u16(), this.below(reader, depth));
      case 0xdd:
        return this.#items(reader, reader.u32(), this.below(reader, depth));
      case 0xde:
        return this.#entries(reader, reader.u16(), this.below(reader, depth));
      case 0xdf:
        return this.#entries(reader, reader.u32(), this.below(reader, depth));
      default:
        reader.position--;
        throw reader.fail("BAD_MESSAGE", "the byte c1 stands where a value should");
    }
  }

  /** The depth inside a container that stands at `depth`. */
  below(reader: Reader, depth: number): number {
    const most = this.#limits.depth;
    if (depth >= most)
      throw reader.fail("TOO_DEEP", `containers are nested more than ${most} levels deep (limits.depth)`);
    return depth + 1;
  }

  /** Takes `n` from what is left of the limit on nodes. */
  spend(reader: Reader, n: number): void {
    reader.nodes -= n;
    if (reader.nodes < 0) throw this.#tooMany(reader);
  }

  #tooMany(reader: Reader): UpcallError {
    return reader.fail("TOO_MANY", `there are more than ${this.#limits.nodes} values, keys counted (limits.nodes)`);
  }

  /**
   * Elements take a byte at least, keys and their values one each: a larger count is refused before memory is taken for
   * it.
   */
  count(reader: Reader, n: number, what: string): void {
    if (n > reader.end - reader.position) throw this.#missing(reader, n, what);
    this.spend(reader, n);
  }

  #missing(reader: Reader, n: number, what: string): UpcallError {
    const left = reader.end - reader.position;
    return reader.fail("BAD_MESSAGE", `${what} declares ${n} values and ${left} bytes are left`);
  }

  #items(reader: Reader, length: number, depth: number): unknown[] {
    this.count(reader, length, "an array");
    // Most calls have one argument, and an array that grows takes room for seventeen.
    if (length === 1) return [this.read(reader, depth)];
    const values: unknown[] = [];
    for (let i = 0; i < length; i++) values.push(this.read(reader, depth));
    return values;
  }

  #entries(reader: Reader, count: number, depth: number): object {
    this.count(reader, 2 * count, "an object");
    const object: Fields = {};
    for (let i = 0; i < count; i++) {
      const length = keyLength(reader);
      const known = this.#keys.find(reader.bytes, reader.position, length);
      if (known === "") return strangeEntries(this, this.#keys, reader, object, i, count, length, depth);
      reader.position += length;
      object[known] = this.read(reader, depth);
    }
    return object;
  }

  key(reader: Reader): string {
    return this.#keys.key(reader);
  }
}
