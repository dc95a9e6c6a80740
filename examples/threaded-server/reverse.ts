// What the thread of each connection does.
import type { RunConnection } from "upcall/socket";

export const run: RunConnection = async (connection, address) => {
  console.log(`Connected to: ${address.host} ${address.port}`);
  const data = await connection.recv(1024);
  await connection.send(data.reverse());
};
