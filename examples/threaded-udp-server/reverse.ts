// What the thread of each datagram does.
import type { RunDatagram } from "upcall/socket";

export const run: RunDatagram = async (message, _address, reply) => {
  await reply(message.reverse());
};
