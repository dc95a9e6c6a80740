// piscina with one thread; piscina-tasks.mjs is what runs there. It gives the thread as many tasks as it may have.
import { Piscina } from "piscina";

export const packages = ["piscina"];

export async function serve() {
  return { address: "", close: () => {} };
}

export async function connect(
  /** @type {string} */ _name,
  /** @type {string} */ _address,
  /** @type {import("../works.mjs").Work} */ work,
) {
  const pool = new Piscina({
    filename: new URL("./piscina-tasks.mjs", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: work.inFlight,
  });
  return {
    reverse: (/** @type {string} */ text) => pool.run(text, { name: "reverse" }),
    echo: (/** @type {Uint8Array} */ bytes) => pool.run(bytes, { name: "echo" }),
    records: (/** @type {unknown} */ list) => pool.run(list, { name: "records" }),
    close: () => pool.destroy(),
  };
}
