// A TCP client: sends a message, prints the answer, ends.
import { socket } from "upcall/socket";
import { portFrom } from "../arguments.ts";

const client = socket("tcp");
await client.connect({ host: "localhost", port: portFrom("tcp-client <port>") });
await client.send("Hello, World!\n");
const data = await client.recv(1024);
console.log(`received data: ${new TextDecoder().decode(data)}`);
await client.close();
