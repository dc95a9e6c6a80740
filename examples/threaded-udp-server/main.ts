// A UDP server with a thread for each datagram: its bytes are sent back reversed. Serves until Ctrl-C.
import { perDatagram, socket } from "upcall/socket";
import { portFrom } from "../arguments.ts";

const server = socket("udp");
await server.bind({ host: "localhost", port: portFrom("threaded-udp-server [port]", 0) });

const workers = perDatagram(server, { threads: true, module: new URL("./reverse.js", import.meta.url) });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void workers.close({ drain: 0 }));
console.log(`server on: localhost port: ${server.getsockname().port}`);
