// upcall on every medium and worker model; the contender's name says which.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { close, connect as connectProxy, serve as serveObject } from "../../lib/index.js";
import { Bench } from "./upcall-interface.mjs";
import object from "./upcall-object.mjs";

export const packages = [];

/** Beyond the defaults, so that 10,000 connections, 4,096 calls and messages of 4 MiB can be measured. */
const many = { connections: 20_000, connectionsPerAddress: 20_000, message: 8 * 1024 * 1024, running: 8_192 };
const generous = { message: many.message, waitingBytes: 256 * 1024 * 1024 };

export async function serve(/** @type {string} */ name, /** @type {import("../works.mjs").Work} */ work) {
  const url = name.includes("unix")
    ? `unix:${join(tmpdir(), `upcall-bench-${process.pid}.sock`)}`
    : name.includes("memory")
      ? "memory:bench"
      : "tcp://127.0.0.1:0";
  const named = /(?:threads|processes):\S+/.exec(name)?.[0];
  const workers = work.workers === 0 ? named : named?.replace(/\d+$/, String(work.workers));
  const server =
    workers === undefined
      ? await serveObject([object], url, { limits: many, ambient: name.includes("ambient") })
      : await serveObject(Bench, new URL("./upcall-object.mjs", import.meta.url), url, {
          workers: /** @type {import("../../dist/index.js").Workers} */ (workers),
          limits: many,
        });
  return { address: server.url, close: () => server.close() };
}

/** @returns {Promise<import("../drive.mjs").Client>} */
export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  const proxy = /** @type {any} */ (await connectProxy(Bench, address, { limits: generous }));
  return {
    reverse: (text) => proxy.reverse(text),
    echo: (bytes) => proxy.echo(bytes),
    records: (list) => proxy.records(list),
    numbers: () => proxy.numbers(),
    spin: (milliseconds) => proxy.spin(milliseconds),
    close: () => close(proxy),
  };
}
