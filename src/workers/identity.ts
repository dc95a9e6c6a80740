// Workers: who a caller is, as bytes that go with its calls to a worker. The same caller makes many calls, so an
// identity is marshalled once, and stays what it was then.

import type { Decoder } from "../codec/decode.ts";
import type { Encoder } from "../codec/encode.ts";
import { Writer } from "../codec/writer.ts";
import { notExecuted } from "../errors.ts";

/** Bytes of the longest that a worker is told. */
export const longestIdentity = 4096;

const noIdentity = new Uint8Array(0);
const known: WeakMap<object, Uint8Array> = new WeakMap();
let lastPlain: unknown = null;
let lastPlainBytes: Uint8Array = noIdentity;

/**
 * No bytes without an identity.
 * @throws UpcallError INVALID_ARGUMENT (NOT_MARSHALLABLE), RESOURCE_EXHAUSTED (TOO_LARGE, TOO_MANY, TOO_DEEP)
 */
export function identityBytes(encoder: Encoder, identity: unknown): Uint8Array {
  if (identity === null || identity === undefined) return noIdentity;
  if (typeof identity !== "object") {
    if (identity === lastPlain) return lastPlainBytes;
    lastPlainBytes = marshalled(encoder, identity);
    lastPlain = identity;
    return lastPlainBytes;
  }
  const bytes = known.get(identity) ?? marshalled(encoder, identity);
  known.set(identity, bytes);
  return bytes;
}

/** The reverse. */
export function identityIn(decoder: Decoder, bytes: Uint8Array): unknown {
  return bytes.length === 0 ? null : decoder.value(bytes, 0, bytes.length);
}

function marshalled(encoder: Encoder, identity: unknown): Uint8Array {
  const writer = new Writer();
  encoder.value(writer, identity, "identity");
  if (writer.position > longestIdentity)
    throw notExecuted(
      "RESOURCE_EXHAUSTED",
      "TOO_LARGE",
      `an identity is ${writer.position} bytes long, and a worker is told ${longestIdentity}: keep less in it`,
    );
  return writer.slice();
}
