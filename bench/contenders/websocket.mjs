// A WebSocket server and client on loopback, for the peers that speak over `ws`; without compression, as `ws` has it.
import { once } from "node:events";
import { WebSocket, WebSocketServer } from "ws";

export async function listen(/** @type {(socket: WebSocket) => void} */ accepted) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", accepted);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { server, address: `ws://127.0.0.1:${port}`, close: () => server.close() };
}

export async function dial(/** @type {string} */ address) {
  const socket = new WebSocket(address);
  await once(socket, "open");
  return socket;
}

/** Fulfilled when the other side has closed too. */
export async function hangUp(/** @type {WebSocket} */ socket) {
  if (socket.readyState === WebSocket.CLOSED) return;
  socket.close();
  await once(socket, "close");
}
