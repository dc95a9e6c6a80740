// The same objects behind capnweb over ws, judged by the same monitor.
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import { WebSocket, WebSocketServer } from "ws";
import { monitor } from "../../build/test/hostile/monitor.js";

// It asks the class for the names of a socket's states; Node 20 has no such class of its own.
Object.assign(globalThis, { WebSocket });

/** @type {string[]} */
const tripped = [];

class Account extends RpcTarget {
  deposit(/** @type {number} */ amount) {
    return amount;
  }
}

class Target extends RpcTarget {
  reverse(/** @type {string} */ text) {
    return Array.from(text).reverse().join("");
  }

  echo(/** @type {unknown} */ value) {
    return value;
  }

  wait() {
    return new Promise(() => {});
  }

  open() {
    return new Account();
  }

  large(/** @type {number} */ count) {
    const item = new Uint8Array(64 * 1024);
    let sent = 0;
    return new ReadableStream({
      pull(controller) {
        if (sent++ < count) controller.enqueue(item);
        else controller.close();
      },
    });
  }

  odd() {
    return process;
  }
}
Object.defineProperty(Target.prototype, "toString", {
  value: () => {
    tripped.push("toString");
    return "";
  },
});

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => {
  socket.on("error", () => {});
  newWebSocketRpcSession(/** @type {any} */ (socket), new Target());
});
server.on("listening", () => {
  const address = server.address();
  monitor({ tripped: () => tripped });
  process.send?.({ url: `127.0.0.1:${typeof address === "object" ? address?.port : ""}` });
});
