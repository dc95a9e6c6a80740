// Codec, on the way up: the keys of objects. The same few keys come again and again. A small cache finds the string for
// their bytes without making a new one. Its size is fixed, and one message can put only `freshKeys` keys into it.
import { byteAt } from "./value-reader.ts";

/** Slots, a power of two, and the longest key that is kept, in bytes. */
const SLOTS = 512;
const LONGEST = 40;

/** Keys of one message that are kept, and that make objects of a shape of their own. */
export const freshKeys = 512;

export class KeyCache {
  /** The bytes of each slot's key, LONGEST for each; their number; and the string, "" where there is none yet. */
  readonly #bytes = new Uint8Array(SLOTS * LONGEST);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => "");

  /** @returns the key whose bytes are `bytes[at..at + length)`, or "" when it is not here */
  find(bytes: Uint8Array, at: number, length: number): string {
    if (length === 0 || length > LONGEST) return "";
    const slot = slotOf(bytes, at, length);
    if (this.#holds(slot, bytes, at, length)) return this.#texts[slot] ?? "";
    return this.#holds(slot ^ 1, bytes, at, length) ? (this.#texts[slot ^ 1] ?? "") : "";
  }

  #holds(slot: number, bytes: Uint8Array, at: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const own = this.#bytes;
    const start = slot * LONGEST;
    for (let i = 0; i < length; i++) {
      if (own[start + i] !== bytes[at + i]) return false;
    }
    return true;
  }

  /**
   * Keeps a key. The one that had its slot has the neighbour's from now on, so that two keys of one slot do not push
   * each other out. @returns the string in the form in which engines hold keys
   */
  keep(bytes: Uint8Array, at: number, length: number, text: string): string {
    if (length === 0 || length > LONGEST) return text;
    const slot = slotOf(bytes, at, length);
    const own = this.#bytes;
    const start = slot * LONGEST;
    const beside = slot ^ 1;
    own.copyWithin(beside * LONGEST, start, start + LONGEST);
    this.#lengths[beside] = this.#lengths[slot] ?? 0;
    this.#texts[beside] = this.#texts[slot] ?? "";
    for (let i = 0; i < length; i++) own[start + i] = byteAt(bytes, at + i);
    this.#lengths[slot] = length;
    // The name of a property is the engine's one string with these characters: setting properties by it is faster.
    const name = Object.keys({ [text]: 0 })[0] ?? text;
    this.#texts[slot] = name;
    return name;
  }
}

/** Length, first, middle and last byte: enough to tell the keys of one program from each other. */
function slotOf(bytes: Uint8Array, at: number, length: number): number {
  const first = byteAt(bytes, at);
  const middle = byteAt(bytes, at + (length >> 1));
  const last = byteAt(bytes, at + length - 1);
  return (length * 7 + first * 31 + middle * 13 + last) & (SLOTS - 1);
}
