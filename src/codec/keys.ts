// Codec, on the way up: the keys of maps, of which the same few come again and again. A small cache finds the text for
// their bytes without making one. It is of fixed size: a stranger's keys can push others out, and nothing more.
import { byteAt } from "./reader.ts";

/** Slots, a power of two, and the longest key that is kept, in bytes. */
const SLOTS = 256;
const LONGEST = 24;

export class KeyCache {
  /** The bytes of each slot's key, LONGEST for each; their number; and the text, "" where there is none yet. */
  private readonly bytes = new Uint8Array(SLOTS * LONGEST);
  private readonly lengths = new Uint8Array(SLOTS);
  private readonly texts: string[] = Array.from({ length: SLOTS }, () => "");

  /** @returns the text of the key whose bytes are `bytes[at..at + length)`, or "" when it is not here */
  find(bytes: Uint8Array, at: number, length: number): string {
    if (length === 0 || length > LONGEST) return "";
    const slot = slotOf(bytes, at, length);
    if (this.lengths[slot] !== length) return "";
    const own = this.bytes;
    const start = slot * LONGEST;
    for (let i = 0; i < length; i++) {
      if (own[start + i] !== bytes[at + i]) return "";
    }
    return this.texts[slot] ?? "";
  }

  /** Keeps a key, in place of the one that had its slot. Returns the text in the form objects take their keys in. */
  keep(bytes: Uint8Array, at: number, length: number, text: string): string {
    if (length === 0 || length > LONGEST) return text;
    const slot = slotOf(bytes, at, length);
    for (let i = 0; i < length; i++) this.bytes[slot * LONGEST + i] = byteAt(bytes, at + i);
    this.lengths[slot] = length;
    // The name of a property is the engine's one text with these characters: setting properties by it is faster.
    const name = Object.keys({ [text]: 0 })[0] ?? text;
    this.texts[slot] = name;
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

/** An own property, whatever the prototype has of that name: a setter, or nothing writable because it is frozen. */
export function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
