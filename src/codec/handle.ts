// Codec: what stands in a message for something that is not copied: an object, a function, a stream. Only the session
// makes handles and knows what their numbers mean; here they are two numbers.

/** The kinds of handles: what the number counts. */
export const handleKind = {
  /** An object of the sender; the number is that of its own table. */
  mine: 0,
  /** An object of the receiver that comes home; the number is that of the receiver's table. */
  yours: 1,
  /** A stream that the sender produces. */
  stream: 2,
} as const;

export type HandleKind = (typeof handleKind)[keyof typeof handleKind];

const kinds: readonly HandleKind[] = [handleKind.mine, handleKind.yours, handleKind.stream];

/** A handle's payload: its kind in one byte, its number in four. */
export const handleBytes = 5;

export class Handle {
  readonly kind: HandleKind;
  readonly id: number;

  /** @param id at most 2^32-1 */
  constructor(kind: HandleKind, id: number) {
    this.kind = kind;
    this.id = id;
  }
}

/** The kind that a byte off the wire means, undefined where it means none. */
export function kindOfByte(byte: number): HandleKind | undefined {
  return kinds[byte];
}
