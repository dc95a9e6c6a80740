// The limit between threads: bare worker_threads messages, one array of texts a turn each way. No ids: messages keep
// their order.
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { reverse, reversed, texts, variety } from "../works.mjs";

export const packages = [];

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on("message", (/** @type {string[]} */ list) => port.postMessage(list.map(reverse)));
}

export async function serve() {
  return { address: "", close: () => {} };
}

/** @returns {Promise<number>} */
export async function run(
  /** @type {string} */ _name,
  /** @type {string} */ _address,
  /** @type {import("../works.mjs").Work} */ work,
  /** @type {number} */ milliseconds,
) {
  const worker = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => worker.once("online", resolve));
  const end = performance.now() + milliseconds;
  let sent = 0;
  let received = 0;
  const calls = await new Promise((resolve, reject) => {
    const send = (/** @type {number} */ count) => {
      const list = [];
      for (let each = 0; each < count; each++) list.push(texts[sent++ & (variety - 1)]);
      worker.postMessage(list);
    };
    worker.on("error", reject);
    worker.on("message", (/** @type {string[]} */ list) => {
      for (const text of list) {
        if (text !== reversed[received++ & (variety - 1)]) reject(new Error("a reply is not what it should be"));
      }
      if (performance.now() < end) send(list.length);
      else if (received === sent) resolve(sent);
    });
    send(work.inFlight);
  });
  await worker.terminate();
  return calls;
}
