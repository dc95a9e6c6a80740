// The same objects behind @grpc/grpc-js, judged by the same monitor.
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { monitor } from "../../build/test/hostile/monitor.js";

const definition = loadSync(fileURLToPath(new URL("./grpc.proto", import.meta.url)), { defaults: true });
const { hostile } = /** @type {any} */ (grpc.loadPackageDefinition(definition));
const item = Buffer.alloc(64 * 1024);
/** @type {string[]} */
const tripped = [];

const server = new grpc.Server();
server.addService(hostile.Target.service, {
  Reverse: (/** @type {any} */ call, /** @type {any} */ done) =>
    done(null, { text: Array.from(call.request.text).reverse().join("") }),
  Wait: (/** @type {any} */ call, /** @type {any} */ done) => call.on("cancelled", () => done(null, {})),
  Echo: (/** @type {any} */ call, /** @type {any} */ done) => done(null, call.request),
  Large: (/** @type {any} */ call) => void large(call),
  toString: () => tripped.push("toString"),
});

/** So many items, as the reader takes them. @param {any} call */
async function large(call) {
  for (let i = 0; i < call.request.count && !call.cancelled; i++)
    if (!call.write({ bytes: item }))
      await new Promise((resolve) => call.once("drain", resolve).once("cancelled", resolve));
  call.end();
}

server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  monitor({ tripped: () => tripped });
  process.send?.({ url: `127.0.0.1:${port}` });
});
