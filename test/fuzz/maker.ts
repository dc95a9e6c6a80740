// Makes MessagePack that is nearly right: every type and every width of it, with lies in its lengths, and afterwards a
// few bytes that are changed. Random bytes alone would hardly get past the first one.

import { Encoder } from "#internal/codec/encode.js";
import { portableText } from "#internal/codec/utf8.js";
import { Writer } from "#internal/codec/writer.js";
import { defaultLimits } from "#internal/limits.js";
import { colliding } from "../codec/colliding.ts";
import type { Random } from "./random.ts";

const capacity = 4096;
/** Room that the longest single thing needs, so that nothing has to look before it writes. */
const margin = 600;

/** Lengths that somebody may have got wrong. */
const lies = [0, 1, 2, 15, 16, 31, 32, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as const;

const texts = [
  "",
  "a",
  "name",
  "message",
  "code",
  "cause",
  "errors",
  "then",
  "toJSON",
  "constructor",
  "__proto__",
  "prototype",
  "hasOwnProperty",
  "session",
  "limits",
  "calls",
  "interfaces",
  "version",
  "versions",
  "reason",
  "outcome",
  "NOT_FOUND",
  "not-executed",
  "Target",
  "reverse",
  "call",
  "perché",
  "\u{1f600}",
  "x".repeat(31),
  "y".repeat(40),
] as const;
const encoded: readonly [Uint8Array, ...Uint8Array[]] = [
  new Uint8Array(0),
  ...texts.map((text) => new TextEncoder().encode(text)),
  // No UTF-8.
  Uint8Array.of(0x80),
  Uint8Array.of(0xe2, 0x82),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xc0, 0x80),
];

interface OneBucket {
  readonly bytes: readonly Uint8Array[];
}

const writer = new Writer();
const encoder = new Encoder(portableText, defaultLimits);
/** Of each kind that collides in an engine's tables, as values are written. */
const keysOfOneBucket: readonly OneBucket[] = Object.values(colliding).map((keys) => ({
  bytes: keys(200).map((key) => {
    writer.position = 0;
    encoder.value(writer, key, "key");
    return writer.slice();
  }),
}));

export class Maker {
  readonly bytes: Uint8Array = new Uint8Array(capacity);
  position = 0;
  readonly #view: DataView = new DataView(this.bytes.buffer);
  readonly #random: Random;
  /** Whether lengths may be lies in this one. */
  #lying = false;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Makes one value, or what looks like one; it is in `bytes` up to `position`. */
  value(): void {
    this.#begin();
    this.#any(0);
    this.#spoil();
  }

  /** The same for a list, as arguments are. */
  list(): void {
    this.#begin();
    this.#array(0);
    this.#spoil();
  }

  /** Bytes without any sense. */
  noise(): void {
    this.position = this.#random.below(200);
    for (let i = 0; i < this.position; i++) this.bytes[i] = this.#random.below(256);
  }

  u8(value: number): void {
    this.bytes[this.position++] = value;
  }

  u32(value: number): void {
    this.#view.setUint32(this.position, value);
    this.position += 4;
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  #begin(): void {
    this.position = 0;
    this.#lying = this.#random.percent(20);
  }

