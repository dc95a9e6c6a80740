// Codec, on the way up: the keys of objects, and the objects whose keys are not in the cache yet. It knows of the
// decoder only that it reads a nested value.
import { indexOf } from "./collisions.ts";
import { readText } from "./decode-text.ts";
import { KeyCache } from "./keys.ts";
import type { Nesting } from "./nesting.ts";
import { asTable, type Fields, isFar, manyFields, setField, setIndex, spread } from "./plain-objects.ts";
import type { TextPlatform } from "./utf8.ts";
import type { Reader } from "./value-reader.ts";

export class Keys extends KeyCache {
  readonly #platform: TextPlatform;

  constructor(platform: TextPlatform) {
    super();
    this.#platform = platform;
  }

  /** An object's key. @throws UpcallError BAD_MESSAGE for a key that is not a string, and for `__proto__` */
  key(reader: Reader): string {
    const length = keyLength(reader);
    const known = this.find(reader.bytes, reader.position, length);
    if (known === "") return this.strange(reader, length);
    reader.position += length;
    return known;
  }

  /**
   * A key that is not in the cache. It is kept only when assigning to it cannot meet anything of Object.prototype
   * (`toString` is not writable where that object is frozen, and other names may have a setter there), when it is no
   * index, and when the message had not too many new ones yet: then `fresh` goes below 0.
   */
  strange(reader: Reader, length: number): string {
    const at = reader.position;
    const key = readText(reader, length, this.#platform);
    if (key === "__proto__") {
      reader.position = at;
      throw reader.fail("BAD_MESSAGE", "an object has the key __proto__");
    }
    if (key in Object.prototype || indexOf(key) >= 0 || reader.fresh-- <= 0) return key;
    return this.keep(reader.bytes, at, length, key);
  }
}

/** @returns the bytes of the key that comes next, which are there */
export function keyLength(reader: Reader): number {
  const type = reader.u8();
  let length = type & 0x1f;
  if (type === 0xd9) length = reader.u8();
  else if (type === 0xda) length = reader.u16();
  else if (type === 0xdb) length = reader.u32();
  else if (type < 0xa0 || type >= 0xc0) {
    reader.position--;
    throw reader.fail("BAD_MESSAGE", "the key of an object is not a string");
  }
  reader.need(length, "a key");
  return length;
}

/**
 * The rest of an object of `count` fields, from the one at `at` on, whose key is not in the cache and has `length`
 * bytes.
 */
export function strangeEntries(
  nesting: Nesting,
  keys: Keys,
  reader: Reader,
  begun: Fields,
  at: number,
  count: number,
  length: number,
  depth: number,
): Fields {
  let object = begun;
  let table = false;
  let far = false;
  let top = -1;
  for (let i = at, bytes = length; ; bytes = keyLength(reader)) {
    const known = keys.find(reader.bytes, reader.position, bytes);
    if (known !== "") {
      reader.position += bytes;
      object[known] = nesting.read(reader, depth);
    } else {
      const key = keys.strange(reader, bytes);
      if (reader.fresh < 0 && !table && i < manyFields) {
        object = asTable(object, far);
        table = true;
      }
      const index = indexOf(key);
      if (!far && isFar(index, i, top)) {
        spread(object);
        far = true;
      }
      if (index > top) top = index;
      const value = nesting.read(reader, depth);
      if (index >= 0) setIndex(object, index, value);
      else setField(object, key, value);
    }
    if (++i === count) return object;
  }
}
