// Comlink on a worker thread, through its adapter for Node.
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { expose, wrap } from "comlink/dist/esm/comlink.mjs";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { reverse } from "../works.mjs";

export const packages = ["comlink"];

if (!isMainThread && parentPort !== null) {
  expose(
    { reverse, echo: (/** @type {Uint8Array} */ bytes) => bytes, records: (/** @type {unknown} */ list) => list },
    nodeEndpoint(parentPort),
  );
}

export async function serve() {
  return { address: "", close: () => {} };
}

export async function connect() {
  const worker = new Worker(new URL(import.meta.url));
  const proxy = /** @type {any} */ (wrap(nodeEndpoint(worker)));
  return {
    reverse: (/** @type {string} */ text) => proxy.reverse(text),
    echo: (/** @type {Uint8Array} */ bytes) => proxy.echo(bytes),
    records: (/** @type {unknown} */ list) => proxy.records(list),
    close: () => worker.terminate(),
  };
}
