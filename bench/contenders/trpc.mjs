// tRPC over ws: queries through wsLink, JSON. Bytes go as base64 text, because JSON has none.
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocket } from "ws";
import { reverse } from "../works.mjs";
import { listen } from "./websocket.mjs";

export const packages = ["@trpc/server", "@trpc/client", "ws"];

const { procedure, router } = initTRPC.create();
const known = (/** @type {unknown} */ input) => input;
const text = (/** @type {unknown} */ input) => String(input);
const appRouter = router({
  reverse: procedure.input(text).query(({ input }) => reverse(input)),
  echo: procedure.input(text).query(({ input }) => Buffer.from(input, "base64").toString("base64")),
  records: procedure.input(known).query(({ input }) => input),
});

export async function serve() {
  const { server, address, close } = await listen(() => {});
  applyWSSHandler({ wss: server, router: appRouter });
  return { address, close };
}

export async function connect(/** @type {string} */ _name, /** @type {string} */ address) {
  const socket = createWSClient({ url: address, WebSocket: /** @type {any} */ (WebSocket) });
  const proxy = /** @type {any} */ (createTRPCClient({ links: [wsLink({ client: socket })] }));
  return {
    reverse: (/** @type {string} */ input) => proxy.reverse.query(input),
    echo: async (/** @type {Uint8Array} */ bytes) =>
      Buffer.from(
        await proxy.echo.query(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")),
        "base64",
      ),
    records: (/** @type {unknown} */ list) => proxy.records.query(list),
    close: () => socket.close(),
  };
}
