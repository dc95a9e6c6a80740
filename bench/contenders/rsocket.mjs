// rsocket-js 0.0.27 over TCP: binary frames, requestResponse. Its payloads are bytes; texts and records are made of
// them here, records as JSON.
import { createServer } from "node:net";
import rsocket from "rsocket-core";
import tcpClient from "rsocket-tcp-client";
import tcpServer from "rsocket-tcp-server";
import { numbers, reverse } from "../works.mjs";

export const packages = ["rsocket-core", "rsocket-tcp-client", "rsocket-tcp-server"];

const { BufferEncoders, RSocketClient, RSocketServer } = rsocket;
const upcalls = {
  reverse: (/** @type {Buffer} */ data) => Buffer.from(reverse(data.toString("latin1")), "latin1"),
  echo: (/** @type {Buffer} */ data) => data,
  records: (/** @type {Buffer} */ data) => Buffer.from(JSON.stringify(JSON.parse(data.toString()))),
};
const names = {
  reverse: Buffer.from("reverse"),
  echo: Buffer.from("echo"),
  records: Buffer.from("records"),
  numbers: Buffer.from("numbers"),
};

export async function serve() {
  const { Flowable, Single } = await import("rsocket-flowable").then((module) => module.default);
  /** @type {import("node:net").Server | null} */
  let listening = null;
  const server = new RSocketServer({
    getRequestHandler: () => ({
      requestResponse: (/** @type {{ data: Buffer, metadata: Buffer }} */ payload) => {
        const upcall = upcalls[/** @type {keyof typeof upcalls} */ (payload.metadata.toString("latin1"))];
        return Single.of({ data: upcall(payload.data) });
      },
      requestStream: () => new Flowable(produce),
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

/** The source, as far as the subscriber asked for it. */
function produce(/** @type {any} */ subscriber) {
  const items = numbers();
  let wanted = 0;
  let running = false;
  let over = false;
  const run = async () => {
    running = true;
    for (; wanted > 0 && !over; wanted--) {
      const { value } = await items.next();
      const data = Buffer.allocUnsafe(4);
      data.writeInt32BE(Number(value));
      if (!over) subscriber.onNext({ data });
    }
    running = false;
  };
  subscriber.onSubscribe({
    cancel: () => {
      over = true;
      void items.return();
    },
    request: (/** @type {number} */ count) => {
      wanted += count;
      if (!running) void run();
    },
  });
}

/** Items asked for at once: as many as upcall's window holds of such numbers. */
const window = 32 * 1024;

/** What `socket` streams, as an async iterable; more is asked for when half a window was taken. */
async function* numbersOf(/** @type {any} */ socket) {
  /** @type {number[]} */
  let came = [];
  /** @type {(() => void) | null} */
  let wake = null;
  /** @type {any} */
  let subscription = null;
  let taken = 0;
  socket.requestStream({ data: Buffer.alloc(0), metadata: names.numbers }).subscribe({
    onSubscribe: (/** @type {any} */ given) => {
      subscription = given;
      given.request(window);
    },
    onNext: (/** @type {{ data: Buffer }} */ { data }) => {
      came.push(data.readInt32BE());
      wake?.();
    },
  });
  try {
    for (;;) {
      const items = came;
      came = [];
      for (const item of items) yield item;
      taken += items.length;
      if (taken >= window / 2) {
        subscription.request(taken);
        taken = 0;
      }
      if (came.length > 0) continue;
      await new Promise((resolve) => {
        wake = () => resolve(null);
      });
      wake = null;
    }
  } finally {
    subscription.cancel();
  }
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
    numbers: () => numbersOf(socket),
    close: () => client.close(),
  };
}
