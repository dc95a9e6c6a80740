// Cap'n Web over ws.
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import { WebSocket } from "ws";
import { numbers, reverse } from "../works.mjs";
import { dial, hangUp, listen } from "./websocket.mjs";

export const packages = ["capnweb", "ws"];

// It asks the class for the names of a socket's states; Node 20 has no such class of its own.
Object.assign(globalThis, { WebSocket });

class Target extends RpcTarget {
  reverse(/** @type {string} */ text) {
    return reverse(text);
  }

  echo(/** @type {Uint8Array} */ bytes) {
    return bytes;
  }

  records(/** @type {unknown} */ list) {
    return list;
  }

  numbers() {
    const items = numbers();
    return new ReadableStream({
      pull: async (controller) => controller.enqueue((await items.next()).value),
      cancel: () => void items.return(),
    });
  }
}

export async function serve() {
  return await listen((socket) => void newWebSocketRpcSession(/** @type {any} */ (socket), new Target()));
}

export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  const socket = await dial(address);
  const proxy = /** @type {any} */ (newWebSocketRpcSession(/** @type {any} */ (socket)));
  return {
    reverse: (/** @type {string} */ text) => proxy.reverse(text),
    echo: (/** @type {Uint8Array} */ bytes) => proxy.echo(bytes),
    records: (/** @type {unknown} */ list) => proxy.records(list),
    numbers: () => proxy.numbers(),
    close: () => hangUp(socket),
  };
}
