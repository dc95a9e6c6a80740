// rsocket-js 0.0.27 over TCP: binary frames, requestResponse. Its payloads are bytes; texts and records are made of
// them here, records as JSON.
import { createServer } from "node:net";
import rsocket from "rsocket-core";
import tcpClient from "rsocket-tcp-client";
import tcpServer from "rsocket-tcp-server";
import { reverse } from "../works.mjs";

export const packages = ["rsocket-core", "rsocket-tcp-client", "rsocket-tcp-server"];

const { BufferEncoders, RSocketClient, RSocketServer } = rsocket;
const upcalls = {
  reverse: (/** @type {Buffer} */ data) => Buffer.from(reverse(data.toString("latin1")), "latin1"),
  echo: (/** @type {Buffer} */ data) => data,
  records: (/** @type {Buffer} */ data) => Buffer.from(JSON.stringify(JSON.parse(data.toString()))),
};
const names = { reverse: Buffer.from("reverse"), echo: Buffer.from("echo"), records: Buffer.from("records") };

export async function serve() {
  const { Single } = await import("rsocket-flowable").then((module) => module.default);
  /** @type {import("node:net").Server | null} */
  let listening = null;
  const server = new RSocketServer({
    getRequestHandler: () => ({
      requestResponse: (/** @type {{ data: Buffer, metadata: Buffer }} */ payload) => {
        const upcall = upcalls[/** @type {keyof typeof upcalls} */ (payload.metadata.toString("latin1"))];
        return Single.of({ data: upcall(payload.data) });
      },
    }),
    transport: new tcpServer.default(
      {
        host: "127.0.0.1",
        port: 0,
        serverFactory: (/** @type {(socket: import("node:net").Socket) => void} */ accepted) => {
          listening = createServer({ noDelay: true }, accepted);
          return listening;
        },
      },
      BufferEncoders,
    ),
  });
  server.start();
  const opened = /** @type {import("node:net").Server} */ (/** @type {unknown} */ (listening));
  if (!opened.listening) await new Promise((resolve) => opened.once("listening", () => resolve(null)));
  const address = opened.address();
  return { address: String(typeof address === "object" ? address?.port : ""), close: () => opened.close() };
}

export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  const client = new RSocketClient({
    setup: {
      keepAlive: 60_000,
      lifetime: 180_000,
      dataMimeType: "application/octet-stream",
      metadataMimeType: "text/plain",
    },
    transport: new tcpClient.default({ host: "127.0.0.1", port: Number(address) }, BufferEncoders),
  });
  const socket = await client.connect();
  const request = (/** @type {Buffer} */ metadata, /** @type {Buffer} */ data) =>
    new Promise((/** @type {(data: Buffer) => void} */ resolve, reject) =>
      socket
        .requestResponse({ data, metadata })
        .subscribe({ onComplete: (/** @type {{ data: Buffer }} */ payload) => resolve(payload.data), onError: reject }),
    );
  return {
    reverse: async (/** @type {string} */ text) =>
      (await request(names.reverse, Buffer.from(text, "latin1"))).toString("latin1"),
    echo: (/** @type {Uint8Array} */ bytes) =>
      request(names.echo, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    records: async (/** @type {unknown} */ list) =>
      JSON.parse((await request(names.records, Buffer.from(JSON.stringify(list)))).toString()),
    close: () => client.close(),
  };
}
