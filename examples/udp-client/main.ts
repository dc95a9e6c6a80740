// A UDP client: sends a datagram, prints the one that comes back, ends.
import { socket } from "upcall/socket";
import { portFrom } from "../arguments.ts";

const client = socket("udp");
await client.sendto("Ciao server!", { host: "localhost", port: portFrom("udp-client <port>") });
const { message, address } = await client.recvfrom(1024);
console.log(`received data: ${new TextDecoder().decode(message)} from: ${address.host} ${address.port}`);
await client.close();
