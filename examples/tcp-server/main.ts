// A TCP server for one connection: receives a message, answers, ends.
import { socket } from "upcall/socket";
import { portFrom } from "../arguments.ts";

const server = socket("tcp");
await server.bind({ host: "localhost", port: portFrom("tcp-server [port]", 0) });
await server.listen(1);
console.log(`server on: localhost port: ${server.getsockname().port}`);

const { connection, address } = await server.accept();
console.log(`Connected to: ${address.host} ${address.port}`);
const data = await connection.recv(1024);
console.log(`received data: ${new TextDecoder().decode(data)}`);
await connection.send("The world never says hello back!\n");
await connection.close();
await server.close();
