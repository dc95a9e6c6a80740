// The well-behaved client of the gRPC server.
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { witness } from "./witness.mjs";

const definition = loadSync(fileURLToPath(new URL("./grpc.proto", import.meta.url)), { defaults: true });
const { hostile } = /** @type {any} */ (grpc.loadPackageDefinition(definition));
const client = new hostile.Target(process.argv[2], grpc.credentials.createInsecure());

await witness(
  (text) =>
    new Promise((resolve, reject) =>
      client.Reverse(
        { text },
        { deadline: Date.now() + 30_000 },
        (/** @type {Error | null} */ error, /** @type {any} */ reply) =>
          error === null ? resolve(reply.text) : reject(error),
      ),
    ),
);
