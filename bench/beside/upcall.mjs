// @ts-check
// The product: a long message is an argument like any other, with limits that let it in.
import { connect as connectProxy, defineInterface, method, serve as serveObject, within } from "../../lib/index.js";
import { long } from "./works.mjs";

const Beside = defineInterface("Beside", {
  /** @type {import("../../dist/index.js").MethodSpec<(text: string) => string>} */
  echo: method(),
  /** @type {import("../../dist/index.js").MethodSpec<(bytes: Uint8Array) => number>} */
  put: method(),
});
const limits = { message: 2 * long.length, partialBytes: 3 * long.length, waitingBytes: 4 * long.length };

/** The last page's number and the length: a whole sum would be a part of what is measured. */
function sumOf(/** @type {Uint8Array} */ bytes) {
  const last = bytes.length - 4_096;
  return bytes.length + (bytes[last] ?? 0) * 256 + (bytes[last + 1] ?? 0);
}

export async function serve() {
  const object = {
    echo: (/** @type {string} */ text) => text,
    put: sumOf,
  };
  const server = await serveObject(Beside, object, "tcp://127.0.0.1:0", { limits });
  return Number(new URL(server.url).port);
}

export async function connect(/** @type {number} */ port) {
  const far = await connectProxy(Beside, `tcp://127.0.0.1:${port}`, { limits });
  const patient = within(far, { timeout: 60_000 });
  return {
    async small() {
      if ((await far.echo("x")) !== "x") throw new Error("a small reply is not what it should be");
    },
    async long() {
      if ((await patient.put(long)) !== sumOf(long)) throw new Error("the long message is not what it should be");
    },
  };
}
