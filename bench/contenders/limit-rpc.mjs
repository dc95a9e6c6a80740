// The honest ceiling: the limit with an id, a promise and a text for each call, and nothing else.
//
//   frame:  4 bytes id | 32 bytes text
import { connect as connectSocket, createServer } from "node:net";
import { reverse } from "../works.mjs";

export const packages = [];

const textLength = 32;
const frameLength = 4 + textLength;

export async function serve() {
  const server = createServer({ noDelay: true }, (socket) => {
    const out = batch(socket);
    socket.on("error", () => {});
    frames(socket, (id, text) => out(id, reverse(text)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  return { address: String(typeof address === "object" ? address?.port : ""), close: () => server.close() };
}

export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  const socket = connectSocket({ port: Number(address), host: "127.0.0.1", noDelay: true });
  await new Promise((resolve, reject) => socket.once("connect", () => resolve(null)).once("error", reject));
  /** @type {Map<number, (text: string) => void>} */
  const pending = new Map();
  const out = batch(socket);
  let next = 0;
  frames(socket, (id, text) => {
    pending.get(id)?.(text);
    pending.delete(id);
  });
  return {
    reverse: (/** @type {string} */ text) =>
      new Promise((/** @type {(text: string) => void} */ resolve) => {
        const id = next++ & 0x7fff_ffff;
        pending.set(id, resolve);
        out(id, text);
      }),
    close: () => socket.destroy(),
  };
}

/** Frames of one turn in one write. */
function batch(/** @type {import("node:net").Socket} */ socket) {
  let buffer = Buffer.allocUnsafe(0);
  let length = 0;
  const flush = () => {
    socket.write(buffer.subarray(0, length));
    // A new one each time: whether the kernel took all of it is not known here.
    buffer = Buffer.allocUnsafe(0);
    length = 0;
  };
  return (/** @type {number} */ id, /** @type {string} */ text) => {
    if (length === 0) process.nextTick(flush);
    if (length + frameLength > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(4096, buffer.length * 2));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    buffer.writeUInt32LE(id, length);
    buffer.latin1Write(text, length + 4, textLength);
    length += frameLength;
  };
}

function frames(
  /** @type {import("node:net").Socket} */ socket,
  /** @type {(id: number, text: string) => void} */ take,
) {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + frameLength <= bytes.length; at += frameLength)
      take(bytes.readUInt32LE(at), bytes.latin1Slice(at + 4, at + frameLength));
    rest = bytes.subarray(at);
  });
}
