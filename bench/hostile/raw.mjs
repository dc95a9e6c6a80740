// Raw sockets, and HTTP/2 and WebSocket clients without manners, for the attacks on the peers.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { WebSocket } from "ws";

export class Raw {
  received = 0;
  ended = false;

  /** @param {import("node:net").Socket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.received += chunk.length;
    });
    socket.on("error", () => {});
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("close", () => {
      this.ended = true;
    });
  }

  /** @param {string} address @param {string} [from] */
  static async to(address, from) {
    const [host, port] = address.split(":");
    const socket = connect({
      host: host ?? "",
      port: Number(port),
      ...(from === undefined ? {} : { localAddress: from }),
    });
    const raw = new Raw(socket);
    await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
    return raw;
  }

  /** @param {Uint8Array} bytes */
  async write(bytes) {
    if (this.socket.destroyed || !this.socket.writable) return;
    if (!this.socket.write(bytes))
      await new Promise((resolve) => this.socket.once("drain", resolve).once("close", resolve));
  }

  /** Waits for its end, or so many milliseconds. @param {number} ms */
  async over(ms) {
    const until = performance.now() + ms;
    while (!this.ended && performance.now() < until) await rest(10);
    return this.ended ? "closed" : "it goes on";
  }
}

/** @param {number} ms @returns {Promise<void>} */
export async function rest(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** An HTTP/2 client. @param {string} address */
export async function http2(address) {
  const session = connectHttp2(`http://${address}`);
  session.on("error", () => {});
  await once(session, "connect");
  return session;
}

/** A WebSocket. @param {string} address @param {string} [from] */
export async function websocket(address, from) {
  const socket = new WebSocket(`ws://${address}`, from === undefined ? {} : { localAddress: from });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("open", () => resolve(null)).once("close", resolve));
  return socket;
}

/** One of this machine's own addresses for each 200 connections. @param {number} count */
export function addresses(count) {
  return Array.from({ length: count }, (_, i) => `127.0.1.${1 + Math.floor(i / 200)}`);
}

/** @template T @param {number} count @param {(from: string) => Promise<T>} act */
export async function together(count, act) {
  const left = addresses(count);
  /** @type {T[]} */
  const all = [];
  const next = async () => {
    for (let from = left.pop(); from !== undefined; from = left.pop()) all.push(await act(from));
  };
  await Promise.all(Array.from({ length: 100 }, next));
  return all;
}
