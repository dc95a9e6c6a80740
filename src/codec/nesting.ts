// Codec, on the way up: what the parts that read containers ask of the decoder that they belong to.
import type { Reader } from "./value-reader.ts";

/** What an extension with values inside asks of the decoder. */
export interface Nesting {
  readonly bigintDigits: number;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
  /** Reads a value whose containers stand at `depth`. */
  read(reader: Reader, depth: number): unknown;
  /** A key that no object has yet. */
  key(reader: Reader): string;
  /** Reads the head of an array. @returns how many items it declares */
  arrayLength(reader: Reader): number;
  below(reader: Reader, depth: number): number;
  spend(reader: Reader, n: number): void;
  /** Spends `n` for values that were declared, when so many bytes are left. */
  count(reader: Reader, n: number, what: string): void;
}
