// For the worker suites: does what its datagram says.
import { parentPort } from "node:worker_threads";
import { type RunDatagram, UpcallError } from "upcall/socket";

export const run: RunDatagram = async (message, address, reply) => {
  const word = new TextDecoder().decode(message);
  if (word === "throw") throw new Error("on purpose");
  if (word === "exit") process.exit(3);
  if (word === "say") {
    for (const odd of [null, 7, { kind: "reply", id: 1, bytes: "x" }, { kind: "failed" }]) {
      if (parentPort !== null) parentPort.postMessage(odd);
      else process.send?.(odd);
    }
    return reply("said");
  }
  if (word === "who") return reply(`${address.host} ${address.port}`);
  if (word === "large") {
    return reply(new Uint8Array(70_000)).catch((error: unknown) =>
      reply(error instanceof UpcallError ? error.reason : "something else"),
    );
  }
  if (word === "wrong") {
    const wrong = ["a\ud800", 5, null, new DataView(new ArrayBuffer(1))];
    const refusals = wrong.map((data) => reply(data as string).catch(String));
    return reply((await Promise.all(refusals)).join("\n"));
  }
  await reply(message.reverse());
  if (word === "twice") await reply("again");
};
