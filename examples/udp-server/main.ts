// A UDP server for one datagram: receives it, answers its sender, ends.
import { socket } from "upcall/socket";
import { portFrom } from "../arguments.ts";

const server = socket("udp");
await server.bind({ host: "localhost", port: portFrom("udp-server [port]", 7000) });
console.log(`server on: localhost port: ${server.getsockname().port}`);

const { message, address } = await server.recvfrom(1024);
console.log(`received data: ${new TextDecoder().decode(message)} from: ${address.host} ${address.port}`);
await server.sendto("Ciao client!", address);
await server.close();
