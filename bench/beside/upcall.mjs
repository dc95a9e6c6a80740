// @ts-check
// The product: a long message is an argument like any other, with limits that let it in.
import { open, serve as serveObject, within } from "../../lib/index.js";
import { Beside, sumOf } from "./beside.mjs";
import { long } from "./works.mjs";

const limits = { message: 2 * long.length, partialBytes: 3 * long.length, waitingBytes: 4 * long.length };
const module = new URL("./beside.mjs", import.meta.url);

export async function serve(/** @type {import("./works.mjs").Contender} */ { workers }) {
  const server = await serveObject(Beside, module, "tcp://127.0.0.1:0", { limits, workers });
  return Number(new URL(server.url).port);
}

export async function connect(/** @type {number} */ port, /** @type {import("./works.mjs").Contender} */ { again }) {
  const connection = await open(`tcp://127.0.0.1:${port}`, { limits });
  // Two proxies: calls of one keep their order, so that a small one would wait for the long one before it.
  const far = connection.proxy(Beside);
  const patient = within(connection.proxy(Beside), { timeout: 60_000 });
  const put = () => (again ? patient.lend(long) : patient.put(long));
  return {
    async small() {
      if ((await far.echo("x")) !== "x") throw new Error("a small reply is not what it should be");
    },
    async long() {
      if ((await put()) !== sumOf(long)) throw new Error("the long message is not what it should be");
    },
  };
}
