// A server that is told when and where to start and when to close, beside others on the same path.

import { defineInterface, method, type Server, serve, UpcallError } from "upcall";

const Who = defineInterface("Who", { am: method<() => number>() });
let server: Server | null = null;

process.umask(0);
process.on("message", (order: { readonly at?: number; readonly path?: string }) => {
  void (async () => {
    if (order.at === undefined) {
      await server?.close();
      server = null;
      process.send?.("closed");
      return;
    }
    // All of them at the same moment, as exactly as a clock says.
    while (Date.now() < order.at);
    try {
      server = await serve(Who, { am: () => process.pid }, `unix:${order.path}`);
      process.send?.("serves");
    } catch (error) {
      process.send?.(error instanceof UpcallError ? `${error.reason} ${error.outcome}` : String(error));
    }
  })();
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
