// Sockets: bytes on their way in and out of user code. It knows no socket.
import { types } from "node:util";
import { notExecuted } from "../errors.ts";

/** What can be sent: bytes as they are, or a string as UTF-8. */
export type Data = Uint8Array | string;

const encoder = new TextEncoder();
/** Half of a surrogate pair, which UTF-8 cannot hold. */
const half = /\p{Surrogate}/u;

/**
 * What is sent, as bytes.
 *
 * @param what the call, for the error's message
 * @throws UpcallError INVALID_ARGUMENT (NOT_MARSHALLABLE) for half a character; INVALID_ARGUMENT (BAD_ARGUMENT) for a
 *   value that is neither bytes nor a string
 */
export function toBytes(what: string, data: Data): Uint8Array {
  if (typeof data === "string") {
    const at = data.search(half);
    if (at >= 0)
      throw notExecuted(
        "INVALID_ARGUMENT",
        "NOT_MARSHALLABLE",
        `${what} was given a string with half a character (a lone surrogate, at ${at}), which UTF-8 cannot hold, and nothing was sent: mend the string, or send bytes`,
      );
    return encoder.encode(data);
  }
  // Not instanceof, which is false for an array of another realm.
  if (types.isUint8Array(data)) return data;
  throw notExecuted(
    "INVALID_ARGUMENT",
    "BAD_ARGUMENT",
    `${what} was given ${kindOf(data)}, and nothing was sent: give it a Uint8Array, or a string, which goes as UTF-8`,
  );
}

/** Says what a value is, and calls nothing of it. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array, which may be meant as Uint8Array.from(array)";
  if (types.isAnyArrayBuffer(value)) return "an ArrayBuffer, which may be meant as new Uint8Array(buffer)";
  if (ArrayBuffer.isView(value)) return "a view of a buffer that is no Uint8Array";
  return types.isPromise(value) ? "a promise, which has to be awaited" : "an object";
}

/**
 * The same bytes in a buffer that nothing else uses, so that user code may keep, change or transfer them. Copies only
 * when the buffer holds more than these bytes.
 */
export function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  return new Uint8Array(bytes);
}
