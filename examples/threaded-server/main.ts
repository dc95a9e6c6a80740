// A TCP server with a thread for each connection: one message in, its bytes reversed out. Serves until Ctrl-C.
import { perConnection, socket } from "upcall/socket";
import { portFrom } from "../arguments.ts";

const server = socket("tcp");
await server.bind({ host: "localhost", port: portFrom("threaded-server [port]", 0) });
await server.listen();

const workers = perConnection(server, { threads: true, module: new URL("./reverse.js", import.meta.url) });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void workers.close({ drain: 0 }));
console.log(`server on: localhost port: ${server.getsockname().port}`);
