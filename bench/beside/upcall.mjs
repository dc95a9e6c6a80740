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

export async function serve() {
  const object = {
    echo: (/** @type {string} */ text) => text,
    put: (/** @type {Uint8Array} */ bytes) => bytes.length + (bytes[bytes.length - 4_096] ?? 0),
  };
  const server = await serveObject(Beside, object, "tcp://127.0.0.1:0", { limits });
  return Number(new URL(server.url).port);
}

export async function connect(/** @type {number} */ port) {
  const far = await connectProxy(Beside, `tcp://127.0.0.1:${port}`, { limits });
  const patient = within(far, { timeout: 60_000 });
  const sum = long.length + (long[long.length - 4_096] ?? 0);
  return {
    async small() {
      if ((await far.echo("x")) !== "x") throw new Error("a small reply is not what it should be");
    },
    async long() {
      if ((await patient.put(long)) !== sum) throw new Error("the long message is not what it should be");
    },
  };
}
