// birpc over ws, marshalled by msgpackr.
import { createBirpc } from "birpc";
import { pack, unpack } from "msgpackr";
import { reverse } from "../works.mjs";
import { dial, hangUp, listen } from "./websocket.mjs";

export const packages = ["birpc", "ws", "msgpackr"];

const functions = {
  reverse,
  echo: (/** @type {Uint8Array} */ bytes) => bytes,
  records: (/** @type {unknown} */ list) => list,
};

function over(/** @type {import("ws").WebSocket} */ socket) {
  return {
    post: (/** @type {Uint8Array} */ data) => socket.send(data),
    on: (/** @type {(data: unknown) => void} */ take) => void socket.on("message", take),
    serialize: pack,
    deserialize: unpack,
  };
}

export async function serve() {
  return await listen((socket) => void createBirpc(functions, over(socket)));
}

export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  const socket = await dial(address);
  const proxy = createBirpc({}, over(socket));
  return {
    reverse: (/** @type {string} */ text) => proxy.$call("reverse", text),
    echo: (/** @type {Uint8Array} */ bytes) => proxy.$call("echo", bytes),
    records: (/** @type {unknown} */ list) => proxy.$call("records", list),
    close: () => hangUp(socket),
  };
}
