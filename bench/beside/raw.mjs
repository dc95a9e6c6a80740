// @ts-check
// The limit: `node:net` written by hand. A frame is its length, its kind and its bytes; a long message is a frame that says how
// long it will be, and pieces of 256 KiB, of which the next one is sent when the one before was answered, so that small
// messages pass between them. The receiver puts them into one array of that length: a new one, or the one it has.
import { once } from "node:events";
import { connect as connectSocket, createServer } from "node:net";
import { long } from "./works.mjs";

const headLength = 5;
const small = 0;
const piece = 1;
const announced = 2;
const pieceLength = 256 * 1024;

export async function serve(/** @type {import("./works.mjs").Contender} */ { again }) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => {});
    let head = Buffer.alloc(0);
    let left = 0;
    let kind = small;
    let body = new Uint8Array(0);
    let filled = 0;
    socket.on("data", (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        if (left === 0) {
          const some = chunk.subarray(at, at + headLength - head.length);
          head = Buffer.concat([head, some]);
          at += some.length;
          if (head.length < headLength) return;
          left = head.readUInt32BE(0);
          kind = head[4] ?? small;
          head = Buffer.alloc(0);
          if (kind !== announced) continue;
          if (!again || body.length !== left) body = new Uint8Array(left);
          filled = left = 0;
          continue;
        }
        const some = chunk.subarray(at, at + left);
        if (kind === piece) {
          body.set(some, filled);
          filled += some.length;
        }
        at += some.length;
        left -= some.length;
        if (left === 0) socket.write(frame(kind, 0));
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

export async function connect(/** @type {number} */ port) {
  const socket = connectSocket({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  /** @type {(() => void)[]} */
  const smalls = [];
  let answered = () => {};
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= headLength; rest = rest.subarray(headLength))
      if (rest[4] === small) smalls.shift()?.();
      else answered();
  });
  return {
    /** @returns {Promise<void>} */
    small: () =>
      new Promise((resolve) => {
        smalls.push(resolve);
        socket.write(Buffer.concat([frame(small, 1), Buffer.from("x")]));
      }),
    async long() {
      socket.write(frame(announced, long.length));
      for (let at = 0; at < long.length; at += pieceLength) {
        const done = new Promise((/** @type {(value: void) => void} */ resolve) => {
          answered = resolve;
        });
        socket.write(frame(piece, pieceLength));
        socket.write(long.subarray(at, at + pieceLength));
        await done;
      }
    },
  };
}

function frame(/** @type {number} */ kind, /** @type {number} */ length) {
  const head = Buffer.alloc(headLength);
  head.writeUInt32BE(length, 0);
  head[4] = kind;
  return head;
}