  /** Changes some bytes, or cuts some off, in a third of all. */
  #spoil(): void {
    const random = this.#random;
    if (!random.percent(33) || this.position === 0) return;
    for (let changes = random.below(3); changes >= 0; changes--) {
      const at = random.below(this.position);
      if (random.percent(70)) this.bytes[at] = random.percent(50) ? random.below(256) : (this.bytes[at] ?? 0) ^ 1;
      else if (random.percent(50)) this.position = at;
      else this.bytes.copyWithin(at, at + 1, this.position--);
      if (this.position === 0) return;
    }
  }

  #full(): boolean {
    return this.position > capacity - margin;
  }

  #any(depth: number): void {
    const random = this.#random;
    if (this.#full()) return this.u8(0xc0);
    const what = random.below(depth > 5 ? 12 : 20);
    if (what < 3) this.u8(random.below(256));
    else if (what < 5) this.#number();
    else if (what < 8) this.#text();
    else if (what < 9) this.#binary();
    else if (what < 12) this.#extension(depth);
    else if (what < 16) this.#array(depth);
    else this.#map(depth);
  }

  /** The length that is told for a true one. */
  #told(length: number): number {
    return this.#lying && this.#random.percent(15) ? this.#random.pick(lies) : length;
  }

  /** A head in one of its widths: `short` holds up to `most` in the byte itself. */
  #head(length: number, short: number, most: number, u8: number, u16: number): void {
    const told = this.#told(length);
    const width = this.#random.below(8);
    if (told <= most && width < 5) this.u8(short | told);
    else if (told <= 0xff && u8 !== 0 && width < 6) {
      this.u8(u8);
      this.u8(told);
    } else if (told <= 0xffff && width < 7) {
      this.u8(u16);
      this.u8(told >>> 8);
      this.u8(told & 0xff);
    } else {
      this.u8(u16 + 1);
      this.u32(told);
    }
  }

  #number(): void {
    const random = this.#random;
    const type = 0xca + random.below(10);
    this.u8(type);
    const size = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8][type - 0xca] ?? 1;
    for (let i = 0; i < size; i++) this.u8(random.pick([0, 0, 0xff, 0x80, 0x20, random.below(256)]));
  }

  /** Keys of one bucket, more than are set without a look, one of which may come twice. */
  #colliding(pairs: boolean): void {
    const bytes = keysOfOneBucket[this.#random.below(keysOfOneBucket.length)]?.bytes ?? [];
    for (let i = this.#random.below(200); i > 0 && !this.#full(); i--) {
      this.put(bytes[this.#random.percent(99) ? i : this.#random.below(200)] ?? bytes[0] ?? Uint8Array.of(0xc0));
      if (pairs) this.u8(1);
    }
  }

  #text(): void {
    // Numeric ones with gaps between them, and others that nobody has seen.
    if (this.#random.percent(10)) {
      const bytes = new TextEncoder().encode(`${this.#random.percent(50) ? "" : "k"}${this.#random.u32()}`);
      this.u8(0xa0 | bytes.length);
      return this.put(bytes);
    }
    const bytes = this.#random.pick(encoded);
    this.#head(bytes.length, 0xa0, 31, 0xd9, 0xda);
    this.put(bytes);
  }

  #binary(): void {
    const length = this.#random.below(40);
    const told = this.#told(length);
    if (told <= 0xff) {
      this.u8(0xc4);
      this.u8(told);
    } else {
      this.u8(0xc6);
      this.u32(told);
    }
    this.position += length;
  }

  #array(depth: number): void {
    const length = this.#random.below(this.#random.percent(10) ? 40 : 5);
    this.#head(length, 0x90, 15, 0, 0xdc);
    for (let i = 0; i < length; i++) this.#any(depth + 1);
  }

  #map(depth: number): void {
    const length = this.#random.below(5);
    this.#head(length, 0x80, 15, 0, 0xde);
    for (let i = 0; i < length; i++) {
      if (this.#random.percent(95)) this.#text();
      else this.#any(depth + 1);
      this.#any(depth + 1);
    }
  }

  /** The head is written when the payload is here. */
  #extension(depth: number): void {
    const random = this.#random;
    const head = this.position;
    this.position += 6;
    const type = random.percent(95) ? random.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 255]) : random.below(256);
    this.#payload(type, depth);
    const length = this.#told(this.position - head - 6);
    this.bytes[head] = 0xc9;
    this.#view.setUint32(head + 1, length);
    this.bytes[head + 5] = type;
  }

  #payload(type: number, depth: number): void {
    const random = this.#random;
    if (this.#full()) return this.u8(0);
    if ((type === 2 || type === 3) && random.percent(15)) this.#colliding(type === 2);
    else if (type === 2 || type === 3) for (let i = random.below(6); i > 0; i--) this.#any(depth + 1);
    else if (type === 4) {
      this.u8(random.below(14));
      this.position += random.below(5) * 8 + (random.percent(20) ? 1 : 0);
    } else if (type === 5) this.#map(depth + 1);
    else if (type === 7) {
      this.u8(random.below(4));
      this.u32(random.below(6));
    } else if (type === 8) this.#records(depth);
    else
      for (let i = random.pick([0, 1, 1, 4, 8, 12, 3]); i > 0; i--)
        this.u8(random.pick([0, 1, 0xff, random.below(256)]));
  }

  #records(depth: number): void {
    const keys = this.#random.below(4);
    this.#head(keys, 0x90, 15, 0, 0xdc);
    for (let i = 0; i < keys; i++) this.#text();
    for (let i = keys * this.#random.below(4); i > 0; i--) this.#any(depth + 1);
  }
}
