// For all sessions: randomness in advance. Asking a system for random bytes costs about as much for a thousand as for
// sixteen, and each new connection wants sixteen.

import type { Randomness } from "../clock.ts";

const blockBytes = 1024;

/** The same randomness, asked for in blocks. Bytes that were given are cleared. */
export function inAdvance(randomness: Randomness): Randomness {
  let block: Uint8Array = new Uint8Array(blockBytes);
  let used = blockBytes;
  return (bytes) => {
    if (bytes.length > blockBytes) return randomness(bytes);
    if (used + bytes.length > blockBytes) {
      block = randomness(block);
      used = 0;
    }
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = block[used] ?? 0;
      block[used++] = 0;
    }
    return bytes;
  };
}

const fractions = 2 ** 32;

/** Numbers from 0 up to 1, out of bytes. */
export function randomOf(randomness: Randomness): () => number {
  return () => {
    const bytes = randomness(new Uint8Array(4));
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / fractions;
  };
}
