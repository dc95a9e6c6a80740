// @grpc/grpc-js with messages declared in grpc.proto, without TLS.
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { numbers, reverse } from "../works.mjs";

export const packages = ["@grpc/grpc-js", "@grpc/proto-loader"];

const definition = loadSync(fileURLToPath(new URL("./grpc.proto", import.meta.url)), { defaults: true });
const { bench } = /** @type {any} */ (grpc.loadPackageDefinition(definition));
const options = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** @typedef {(error: Error | null, reply: unknown) => void} Done */

export async function serve() {
  const server = new grpc.Server(options);
  server.addService(bench.Bench.service, {
    Reverse: (/** @type {any} */ call, /** @type {Done} */ done) => done(null, { text: reverse(call.request.text) }),
    Echo: (/** @type {any} */ call, /** @type {Done} */ done) => done(null, call.request),
    Records: (/** @type {any} */ call, /** @type {Done} */ done) => done(null, call.request),
    Numbers: (/** @type {any} */ call) => void count(call),
  });
  const port = await new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  // Without its own pool, clients to one address would share a connection.
  const client = new bench.Bench(address, grpc.credentials.createInsecure(), {
    ...options,
    "grpc.use_local_subchannel_pool": 1,
  });
  const call = (/** @type {string} */ name, /** @type {object} */ request) =>
    new Promise((/** @type {(reply: any) => void} */ resolve, reject) =>
      client[name](request, (/** @type {Error | null} */ error, /** @type {unknown} */ reply) =>
        error === null ? resolve(reply) : reject(error),
      ),
    );
  return {
    reverse: async (/** @type {string} */ text) => (await call("Reverse", { text })).text,
    echo: async (/** @type {Uint8Array} */ bytes) => (await call("Echo", { bytes })).bytes,
    records: async (/** @type {unknown} */ records) => (await call("Records", { records })).records,
    numbers: () => numbersIn(client.Numbers({})),
    close: () => client.close(),
  };
}

async function count(/** @type {any} */ call) {
  for await (const number of numbers()) {
    if (call.cancelled) return;
    if (!call.write({ number })) await new Promise((resolve) => call.once("drain", resolve).once("cancelled", resolve));
  }
}

async function* numbersIn(/** @type {any} */ call) {
  // Leaving the loop cancels the call, and it says so by an error.
  call.on("error", () => {});
  for await (const { number } of call) yield number;
}
