// Sockets: bytes on their way in and out of user code. It knows no socket.

/** What can be sent: bytes as they are, or text as UTF-8. */
export type Data = Uint8Array | string;

const encoder = new TextEncoder();

export function toBytes(data: Data): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
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
